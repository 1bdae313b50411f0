"""The management API: facts, and what is said of them."""

from dataclasses import replace
from typing import Any

import pytest

from cli.doctor.checks.management import check_management, check_nodes
from cli.doctor.facts import TIMED_OUT, UNREACHABLE, Failure, Node
from cli.doctor.findings import State
from tests.unit.cli.doctor.deployments import MANAGEMENT, facts

NODE = Node("rabbit@a", True, disk_free_bytes=10_000_000_000, disk_limit_bytes=2_000_000_000)


@pytest.mark.parametrize(
    ("changes", "state", "said", "mend"),
    [
        ({}, State.ok, "rabbit@a, rabbit@b: no alarm", ""),
        ({"is_running": False}, State.bad, "rabbit@a is down", "start it again"),
        ({"has_memory_alarm": True}, State.bad, "memory alarm", "`rabbitmq-diagnostics memory_breakdown`"),
        ({"has_disk_alarm": True}, State.bad, "disk alarm", "free disk space"),
        ({"cut_off": ("rabbit@b",)}, State.bad, "does not see rabbit@b", "`rabbitmqctl cluster_status`"),
        ({"disk_free_bytes": 5_900_000_000}, State.warn, "5.9 GB of disk left, and an alarm at 2.0 GB", "add disk"),
        ({"disk_free_bytes": 6_000_000_000}, State.ok, "", ""),
        ({"disk_free_bytes": 0}, State.ok, "", ""),
        ({"disk_free_bytes": None, "disk_limit_bytes": None}, State.ok, "", ""),
    ],
)
def test_a_node(changes: dict[str, Any], state: State, said: str, mend: str) -> None:
    nodes = [replace(NODE, **changes), replace(NODE, name="rabbit@b")]
    finding = check_nodes(replace(MANAGEMENT, nodes=nodes))
    assert (finding.state, said in finding.found, mend in (finding.mend or "")) == (state, True, True), finding


def test_the_worst_node_is_told() -> None:
    low, down = replace(NODE, disk_free_bytes=3_000_000_000), replace(NODE, name="rabbit@b", is_running=False)
    assert check_nodes(replace(MANAGEMENT, nodes=[low, down])).state is State.bad


@pytest.mark.parametrize(
    ("changes", "check", "state", "mend"),
    [
        ({"nodes": Failure("401", "/api/nodes answers 401")}, "nodes", State.unseen, "rabbitmqctl set_user_tags"),
        ({"dead_letter_routes": False}, "dead-letter route", State.bad, "python -m services.migrate"),
        ({"dead_letter_routes": Failure("500", "")}, "dead-letter route", State.unseen, "log"),
    ],
)
def test_a_part_of_it(changes: dict[str, Any], check: str, state: State, mend: str) -> None:
    findings = list(check_management(facts(management=replace(MANAGEMENT, **changes))))
    (finding,) = [finding for finding in findings if finding.state is not State.ok]
    assert (finding.check, finding.state, mend in (finding.mend or "")) == (check, state, True), finding


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("401", "rabbitmqctl set_user_tags USER monitoring"),
        (UNREACHABLE, "rabbitmq-plugins enable rabbitmq_management"),
        (TIMED_OUT, "RabbitMQ's log"),
    ],
)
def test_none_of_it(code: str, mend: str) -> None:
    (finding,) = check_management(facts(management=Failure(code, "told")))
    assert (finding.check, finding.state) == ("management", State.bad)
    assert finding.found == "http://mq.example:15672: told"
    assert mend in (finding.mend or "")
