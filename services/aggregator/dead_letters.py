"""What is kept of a message of the dead-letter queue, whatever is in it. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.attempts import as_header, read_attempts

UNKNOWN = "unknown"
UNREADABLE = "unreadable"
DELIVERY_LIMIT = "delivery_limit"
PROPERTIES = ("type", "content_type", "content_encoding", "message_id", "timestamp")
"""What a replay needs of a message beside its body and headers."""
REPLAY_HEADER = "replay_id"
"""Which replay a message comes of; none says the api's own copy."""
OF_ITS_DEATH = frozenset({"reason", "detail", "attempts", "trace", REPLAY_HEADER})
"""Headers that a message has because it could not be stored; a replay leaves them, and the broker's own, behind."""


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """What is kept of a dead message, in the order in which the recorder's RECORD takes it.

    `job_id`, `batch_no` and `first_line` are None where its headers do not tell them.
    `properties`: type, content_type, content_encoding, message_id, timestamp (RFC 3339), as far as it had them.
    `attempts`: what `shared.attempts.as_header` gives. `replay_id`: the replay that this copy comes of.
    """

    job_id: UUID | None
    batch_no: int | None
    first_line: int | None
    line_count: int
    reason: str
    detail: str
    body: bytes
    headers: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    attempts: list[dict[str, str | None]] = field(default_factory=list)
    trace: str | None = None
    replay_id: UUID | None = None


def read_dead_letter(body: bytes, headers: Mapping[str, Any], properties: Mapping[str, object]) -> DeadLetterRow:
    """Takes any message; what cannot be read of it is left empty."""
    plain = _plain(dict(headers))
    reason = _reason(headers)
    trace = plain.get("trace")
    return DeadLetterRow(
        job_id=_uuid(headers.get("job_id")),
        batch_no=_whole_number(headers.get("batch_no"), 2**31),
        first_line=_whole_number(headers.get("first_line"), 2**63),
        line_count=_whole_number(headers.get("line_count"), 2**31) or 0,
        reason=reason,
        detail=_text(headers.get("detail") or (_delivery_limit_detail(headers) if reason == DELIVERY_LIMIT else "")),
        body=body,
        headers=plain,
        properties={name: _property(value) for name, value in properties.items() if value is not None},
        attempts=as_header(read_attempts(plain.get("attempts"))),
        trace=trace if isinstance(trace, str) else None,
        replay_id=_uuid(headers.get(REPLAY_HEADER)),
    )


def without_headers(body: bytes, headers: Mapping[str, Any]) -> DeadLetterRow:
    """What can be kept of any message at all: its bytes and, so that its job can end, which batch it was."""
    return DeadLetterRow(
        job_id=_uuid(headers.get("job_id")),
        batch_no=_whole_number(headers.get("batch_no"), 2**31),
        first_line=_whole_number(headers.get("first_line"), 2**63),
        line_count=_whole_number(headers.get("line_count"), 2**31) or 0,
        reason=UNREADABLE,
        detail="its headers could not be kept",
        body=body,
    )


def _reason(headers: Mapping[str, Any]) -> str:
    """Ours, or the broker's for the latest death: the first may be of a wait in the retry queue."""
    told = headers.get("reason") or headers.get("x-last-death-reason") or _latest_death(headers).get("reason")
    return _text(told or headers.get("x-first-death-reason") or UNKNOWN)


def _delivery_limit_detail(headers: Mapping[str, Any]) -> str:
    """How often it was delivered is told by some RabbitMQ only, and by none on a copy it counts anew."""
    count, queue = headers.get("x-delivery-count"), _latest_death(headers).get("queue")
    times = f" {count} times" if isinstance(count, int) and count > 0 else ""
    place = f" from {queue}" if isinstance(queue, str) else ""
    return f"delivered{times}{place}, and each time its worker's process or connection ended"


def _latest_death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    deaths = headers.get("x-death")
    return deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _whole_number(value: object, limit: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < limit else None


def _property(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else _text(value)


def _plain(value: Any) -> Any:
    """As PostgreSQL's JSON can hold it."""
    if isinstance(value, dict):
        return {_text(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int) or value is None or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _text(value)


def _text(value: object) -> str:
    """Text PostgreSQL can hold: no NUL, no half of a surrogate pair."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\u2400")
