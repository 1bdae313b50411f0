"""Every alert is valid, tested both ways, and has a section that says what to do."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.prometheus import executable
from tests.support.metric_names import known, names_in, rules
from tests.support.suite import ROOT

FOLDER = ROOT / "deploy/prometheus"
TESTS = sorted((FOLDER / "tests").glob("*.yml"))
RUNBOOK = ROOT / "docs/operations.md"
ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}
KNOWN = known()
SCRAPED = {
    "api": ("api", 8081),
    "worker": ("worker", 8082),
    "aggregator": ("aggregator", 8083),
    "canary": ("canary", 8084),
    "rabbitmq": ("rabbitmq", 15692),
    "rabbitmq-queues": ("rabbitmq", 15692),
}


def promtool(*arguments: str) -> None:
    """Runs it, installed first where it is missing; fails with what it printed."""
    done = subprocess.run([executable("promtool"), *arguments], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_is_valid() -> None:
    promtool("check", "config", "prometheus.yml")


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_the_rules_pass_their_own_tests(file: Path) -> None:
    promtool("test", "rules", str(file))


def expectations() -> dict[str, set[bool]]:
    """For each alert, whether a test expects it to fire, and whether one expects it not to."""
    told: dict[str, set[bool]] = {name: set() for name in ALERTS}
    for file in TESTS:
        for case in yaml.safe_load(file.read_text("utf-8"))["tests"]:
            for check in case["alert_rule_test"]:
                told[check["alertname"]].add(bool(check["exp_alerts"]))
    return told


def test_every_alert_is_seen_to_fire_and_to_keep_quiet() -> None:
    assert {name: seen for name, seen in expectations().items() if seen != {True, False}} == {}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_what_it_is_and_where_to_read_on(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in ("critical", "warning")
    annotations: dict[str, Any] = rule["annotations"]
    assert set(annotations) == {"summary", "description", "runbook"}
    assert all(annotations.values())
    assert annotations["runbook"] == f"docs/operations.md#{name.lower()}"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_for_metrics_that_there_are(rule: dict[str, str]) -> None:
    assert names_in(rule["expr"]) - KNOWN == set()


def test_the_runbook_has_a_section_for_every_alert_and_no_other() -> None:
    alerts = RUNBOOK.read_text("utf-8").partition("\n## Alerts\n")[2].partition("\n## ")[0]
    sections = re.findall(r"^### (\w+)\n\n(\S.*)", alerts, re.MULTILINE)
    assert {name for name, _ in sections} == set(ALERTS)
    assert len(sections) == len(ALERTS)


def test_every_replica_is_found_by_its_services_name() -> None:
    configuration = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))
    found = {
        job["job_name"]: (discovery["names"], discovery["type"], discovery["port"])
        for job in configuration["scrape_configs"]
        for discovery in job.get("dns_sd_configs", ())
    }
    assert found == {job: ([name], "A", port) for job, (name, port) in SCRAPED.items()}
