"""A delivery as lines of a job: one for itself, and one for each commit of a push. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Raw

from services.api.webhooks.payloads import Payload, decoded, repository_of, sender_of, text_of
from shared.messages import MAX_BODY_BYTES

MAX_COMMITS = 2048
"""GitHub puts no more into a payload."""
MAX_BRACES = 500_000
"""Opening ones among a push's commits. They bound what counting the commits takes, and few of them are commits."""
SPACED = bytes.maketrans(b"\r\n", b"  ")
"""Between tokens one white space is as good as another; in a text JSON has none of these."""


class _Commit(msgspec.Struct, frozen=True, gc=False):
    """Any object."""


def lines_of(envelope: dict[str, Any], payload: Payload, content: bytes) -> list[bytes]:
    """The lines, each ended by LF, of the delivery with this `envelope` (see `envelope_of`) and the JSON `content`.

    Commits are left out where they would not fit into a line batch, which GitHub's never come near; the payload has
    them in any case.
    """
    first = _line(envelope, content)
    if envelope["github_event"] != "push":
        return [first]
    commits = [_line(commit, raw) for commit, raw in _commits(envelope, payload)]
    return [first, *commits] if len(first) + sum(map(len, commits)) <= MAX_BODY_BYTES else [first]


def envelope_of(event: str, delivery_id: str, received_at: datetime, hook_id: int | None) -> dict[str, Any]:
    """What a line says about its payload."""
    moment = received_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    envelope = {"github_event": event, "delivery": delivery_id, "received_at": moment}
    return envelope if hook_id is None else {**envelope, "hook_id": hook_id}


def _commits(envelope: dict[str, Any], payload: Payload) -> Iterable[tuple[dict[str, Any], Raw]]:
    if not 0 < _count(payload.commits) <= MAX_COMMITS:
        return
    told = {"repository": repository_of(payload), "ref": text_of(payload.ref), "sender": sender_of(payload)}
    of_push = {name: value for name, value in told.items() if value is not None}
    for commit in decoded(payload.commits, list[Raw]) or ():
        yield {**envelope, "github_event": "commit", **of_push}, commit


def _count(commits: Raw) -> int:
    """How many there are; 0 where some are none, or where there may be millions, as of tiny ones in 25 MB."""
    if bytes(commits).count(b"{") > MAX_BRACES:
        return 0
    return len(decoded(commits, list[_Commit]) or ())


def _line(envelope: dict[str, Any], content: bytes | Raw) -> bytes:
    head = msgspec.json.encode(envelope).removesuffix(b"}")
    return b"".join((head, b',"payload":', bytes(content).translate(SPACED).strip(), b"}\n"))
