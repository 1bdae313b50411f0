"""What becomes of a delivery: decided here, carried out by `settling.py`."""

from dataclasses import dataclass
from typing import TypeAlias

from services.worker.traces import trace_of
from shared.attempts import MAX_ERROR_CHARACTERS, Attempt, encodable, failures
from shared.errors import PoisonMessage

STORED = "stored"
DUPLICATE = "duplicate"
CANCELLED = "cancelled"
ORPHANED = "orphaned"
UNKNOWN_JOB = "unknown_job"
"""A dead letter's reason: nobody knows its job."""


@dataclass(frozen=True, slots=True)
class Ack:
    """Done: `outcome` is STORED, DUPLICATE (stored before), CANCELLED (its job was) or ORPHANED (its job is gone)."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after the retry queue's delay; `attempts` are those so far, this one last."""

    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Never again; `reason` is a closed snake_case name, `detail` is for people, `trace` of an unexpected error."""

    reason: str
    detail: str
    attempts: tuple[Attempt, ...] = ()
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Not its fault: the process stops, the database stays away, or most batches fail here.

    Comes again, and nothing is counted against it. `alone`: where it came from, among those that run alone.
    """

    alone: bool = False


@dataclass(frozen=True, slots=True)
class Isolate:
    """Was in the hands of a worker that ended: to be tried again, with nothing beside it."""

    attempts: tuple[Attempt, ...]


Settlement: TypeAlias = Ack | Retry | DeadLetter | GiveBack | Isolate


def label_of(settlement: Settlement) -> str:
    """What it counts as: one of the metrics' OUTCOMES."""
    match settlement:
        case Ack(outcome=outcome):
            return outcome
        case Retry():
            return "retried"
        case Isolate():
            return "isolated"
        case DeadLetter():
            return "dead_lettered"
        case GiveBack():
            return "given_back"


def after_failure(error: Exception, earlier: tuple[Attempt, ...], failed: Attempt, max_attempts: int) -> Settlement:
    """Poison goes at once; anything unexpected gets `max_attempts` in all, of which `failed` is the last so far."""
    attempts = (*earlier, failed)
    if isinstance(error, PoisonMessage):
        return DeadLetter(error.reason, encodable(error.detail)[:MAX_ERROR_CHARACTERS], attempts)
    if failures(attempts) < max_attempts:
        return Retry(attempts)
    return DeadLetter("attempts_exhausted", failed.error, attempts, trace_of(error))
