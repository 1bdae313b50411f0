"""What GitHub did to deliver, and what of it never arrived."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at a delivery, as GitHub's API lists it; those at the same delivery have the same `guid`."""

    id: int
    guid: str
    delivered_at: Annotated[datetime, msgspec.Meta(tz=True)]
    event: str
    action: str | None = None
    status: str | None = None
    status_code: int | None = None

    @property
    def has_arrived(self) -> bool:
        """Whether it was answered with success: GitHub's own word for that, or a status of 2xx."""
        return self.status == "OK" or 200 <= (self.status_code or 0) < 300

    @property
    def why(self) -> str:
        """How it was answered."""
        return " ".join(str(part) for part in (self.status_code or None, self.status) if part)


def never_arrived(attempts: Iterable[Attempt]) -> list[Attempt]:
    """The last attempt at each delivery of which none has arrived, in the order of the first attempts."""
    by_guid: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_guid.setdefault(attempt.guid, []).append(attempt)
    failed = [each for each in by_guid.values() if not any(attempt.has_arrived for attempt in each)]
    failed.sort(key=lambda each: min(_order(attempt) for attempt in each))
    return [max(each, key=_order) for each in failed]


def _order(attempt: Attempt) -> tuple[datetime, int]:
    return attempt.delivered_at, attempt.id
