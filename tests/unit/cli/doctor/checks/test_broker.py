"""RabbitMQ's login, version, exchanges and rights: facts, and what is said of them."""

from dataclasses import replace

import pytest

from cli.doctor.checks.broker import check_exchanges, check_rights, check_version, how_to_connect
from cli.doctor.facts import LOGIN, TIMED_OUT, UNREACHABLE, VHOST, Failure
from cli.doctor.findings import State
from tests.unit.cli.doctor.deployments import BROKER, DEPLOYMENT

DENIED = Failure("403", "ACCESS_REFUSED - access to queue 'logs_ingest' in vhost 'logmill' refused for user 'miller'")
SILENT = Failure(TIMED_OUT, "no answer within 5 s")
MISSING = Failure("404", "NOT_FOUND")


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (UNREACHABLE, "RABBITMQ_URL"),
        (TIMED_OUT, "`rabbitmq-diagnostics ping`"),
        (LOGIN, "`rabbitmqctl change_password miller`"),
        (VHOST, "`rabbitmqctl add_vhost logmill`, then `rabbitmqctl set_permissions -p logmill miller"),
        ("AMQPError", "RabbitMQ's log"),
    ],
)
def test_a_connection_that_is_refused(code: str, mend: str) -> None:
    assert mend in how_to_connect(Failure(code, ""), DEPLOYMENT)


def test_names_are_quoted() -> None:
    odd = replace(DEPLOYMENT, vhost="/a b", broker_user="it's")
    assert "add_vhost '/a b'" in how_to_connect(Failure(VHOST, ""), odd)
    assert """change_password 'it'"'"'s'""" in how_to_connect(Failure(LOGIN, ""), odd)


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("3.10.0", State.ok),
        ("3.10.8", State.ok),
        ("4.1.0-rc.1", State.ok),
        ("10.0", State.ok),
        ("3.9.29", State.bad),
        ("", State.unseen),
    ],
)
def test_the_version(version: str, state: State) -> None:
    assert check_version(version, DEPLOYMENT).state is state


@pytest.mark.parametrize(
    ("failure", "migrates", "state", "mend"),
    [
        (None, True, State.ok, ""),
        (MISSING, True, State.bad, "start the services again"),
        (MISSING, False, State.bad, "run `python -m services.migrate`"),
        (DENIED, True, State.bad, "rabbitmqctl set_permissions"),
        (DENIED, False, State.ok, ""),
        (SILENT, True, State.bad, "restart the node"),
        (
            Failure("406", "PRECONDITION_FAILED - inequivalent arg 'type'"),
            True,
            State.bad,
            "delete exchange name=events",
        ),
    ],
)
def test_exchanges(failure: Failure | None, migrates: bool, state: State, mend: str) -> None:
    finding = check_exchanges({"dlx": None, "events": failure}, replace(DEPLOYMENT, migrates=migrates))
    assert (finding.state, mend in (finding.mend or "")) == (state, True), finding


@pytest.mark.parametrize(
    ("reads", "writes", "state", "said", "mend"),
    [
        ({}, {"": None}, State.ok, "miller may consume and publish", ""),
        (
            {"logs_ingest": DENIED},
            {"": None},
            State.bad,
            "access to queue 'logs_ingest'",
            "set_permissions -p logmill miller",
        ),
        ({}, {"": DENIED}, State.bad, "refused for user", "set_permissions"),
        ({}, {"": SILENT}, State.bad, "does not confirm", "rabbitmq-diagnostics alarms"),
        ({"logs_ingest": MISSING}, {"": None}, State.ok, "", ""),
        ({"logs_ingest": SILENT}, {"": None}, State.bad, "no answer within", "log"),
    ],
)
def test_rights(
    reads: dict[str, Failure | None], writes: dict[str, Failure | None], state: State, said: str, mend: str
) -> None:
    finding = check_rights(replace(BROKER, reads=reads, writes=writes), DEPLOYMENT)
    assert (finding.state, said in finding.found, mend in (finding.mend or "")) == (state, True, True), finding
