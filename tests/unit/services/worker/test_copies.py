"""A message goes on with whatever somebody put into it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from aio_pika.abc import AbstractIncomingMessage
from pamqp import decode, encode

from services.worker.copies import copy_of, sendable

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("text", "text"),
        (None, None),
        (True, True),
        (7, 7),
        (NOW, NOW),
        (b"caf\xe9", bytearray(b"caf\xe9")),
        (bytearray(b"\xff"), bytearray(b"\xff")),
        ([b"\xff", [b"\xff"], {"a": b"\xff"}], [bytearray(b"\xff"), [bytearray(b"\xff")], {"a": bytearray(b"\xff")}]),
        ({"a": {"b": [b"\xff"]}}, {"a": {"b": [bytearray(b"\xff")]}}),
    ],
)
def test_any_value_that_arrives_can_be_sent(value: object, sent: object) -> None:
    assert sendable(value) == sent
    assert decode.field_table(encode.field_table({"header": sendable(value)}))[1] == {"header": sent}


def test_a_copy_has_the_headers_but_the_brokers_own() -> None:
    headers = {"job_id": "a", "traceparent": "00-a-b-01", "x-death": [], "x-delivery-count": 1}
    properties = dict.fromkeys(("content_type", "content_encoding", "type", "message_id", "timestamp"))
    message = cast(AbstractIncomingMessage, SimpleNamespace(body=b"", headers=headers, **properties))
    copy = copy_of(message, {"attempts": []})
    assert copy.headers == {"job_id": "a", "traceparent": "00-a-b-01", "attempts": []}
