"""Every query of every dashboard, run against Prometheus and PostgreSQL after a load, gives data."""

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest

from deploy.grafana.__main__ import DASHBOARDS
from deploy.grafana.panels import Choice, Panel
from deploy.grafana.queries import Metric, Query
from deploy.local.infrastructure import Infrastructure
from deploy.local.ports import PortBook
from deploy.local.prometheus import executable
from tests.support.canary import canary
from tests.support.prometheus import Prometheus, prometheus
from tests.support.suite import ROOT, Service, Suite, wait_for
from tests.support.user import User
from tests.support.webhooks import hook_of, payload_of

MAY_BE_EMPTY = {
    "Alerts that fire": "nothing is wrong",
    "Dead letters by reason": "there are none",
    "Jobs that take long": "all jobs of the load have ended",
    "Who waits for whom": "nobody waits",
}
ROUNDS = 3
EVENTS = ("push", "workflow_run.completed.success", "issues.opened")
SECONDS = 30
GRANTS = ROOT / "deploy/grafana/grants.sql"
VARIABLES = {"$__rate_interval": "1m", "$__range": "5m", "$__interval": "1m", "$instance": ".*"}
SECRETS = (
    ("webhook_secrets", "secret"),
    ("users", "password_hash"),
    ("api_keys", "key_hash"),
    ("log_records", "message"),
    ("dead_letters", "body"),
)
PANELS = [
    pytest.param(panel, id=f"{page.uid}: {panel.title}")
    for page in DASHBOARDS
    for row in page.rows
    for panel in row.panels
]
CHOICES = [pytest.param(choice, id=f"{page.uid}: {choice.name}") for page in DASHBOARDS for choice in page.choices]


@dataclass(frozen=True)
class Watched:
    """A suite that has had something to do, and what Grafana would ask about it. `role` has the grants."""

    suite: Suite
    metrics: Prometheus
    role: str
    since: datetime

    def answer(self, query: Query) -> list[dict[str, Any]]:
        """The series or rows that have a value; raises where the query is refused."""
        if isinstance(query, Metric):
            return self.metrics.ask(filled_in(query))
        return [row for row in self.rows(query.sql) if any(value is not None for value in row.values())]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a query gives to the role."""
        return asyncio.run(self._rows(self._expanded(sql)))

    async def _rows(self, sql: str) -> list[dict[str, Any]]:
        connection = await self.suite.connect()
        try:
            await connection.execute(f'SET ROLE "{self.role}"')
            return [dict(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    def _expanded(self, sql: str) -> str:
        """As Grafana would send it: its macros replaced by what they stand for."""
        begin, end = self.since.isoformat(), (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        sql = re.sub(
            r"\$__timeGroupAlias\((\w+), \$__interval\)", r'floor(extract(epoch from \1)/60)*60 AS "time"', sql
        )
        sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 BETWEEN '{begin}' AND '{end}'", sql)
        return sql.replace("$__timeFrom()", f"'{begin}'")


@pytest.fixture(scope="module")
def probe(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with canary(suite.api_url, tmp_path_factory.mktemp("canary")) as running:
        yield running


@pytest.fixture(scope="module")
def watched(
    suite: Suite, probe: Service, infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    addresses = {kind: [f"127.0.0.1:{service.port}" for service in suite.named(kind)] for kind in ("api", "aggregator")}
    addresses["worker"] = [f"127.0.0.1:{worker.port}" for worker in suite.workers]
    addresses["canary"] = [f"127.0.0.1:{probe.port}"]
    addresses["rabbitmq"] = addresses["rabbitmq-queues"] = [metrics_of_rabbitmq(infrastructure)]
    role = f"grafana_{uuid4().hex}"
    since = datetime.now(UTC) - timedelta(hours=1)
    with prometheus(tmp_path_factory.mktemp("prometheus"), addresses) as metrics:
        metrics.wait_until_all_are_up(list(addresses))
        asyncio.run(execute(suite, GRANTS.read_text("utf-8").replace("grafana", role)))
        try:
            load(suite, metrics)
            yield Watched(suite, metrics, role, since)
        finally:
            asyncio.run(execute(suite, f'DROP OWNED BY "{role}"; DROP ROLE "{role}"'))


def metrics_of_rabbitmq(infrastructure: Infrastructure) -> str:
    """Where the plugin of the tests' own broker answers; a broker that the environment names has the usual port."""
    if infrastructure.rabbitmq_server is None:
        return f"{urlsplit(infrastructure.rabbitmq.url).hostname}:15692"
    layout = infrastructure.layout
    return f"127.0.0.1:{PortBook(layout.ports_file, layout.first_port).known()['rabbitmq_prometheus']}"


