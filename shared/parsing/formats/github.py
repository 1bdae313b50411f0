"""GitHub's webhooks: a line for each delivery, and one more for each commit of a push.

A line is an envelope, as the api writes it: the event's name, the delivery's id, when it was received, the hook's
number, and the payload as it came; of a commit also what its push says of all of them.
"""

from typing import Any, NamedTuple

import msgspec
import polars as pl

from shared.parsing.choice import Taken, stack
from shared.parsing.columns import constant, with_fields
from shared.parsing.formats.github_events import tell
from shared.parsing.formats.github_payloads import Part
from shared.parsing.formats.github_told import Event, Told
from shared.parsing.formats.json_decoding import NUL_ESCAPED, Problem, RawObject, decode_all, encode
from shared.parsing.formats.json_lines import storable
from shared.parsing.hints import Reference
from shared.parsing.timestamps import read_times

GITHUB = "github"
CLAIM = r'^[ \t]*\{[ \t]*"github_event"[ \t]*:'
TEXTS = ("github_event", "delivery", "received_at")
"""What every envelope has, beside the payload."""


class Delivery(NamedTuple):
    """An envelope that was read: what happened, and the JSON of its payload."""

    event: Event
    told: Told
    delivery_id: str
    received_at: str
    hook_id: int | None
    payload: msgspec.Raw

    def attrs(self) -> str:
        """What is kept of it: fields under their names, those that there are, and the whole payload."""
        event, told = self.event, self.told
        fields: dict[str, Any] = {
            "event": event.name,
            "action": event.action,
            "delivery": self.delivery_id,
            "hook_id": self.hook_id,
            "repository": event.repository,
            "sender": event.sender,
            "ref": told.ref,
            "outcome": told.outcome,
            "number": told.number,
            "url": told.url,
            "duration_ms": told.duration_ms,
        }
        present = {name: value for name, value in fields.items() if value is not None}
        return encode({**present, "payload": self.payload}).decode().replace("\n", " ")


def read_deliveries(lines: pl.DataFrame, reference: Reference) -> Taken:
    """Reads the lines that are envelopes; of any other, be it an object or not, nothing is taken."""
    claimed = lines["text"].str.contains(CLAIM)
    if not claimed.any():
        return Taken([], lines)
    mine, rest = lines.filter(claimed), lines.filter(~claimed)
    odd = mine["text"].str.contains(NUL_ESCAPED, literal=True).to_list()
    found = [_read(envelope) for envelope in decode_all(mine["text"].to_list(), odd)]
    is_read = pl.Series([delivery is not None for delivery in found], dtype=pl.Boolean)
    if not is_read.any():
        return Taken([], lines)
    deliveries = [delivery for delivery in found if delivery]
    return Taken([_records(mine.filter(is_read), deliveries, reference)], stack([rest, mine.filter(~is_read)]))


def _read(envelope: RawObject | Problem) -> Delivery | None:
    """None for what is no envelope."""
    if isinstance(envelope, Problem):
        return None
    told = Part(envelope)
    name, delivery_id, received_at = (told.text(key) for key in TEXTS)
    payload = told.object("payload")
    if name is None or delivery_id is None or received_at is None or payload is None:
        return None
    event = _event(name, told, payload)
    return Delivery(event, tell(event), delivery_id, received_at, told.number("hook_id"), envelope["payload"])


def _event(name: str, envelope: Part, payload: Part) -> Event:
    return Event(
        name=name,
        action=payload.text("action"),
        repository=envelope.text("repository") or payload.part("repository").text("full_name"),
        sender=envelope.text("sender") or payload.part("sender").text("login"),
        ref=envelope.text("ref"),
        payload=payload,
    )


def _records(lines: pl.DataFrame, deliveries: list[Delivery], reference: Reference) -> pl.DataFrame:
    told = [delivery.told for delivery in deliveries]
    times = pl.Series("logged_at", [delivery.received_at for delivery in deliveries], dtype=pl.String)
    attrs = pl.Series("attrs", [delivery.attrs() for delivery in deliveries], dtype=pl.String)
    columns: dict[str, list[str | None]] = {
        "message": [one.message for one in told],
        "logger": [delivery.event.name for delivery in deliveries],
        "user_id": [delivery.event.sender for delivery in deliveries],
        "trace_id": [delivery.delivery_id for delivery in deliveries],
        "url": [one.url for one in told],
    }
    return with_fields(
        lines,
        [
            *(pl.Series(name, values, dtype=pl.String) for name, values in columns.items()),
            pl.Series("severity", [one.severity for one in told], dtype=pl.Int16),
            pl.Series("duration_ms", [one.duration_ms for one in told], dtype=pl.Float64),
            read_times(times, reference),
            storable(attrs),
            constant("format", GITHUB, pl.String(), len(lines)),
        ],
    )
