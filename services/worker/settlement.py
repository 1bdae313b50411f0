"""What becomes of a delivery: decided here, carried out by the consumer."""

from dataclasses import dataclass
from typing import TypeAlias

from shared.errors import PoisonMessage


@dataclass(frozen=True, slots=True)
class Ack:
    """Done: `outcome` is stored, duplicate (was stored before) or orphaned (its job is gone)."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after the retry queue's delay; `attempts` are the failures so far, this one last."""

    attempts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Never again; `reason` is a closed snake_case name, `detail` is for people."""

    reason: str
    detail: str
    attempts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Not its fault: the process stops, or the database stays away. Comes again, and nothing is counted against it."""


Settlement: TypeAlias = Ack | Retry | DeadLetter | GiveBack


def after_failure(error: Exception, earlier: tuple[str, ...], max_attempts: int) -> Settlement:
    """Poison goes at once; anything unexpected gets `max_attempts` in all."""
    text = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, PoisonMessage):
        return DeadLetter(error.reason, error.detail[:500], earlier)
    attempts = (*earlier, text)
    if len(attempts) < max_attempts:
        return Retry(attempts)
    return DeadLetter("attempts_exhausted", text, attempts)