async def execute(suite: Suite, sql: str) -> None:
    connection = await suite.connect()
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def load(suite: Suite, metrics: Prometheus) -> None:
    """Something of everything, more than once: what a counter begins with is no rate."""
    with User(suite.api_url) as user:
        hook = hook_of(user, f"dashboards {uuid4().hex}")
        for _ in range(ROUNDS):
            jobs = [user.upload(access_log(), "access.log"), user.upload(events_log(), "events.log")]
            for event in EVENTS:
                hook.accepted(payload_of(event), event.partition(".")[0])
            for job in jobs:
                user.wait(job)
            user.get("/api/jobs")
            metrics.wait_for_scrapes()


def access_log() -> bytes:
    """Requests of this minute, some of them failed."""
    moment = datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    lines = [
        f'203.0.113.{number % 50} - - [{moment}] "GET /{uuid4().hex[:2]}?q={number} HTTP/1.1"'
        f' {(200, 404, 500)[number % 3]} {number} "-" "test" 0.{number:03}'
        for number in range(300)
    ]
    return "\n".join(lines).encode() + b"\n"


def events_log() -> bytes:
    """Events of this minute, one of which breaks off: that one is rejected."""
    levels = ("debug", "info", "warn", "error")
    lines = [
        json.dumps({"time": datetime.now(UTC).isoformat(), "level": levels[number % 4], "message": f"failed {uuid4()}"})
        for number in range(200)
    ]
    return "\n".join([*lines[:100], lines[100][:40], *lines[101:]]).encode() + b"\n"


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_has_data(watched: Watched, panel: Panel) -> None:
    for query in panel.queries:
        if panel.title in MAY_BE_EMPTY:
            watched.answer(query)
        else:
            wait_for(f"data of {query}", partial(watched.answer, query), SECONDS)


def filled_in(query: Metric) -> str:
    """The query with a value for each of Grafana's variables."""
    promql = query.expr
    for variable, value in VARIABLES.items():
        promql = promql.replace(variable, value)
    assert "$" not in promql
    return promql


@pytest.mark.parametrize("panel", PANELS)
def test_a_legend_names_labels_that_the_series_have(watched: Watched, panel: Panel) -> None:
    for query in panel.queries:
        if isinstance(query, Metric) and panel.title not in MAY_BE_EMPTY:
            wanted = set(re.findall(r"\{\{(\w+)\}\}", query.legend))
            assert all(wanted <= set(series["metric"]) for series in watched.answer(query))


@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_has_values(watched: Watched, choice: Choice) -> None:
    assert all(choice.name in series["metric"] for series in watched.metrics.ask(choice.metric))
    assert watched.metrics.ask(choice.metric)


def test_prometheus_watches_every_process_and_no_rule_fails(watched: Watched) -> None:
    workers = watched.metrics.ask('up{job="worker"} == 1')
    assert len(workers) == len(watched.suite.workers)
    groups = httpx.get(f"{watched.metrics.url}/api/v1/rules").json()["data"]["groups"]
    assert [rule for group in groups for rule in group["rules"] if rule["health"] != "ok"] == []


@pytest.mark.parametrize(("table", "column"), SECRETS)
def test_the_role_of_the_dashboards_reads_no_secret(watched: Watched, table: str, column: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        watched.rows(f"SELECT {column} FROM {table}")


def test_the_role_of_the_dashboards_writes_nothing(watched: Watched) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        watched.rows("DELETE FROM rollups RETURNING 1")


def test_the_metrics_are_well_formed(watched: Watched) -> None:
    for service in watched.suite.services:
        text = httpx.get(f"{service.url}/metrics").content
        done = subprocess.run([executable("promtool"), "check", "metrics"], input=text, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
