"""What an event is, and what it tells."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from shared.parsing.formats.github_payloads import Part

INFO, WARN, ERROR = 9, 13, 17

OUTCOMES = frozenset(
    (
        "success",
        "failure",
        "cancelled",
        "timed_out",
        "startup_failure",
        "skipped",
        "neutral",
        "action_required",
        "stale",
        "error",
        "inactive",
    )
)
"""How automation ends, in GitHub's own words; sums of outcomes have no others."""

OUTCOME_SEVERITIES = {
    **dict.fromkeys(("failure", "timed_out", "startup_failure", "error"), ERROR),
    **dict.fromkeys(("cancelled", "action_required", "stale"), WARN),
}
"""Of other outcomes, and of none, it is INFO."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, or one commit of a push. `name` is what X-GitHub-Event says, or `commit`.

    `repository` is a full name, `sender` a login; `ref` what was told beside the payload.
    """

    name: str
    action: str | None
    repository: str | None
    sender: str | None
    ref: str | None
    payload: Part

    @property
    def who(self) -> str:
        """Whoever did it."""
        return self.sender or "somebody"

    @property
    def where(self) -> str:
        """The repository in brackets, for a message's end."""
        return f" ({self.repository})" if self.repository else ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a payload tells of its subject.

    `ref`: a branch or tag, by its short name. `url`: where people see the subject. `outcome`: how it ended, in GitHub's
    own word; None while it has not.
    """

    message: str
    ref: str | None = None
    number: int | None = None
    url: str | None = None
    outcome: str | None = None
    duration_ms: float | None = None
    severity: int = INFO


Reader: TypeAlias = Callable[[Event], Told | None]
"""Reads events of one name; None where the payload has not what they are about."""


def words(action: str | None) -> str:
    """An action or a state as words."""
    return (action or "").replace("_", " ")
