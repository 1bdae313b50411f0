"""Services: names at the servers, and what is said of them."""

from dataclasses import replace

import pytest

from cli.doctor.checks.services import (
    EARLIER,
    check_pools,
    check_services,
    check_versions,
    processes_of,
    versions_of,
)
from cli.doctor.facts import Failure, Limits, ManagementFacts
from cli.doctor.findings import State
from tests.unit.cli.doctor.deployments import DATABASE, DEPLOYMENT, MANAGEMENT, facts


@pytest.mark.parametrize(
    ("sessions", "versions"),
    [
        ({}, {}),
        ({"logmill-api/1.2": 3, "logmill-api/1.3": 1}, {"api": {"1.2", "1.3"}}),
        ({"logmill-worker": 3}, {"worker": {EARLIER}}),
        ({"logmill-doctor": 1, "logmill-apis/1.2": 1, "my logmill-api/1.2": 1}, {}),
    ],
)
def test_versions_by_session(sessions: dict[str, int], versions: dict[str, set[str]]) -> None:
    assert versions_of(sessions) == versions


@pytest.mark.parametrize(
    ("management", "processes"),
    [
        (None, None),
        (Failure("401", ""), None),
        (replace(MANAGEMENT, connections=Failure("401", "")), None),
        (replace(MANAGEMENT, connections={}), {}),
        (
            replace(MANAGEMENT, connections={"logmill-worker-consume": 3, "logmill-worker-publish": 2, "other": 4}),
            {"worker": 3},
        ),
    ],
)
def test_processes_by_connection(
    management: ManagementFacts | Failure | None, processes: dict[str, int] | None
) -> None:
    assert processes_of(management) == processes


@pytest.mark.parametrize(
    ("versions", "state", "said"),
    [
        ({"api": {"1.2"}, "worker": {"1.2"}}, State.ok, "1.2: api, worker"),
        ({}, State.ok, "none that is connected"),
        ({"api": {"1.2"}, "worker": {"1.3", "1.2"}}, State.warn, "this is 1.2; there is also worker 1.3"),
        ({"worker": {EARLIER}}, State.warn, "worker an earlier version"),
    ],
)
def test_versions(versions: dict[str, set[str]], state: State, said: str) -> None:
    finding = check_versions(versions, DEPLOYMENT)
    assert (finding.state, said in finding.found) == (state, True), finding


@pytest.mark.parametrize(("most", "state"), [(26, State.ok), (25, State.warn)])
def test_connections_for_all(most: int, state: State) -> None:
    finding = check_pools({"api": 1, "worker": 2, "aggregator": 0} | {"api": 2}, Limits(most, 3), DEPLOYMENT)
    assert finding.state is state
    assert finding.found.startswith("2 api with 10, 2 worker with 3 connections each: 26 of ")


def test_sessions_that_cannot_be_seen() -> None:
    unseen = facts(database=replace(DATABASE, sessions=Failure("42501", "")))
    assert [finding.check for finding in check_services(unseen)] == ["versions", "pools"]
