"""A signed request as a delivery: what its headers say, and the lines its body becomes. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID

import zstandard

from services.api.webhooks.lines import envelope_of, lines_of
from services.api.webhooks.payloads import Payload, action_of, feed_of, form_payload, read_payload
from shared.errors import InputError
from shared.messages import COMPRESSION_LEVEL

CONTENT_TYPES = {"application/json": False, "application/x-www-form-urlencoded": True}
"""What GitHub sends, and whether it is a form."""
EVENT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,128}")
HOOK_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
MAX_MESSAGE_BYTES = 16 * 1024**2
"""More RabbitMQ may not take as one message."""


class Feed(NamedTuple):
    """What one rolling job takes in: the deliveries about `name` (a repository, mostly) on a `day` of UTC."""

    owner_id: UUID
    name: str
    day: date


class DeliveryKey(NamedTuple):
    """A delivery's identity, however often it comes."""

    owner_id: UUID
    delivery_id: str


@dataclass(frozen=True, slots=True)
class Head:
    """What the headers say of a delivery."""

    event: str
    delivery_id: str
    hook_id: int | None
    is_form: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it is kept. `lines` are `line_count` lines, each ended by LF. `traceparent`: its request's span."""

    key: DeliveryKey
    feed: Feed
    event: str
    action: str | None
    received_at: datetime
    lines: bytes
    line_count: int
    traceparent: str | None = None


def read_head(headers: Mapping[str, str]) -> Head:
    """Raises InputError: 415 for another type of content, 400 where GitHub's own headers are missing or odd."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in CONTENT_TYPES:
        raise InputError(415, "Unsupported media type", f"Send one of {', '.join(CONTENT_TYPES)}.")
    hook_id = headers.get("x-github-hook-id", "")
    return Head(
        event=_header(headers, "X-GitHub-Event", EVENT),
        delivery_id=_header(headers, "X-GitHub-Delivery", DELIVERY_ID),
        hook_id=int(hook_id) if HOOK_ID.fullmatch(hook_id) else None,
        is_form=CONTENT_TYPES[content_type],
    )


def _header(headers: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = headers.get(name.lower(), "")
    if not pattern.fullmatch(value):
        raise InputError(400, "Unusable header", f"{name} has to be given and to match {pattern.pattern}.")
    return value


def read_content(head: Head, body: bytes) -> tuple[bytes, Payload]:
    """The payload as it was sent, and what it says; raises InputError (400)."""
    content = form_payload(body) if head.is_form else body
    return content, read_payload(content)


def read_delivery(head: Head, body: bytes, owner_id: UUID, received_at: datetime) -> Delivery:
    """The delivery in a body; raises InputError: 400 where there is none, 413 where no queue could take it."""
    content, payload = read_content(head, body)
    lines = lines_of(envelope_of(head.event, head.delivery_id, received_at, head.hook_id), payload, content)
    joined = b"".join(lines)
    if len(joined) > MAX_MESSAGE_BYTES and len(compressed(joined)) > MAX_MESSAGE_BYTES:
        told = f"Its {len(joined)} bytes do not compress to {MAX_MESSAGE_BYTES}, the most that the queue takes."
        raise InputError(413, "Payload too large", told)
    return Delivery(
        key=DeliveryKey(owner_id, head.delivery_id),
        feed=Feed(owner_id, feed_of(payload), received_at.astimezone(UTC).date()),
        event=head.event,
        action=action_of(payload),
        received_at=received_at,
        lines=joined,
        line_count=len(lines),
    )


def compressed(lines: bytes) -> bytes:
    """With zstd, as they are kept and sent."""
    return zstandard.ZstdCompressor(COMPRESSION_LEVEL).compress(lines)
