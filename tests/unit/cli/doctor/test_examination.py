"""All is well, or one thing is not: then that is what is said."""

from dataclasses import replace

import pytest

from cli.doctor.examination import judge
from cli.doctor.facts import LOGIN, UNREACHABLE, Clock, Facts, Failure
from cli.doctor.findings import Finding, State, to_mend
from tests.unit.cli.doctor.deployments import BROKER, DATABASE, DEPLOYMENT, HEALTHY, MANAGEMENT, facts

AWAY = Failure(UNREACHABLE, "nobody answers there (Connection refused)")


def unwell(found: Facts) -> list[tuple[str, State]]:
    return [(finding.check, finding.state) for finding in judge(found) if finding.state is not State.ok]


def test_all_is_well() -> None:
    findings = judge(HEALTHY)
    assert to_mend(findings) == []
    assert {finding.state for finding in findings} == {State.ok}
    assert [finding.mend for finding in findings if finding.mend] == []


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (facts(database=AWAY), [("database", State.bad)]),
        (facts(broker=Failure(LOGIN, "refused")), [("broker", State.bad)]),
        (facts(database=AWAY, broker=AWAY, management=AWAY), [("database", State.bad), ("broker", State.bad)]),
        (
            facts(database=AWAY, broker=AWAY, management=None),
            [("database", State.bad), ("broker", State.bad), ("management", State.unseen)],
        ),
        (facts(management=AWAY), [("management", State.bad)]),
        (facts(management=None), [("management", State.unseen)]),
        (
            facts(management=None, database=replace(DATABASE, sessions={})),
            [("management", State.unseen), ("api", State.unseen)],
        ),
        (facts(database=replace(DATABASE, clock=Clock(10, 0.1))), [("clock", State.warn)]),
        (facts(database=replace(DATABASE, migrations=None, dead_letters=AWAY)), [("migrations", State.bad)]),
        (
            facts(broker=replace(BROKER, queues=dict.fromkeys(BROKER.queues, Failure("404", "")))),
            [("queues", State.bad)],
        ),
        (
            facts(management=replace(MANAGEMENT, connections={}), database=replace(DATABASE, sessions={})),
            [("api", State.bad)],
        ),
        (facts(management=replace(MANAGEMENT, connections={})), [("api", State.unseen)]),
        (facts(deployment=replace(DEPLOYMENT, version="1.3")), [("versions", State.warn)]),
    ],
)
def test_what_is_said(found: Facts, said: list[tuple[str, State]]) -> None:
    assert unwell(found) == said


@pytest.mark.parametrize("found", [facts(database=AWAY), facts(broker=AWAY), facts(management=None)])
def test_whatever_is_not_well_can_be_mended(found: Facts) -> None:
    assert all(finding.mend for finding in judge(found) if finding.state is not State.ok)


def test_a_finding_of_its_own_kind() -> None:
    findings = [Finding("a", state, "found") for state in State]
    assert [finding.state for finding in to_mend(findings)] == [State.warn, State.bad]
