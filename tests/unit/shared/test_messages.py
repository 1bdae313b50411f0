"""The wire contract: what is written is read back, everything else is poison with a reason."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import PoisonMessage
from shared.lines import count_lines
from shared.messages import InputHints, LineBatch, decode, encode

BODY = b"one\ntwo\n"
BATCH = LineBatch(UUID(int=5), 3, 41, 2, 1000, BODY, InputHints())
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@given(
    body=st.binary(),
    hints=st.builds(
        InputHints,
        format=st.none() | st.just("access"),
        timezone=st.none() | st.just("Europe/Berlin"),
        modified_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
)
def test_round_trip(body: bytes, hints: InputHints) -> None:
    batch = LineBatch(UUID(int=5), 0, 1, count_lines(body), 0, body, hints)
    message = encode(batch, NOW)
    assert decode(message.body, message.type, message.headers) == batch
    assert message.message_id == "00000000-0000-0000-0000-000000000005:0"


def test_a_further_part_of_a_line_counts_no_line() -> None:
    part = LineBatch(UUID(int=5), 4, 42, 0, 1000, b"more of it\n", InputHints(), line_part=1)
    message = encode(part, NOW)
    assert decode(message.body, message.type, message.headers) == part


def test_a_batch_tells_of_its_trace_where_there_is_one() -> None:
    traced = replace(BATCH, traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    message = encode(traced, NOW)
    assert decode(message.body, message.type, message.headers) == traced
    assert "traceparent" not in encode(BATCH, NOW).headers


@pytest.mark.parametrize("header", [7, b"\xff", [], {"a": 1}, None])
def test_what_somebody_else_says_of_a_trace_poisons_nothing(header: Any) -> None:
    message = encode(BATCH, NOW)
    assert decode(message.body, message.type, {**message.headers, "traceparent": header}) == BATCH


POISON: list[tuple[bytes, str | None, dict[str, Any], str]] = [
    (BODY, "other", {}, "unknown_message"),
    (BODY, None, {}, "unknown_message"),
    (BODY, "line_batch", {"version": 2}, "unknown_message"),
    (BODY, "line_batch", {"job_id": "no uuid"}, "bad_headers"),
    (BODY, "line_batch", {"job_id": None}, "bad_headers"),
    (BODY, "line_batch", {"batch_no": "x"}, "bad_headers"),
    (BODY, "line_batch", {"batch_no": -1}, "bad_line_count"),
    (BODY, "line_batch", {"modified_at": "yesterday"}, "bad_headers"),
    (BODY + b"more", "line_batch", {}, "bad_checksum"),
    (BODY, "line_batch", {"line_count": 3}, "bad_line_count"),
    (BODY, "line_batch", {"first_line": 0}, "bad_line_count"),
]


@pytest.mark.parametrize(("body", "message_type", "changed", "reason"), POISON)
def test_poison(body: bytes, message_type: str | None, changed: dict[str, Any], reason: str) -> None:
    headers = {**encode(BATCH, NOW).headers, "body_bytes": len(body), **changed}
    with pytest.raises(PoisonMessage) as caught:
        decode(zstandard.ZstdCompressor().compress(body), message_type, headers)
    assert caught.value.reason == reason


def bomb() -> bytes:
    return zstandard.ZstdCompressor().compress(bytes(100_000_000))


@pytest.mark.parametrize(
    ("compressed", "body_bytes", "reason"),
    [
        (BODY, len(BODY), "bad_encoding"),
        (b"", 0, "bad_encoding"),
        (bomb(), len(BODY), "bad_encoding"),
        (bomb(), 100_000_000, "bad_headers"),
        (encode(BATCH, NOW).body[:-3], len(BODY), "bad_encoding"),
    ],
)
def test_what_does_not_decompress_to_its_length(compressed: bytes, body_bytes: int, reason: str) -> None:
    with pytest.raises(PoisonMessage) as caught:
        decode(compressed, "line_batch", {**encode(BATCH, NOW).headers, "body_bytes": body_bytes})
    assert caught.value.reason == reason
