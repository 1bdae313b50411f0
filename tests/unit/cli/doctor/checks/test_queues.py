"""Queues: what RabbitMQ says of them, and what the doctor does."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cli.doctor.checks.queues import check_members, check_queue, check_queues
from cli.doctor.facts import TIMED_OUT, Failure, ManagedQueue, Queue
from cli.doctor.findings import State
from shared.topology import BULK_QUEUE, DEAD_LETTER_QUEUE, INGEST_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE
from tests.unit.cli.doctor.deployments import ARGUMENTS, BROKER, DEPLOYMENT, MANAGEMENT, NODES, facts

DENIED = Failure("403", "ACCESS_REFUSED - access to queue refused")
REMAKE = "rabbitmqctl delete_queue --vhost logmill"


def inequivalent(argument: str, wanted: str, found: str) -> Failure:
    """As RabbitMQ writes it, 3.10 and 4."""
    told = f"inequivalent arg '{argument}' for queue 'any' in vhost 'logmill': received {wanted} but current is {found}"
    return Failure("406", f"PRECONDITION_FAILED - {told}")


@pytest.mark.parametrize(
    ("name", "refusal", "said", "mend"),
    [
        (
            INGEST_QUEUE,
            inequivalent("x-max-length-bytes", "'1000'", "'5000'"),
            "has x-max-length-bytes 5000, the settings say 1000",
            "set LOGMILL_MAX_QUEUE_BYTES=5000 for all services",
        ),
        (INGEST_QUEUE, inequivalent("x-delivery-limit", "'20'", "'5'"), "5", "set LOGMILL_DELIVERY_LIMIT=5"),
        (
            ISOLATION_QUEUE,
            inequivalent("x-delivery-limit", "'3'", "'4'"),
            "4",
            "set LOGMILL_ISOLATED_DELIVERY_LIMIT=4",
        ),
        (RETRY_QUEUE, inequivalent("x-message-ttl", "'5000'", "'1500'"), "1500", "set LOGMILL_RETRY_DELAY_SECONDS=1.5"),
        (RETRY_QUEUE, inequivalent("x-message-ttl", "'5000'", "'60000'"), "60000", "RETRY_DELAY_SECONDS=60 "),
        (
            INGEST_QUEUE,
            inequivalent("x-max-length-bytes", "the value '1000' of type 'signedint'", "none"),
            "has x-max-length-bytes none, the settings say 1000",
            f"`{REMAKE} logs_ingest`",
        ),
        (
            BULK_QUEUE,
            inequivalent("x-dead-letter-exchange", "the value 'logs_ingest.dlx' of type 'longstr'", "none"),
            "has x-dead-letter-exchange none, the settings say logs_ingest.dlx",
            f"`{REMAKE} logs_ingest.bulk`",
        ),
        (
            DEAD_LETTER_QUEUE,
            inequivalent("x-expires", "none", "the value '3600000' of type 'signedint'"),
            "has x-expires 3600000, the settings say none",
            f"`{REMAKE} logs_ingest.dlq`",
        ),
        (DEAD_LETTER_QUEUE, inequivalent("durable", "'true'", "'false'"), "has durable false", REMAKE),
        (DEAD_LETTER_QUEUE, Failure("406", "something new"), "something new", REMAKE),
        (DEAD_LETTER_QUEUE, DENIED, "ACCESS_REFUSED", "rabbitmqctl set_permissions -p logmill miller"),
    ],
)
def test_arguments(name: str, refusal: Failure, said: str, mend: str) -> None:
    finding = check_queue(name, replace(queue_of(name), refusal=refusal), None, DEPLOYMENT)
    assert (finding.state, said in finding.found, mend in (finding.mend or "")) == (State.bad, True, True), finding


def queue_of(name: str) -> Queue:
    queue = BROKER.queues[name]
    assert isinstance(queue, Queue)
    return queue


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (ARGUMENTS[RETRY_QUEUE], None),
        ({**ARGUMENTS[RETRY_QUEUE], "x-message-ttl": 9000}, "has x-message-ttl 9000, the settings say 5000"),
        ({**ARGUMENTS[RETRY_QUEUE], "x-expires": 1}, "has x-expires 1, the settings say none"),
        ({"x-queue-type": "quorum"}, "has x-message-ttl none"),
        (None, None),
    ],
)
def test_arguments_that_may_only_be_seen(found: Mapping[str, object] | None, said: str | None) -> None:
    """A service that makes nothing itself need not be allowed to declare."""
    deployment = replace(DEPLOYMENT, migrates=False)
    managed = None if found is None else ManagedQueue(found)
    finding = check_queue(RETRY_QUEUE, Queue(0, 0, DENIED), managed, deployment)
    assert finding.state is (State.bad if said else State.ok)
    assert (said or "") in finding.found


@pytest.mark.parametrize(
    ("name", "queue", "managed", "state", "said", "mend"),
    [
        (INGEST_QUEUE, {}, {}, State.ok, "5 ready, 2 consumers", ""),
        (DEAD_LETTER_QUEUE, {}, {}, State.ok, "0 ready, 1 consumer", ""),
        (INGEST_QUEUE, {"consumers": 0}, {}, State.bad, "5 ready, and no worker", "`python -m services.worker`"),
        (BULK_QUEUE, {"consumers": 0}, {}, State.bad, "no worker", "/health/ready"),
        (DEAD_LETTER_QUEUE, {"consumers": 0}, {}, State.bad, "no aggregator", "start an aggregator"),
        (RETRY_QUEUE, {"consumers": 1}, {}, State.warn, "1 consumer, and it is for nobody", "end them"),
        (INGEST_QUEUE, {}, {"size_bytes": 799}, State.ok, "", ""),
        (INGEST_QUEUE, {}, {"size_bytes": 800}, State.warn, "800 of 1,000 bytes", "start more workers"),
        (RETRY_QUEUE, {}, {"size_bytes": 10**9}, State.ok, "", ""),
        (INGEST_QUEUE, {}, {"size_bytes": None, "members": (), "online": ()}, State.ok, "", ""),
    ],
)
def test_a_queue(name: str, queue: dict[str, Any], managed: dict[str, Any], state: State, said: str, mend: str) -> None:
    assert isinstance(MANAGEMENT.queues, dict)
    shown = replace(MANAGEMENT.queues[name], **managed)
    finding = check_queue(name, replace(queue_of(name), **queue), shown, DEPLOYMENT)
    assert (finding.state, said in finding.found, mend in (finding.mend or "")) == (state, True, True), finding


def test_a_queue_without_a_leader() -> None:
    finding = check_queue(INGEST_QUEUE, Failure(TIMED_OUT, "no answer within 5 s"), None, DEPLOYMENT)
    assert finding.state is State.bad
    assert "`rabbitmq-queues quorum_status logs_ingest`" in (finding.mend or "")


def test_missing_queues_are_told_at_once() -> None:
    missing = {**BROKER.queues, INGEST_QUEUE: Failure("404", ""), RETRY_QUEUE: Failure("404", "")}
    findings = list(check_queues(facts(broker=replace(BROKER, queues=missing))))
    assert [finding.found for finding in findings if finding.state is State.bad] == [
        "logs_ingest, logs_ingest.retry: not there"
    ]
    assert len(findings) == 1 + len(BROKER.queues) - 2


@pytest.mark.parametrize(
    ("management", "unseen"), [(None, 1), (MANAGEMENT, 0), (replace(MANAGEMENT, queues=Failure("401", "")), 1)]
)
def test_arguments_that_cannot_be_seen(management: Any, unseen: int) -> None:
    queues = {name: replace(queue_of(name), refusal=DENIED) for name in BROKER.queues}
    deployment = replace(DEPLOYMENT, migrates=False)
    findings = check_queues(facts(deployment=deployment, broker=replace(BROKER, queues=queues), management=management))
    assert [finding.check for finding in findings if finding.state is State.unseen] == ["queue arguments"] * unseen


@pytest.mark.parametrize(
    ("online", "told"),
    [
        ([NODES, NODES, NODES], []),
        ([(), NODES, NODES], [(State.bad, f"a: 0 of 3 members are online; away: {', '.join(NODES)}")]),
        (
            [NODES[:2], NODES[:2], NODES[:1]],
            [
                (State.warn, "a, b: 2 of 3 members are online; away: rabbit@c"),
                (State.bad, "c: 1 of 3 members are online; away: rabbit@b, rabbit@c"),
            ],
        ),
    ],
)
def test_members_that_are_away(online: list[tuple[str, ...]], told: list[tuple[State, str]]) -> None:
    queues = {name: ManagedQueue({}, 0, NODES, nodes) for name, nodes in zip("abc", online, strict=True)}
    findings = list(check_members(queues))
    assert [(finding.state, finding.found) for finding in findings] == told
    assert all("forget_cluster_node" in (finding.mend or "") for finding in findings)


def test_a_queue_of_no_members_lacks_none() -> None:
    assert list(check_members({"classic": ManagedQueue({})})) == []
