"""When GitHub may be asked again, by what it answered: its limits, its failures, and refusals that stay."""

from collections.abc import Mapping
from dataclasses import dataclass

LIMITED = frozenset({403, 429})
LIMITS = "limits how often it is asked"
MOST_TRIES = 8
"""Of one request."""
FIRST_PAUSE_SECONDS = 1
LIMIT_PAUSE_SECONDS = 60
"""The least GitHub wants where it does not say how long; twice as much each time."""
LONGEST_PAUSE_SECONDS = 3700
"""Nothing ends later than a window of its limits, an hour."""
MARGIN_SECONDS = 1
"""Its clock and ours are not the same, and it tells whole seconds."""


@dataclass(frozen=True, slots=True)
class Done:
    """The answer is good; the next request comes after a rest."""

    rest_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Again:
    """The same request once more, after a pause; `why` says what GitHub does, for a sentence."""

    after_seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No later request will be answered otherwise, or not soon enough."""

    why: str


Decision = Done | Again | Refused


def decide(status: int, headers: Mapping[str, str], message: str, *, now: float, tries: int) -> Decision:
    """What follows from an answer.

    `headers` by names in lower case; `message` is GitHub's own; `now` in seconds since 1970, by the clock that the
    headers go by; `tries` is how often this request was made so far, at least 1.
    """
    if status in LIMITED and (pause_seconds := limit_pause_seconds(headers, message, now, tries)) is not None:
        return once_more(pause_seconds, LIMITS, tries)
    if status >= 500:
        told = _number(headers, "retry-after")
        return once_more(failure_pause_seconds(tries) if told is None else told, f"answered {status}", tries)
    if status >= 300:
        return Refused(f"answered {status} ({message})")
    return Done(min(LONGEST_PAUSE_SECONDS, _until_reset(headers, now) or 0))


def decide_unanswered(why: str, tries: int) -> Decision:
    """What follows where no answer came."""
    return once_more(failure_pause_seconds(tries), why, tries)


def once_more(pause_seconds: float, why: str, tries: int) -> Decision:
    """Again after a pause, unless that is too long, or was done too often."""
    if tries >= MOST_TRIES:
        return Refused(f"{why}, {tries} times in a row")
    if pause_seconds > LONGEST_PAUSE_SECONDS:
        return Refused(f"{why}, for {pause_seconds:,.0f} s from now on")
    return Again(pause_seconds, why)


def failure_pause_seconds(tries: int) -> float:
    """Twice as long each time."""
    return float(FIRST_PAUSE_SECONDS * 2 ** (tries - 1))


def limit_pause_seconds(headers: Mapping[str, str], message: str, now: float, tries: int) -> float | None:
    """How long a limit holds that was met; None where it was none: a 403 may be a refusal that stays."""
    told = _number(headers, "retry-after")
    if told is None:
        told = _until_reset(headers, now)
    if told is None and "rate limit" in message.lower():
        told = float(LIMIT_PAUSE_SECONDS * 2 ** (tries - 1))
    return told


def _until_reset(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until there may be requests again; None where there may be now, or nothing tells."""
    reset = _number(headers, "x-ratelimit-reset")
    if reset is None or _number(headers, "x-ratelimit-remaining") != 0:
        return None
    return max(0, reset - now) + MARGIN_SECONDS


def _number(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(name, "")
    return float(value) if value.isascii() and value.isdecimal() else None
