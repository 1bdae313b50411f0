"""The management API's answers as facts."""

from typing import Any

import pytest

from cli.doctor.facts import Clock, Failure, ManagedQueue, Node
from cli.doctor.management import clock_of, has_route, read_connections, read_nodes, read_queues

EPOCH = 1_772_690_828.0
DATE = "Thu, 05 Mar 2026 06:07:08 GMT"


@pytest.mark.parametrize(
    ("here", "offset"), [(EPOCH, 0.5), (EPOCH + 0.5, 0.0), (EPOCH + 0.9, -0.4), (EPOCH - 60, 60.5)]
)
def test_a_date_is_somewhere_in_its_second(here: float, offset: float) -> None:
    clock = clock_of(DATE, here, 0.1)
    assert isinstance(clock, Clock)
    assert (clock.offset_seconds, clock.uncertainty_seconds) == pytest.approx((offset, 0.6))


@pytest.mark.parametrize("header", ["", "yesterday", "Thu, 05 Mar 2026 66:07:08 GMT"])
def test_no_date(header: str) -> None:
    assert isinstance(clock_of(header, EPOCH, 0.1), Failure)


@pytest.mark.parametrize(
    ("answer", "node"),
    [
        (
            {"running": True, "mem_alarm": False, "disk_free_alarm": True, "disk_free": 5, "disk_free_limit": 6},
            Node("a", True, False, True, 5, 6),
        ),
        ({"running": True, "mem_alarm": True, "partitions": ["b", "c"]}, Node("a", True, True, cut_off=("b", "c"))),
        ({"running": False}, Node("a", False)),
        ({"running": True, "disk_free": "disk_free_monitoring_disabled", "disk_free_limit": True}, Node("a", True)),
    ],
)
def test_nodes(answer: dict[str, Any], node: Node) -> None:
    assert read_nodes([{"name": "a", **answer}]) == [node]


@pytest.mark.parametrize(
    ("answer", "queue"),
    [
        ({}, ManagedQueue({})),
        (
            {"arguments": {"x-expires": 1}, "message_bytes": 7, "members": ["a", "b"], "online": ["a"]},
            ManagedQueue({"x-expires": 1}, 7, ("a", "b"), ("a",)),
        ),
    ],
)
def test_queues(answer: dict[str, Any], queue: ManagedQueue) -> None:
    assert read_queues([{"name": "q", **answer}]) == {"q": queue}


def test_connections_by_name() -> None:
    named = [{"client_properties": {"connection_name": name}} for name in ("a", "b", "a")]
    assert read_connections([*named, {"client_properties": {}}, {}]) == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("bindings", "found"),
    [
        ([], False),
        ([{"source": "", "routing_key": "logs_ingest.dlq"}], False),
        ([{"source": "logs_ingest.dlx", "routing_key": "other"}], False),
        ([{"source": "logs_ingest.dlx", "routing_key": "logs_ingest.dlq"}], True),
    ],
)
def test_the_route_of_dead_letters(bindings: list[dict[str, str]], found: bool) -> None:
    assert has_route(bindings) is found
