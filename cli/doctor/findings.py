"""What the doctor says: a finding for each check, and what the findings come to."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SHOWN = 5
"""Names in a sentence; more are counted."""


class State(StrEnum):
    """How it is. `warn` works now and may not for long; `unseen` could not be looked at, which is no fault."""

    ok = "ok"
    warn = "warn"
    bad = "bad"
    unseen = "unseen"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its state, what was found, and what to mend, with the command if there is one."""

    check: str
    state: State
    found: str
    mend: str | None = None


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, State.ok, found)


def warn(check: str, found: str, mend: str) -> Finding:
    """It works, but should be seen to."""
    return Finding(check, State.warn, found, mend)


def bad(check: str, found: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(check, State.bad, found, mend)


def unseen(check: str, found: str, mend: str) -> Finding:
    """It could not be looked at; `mend` is how it could."""
    return Finding(check, State.unseen, found, mend)


def to_mend(findings: Iterable[Finding]) -> list[Finding]:
    """Those that somebody has to see to."""
    return [finding for finding in findings if finding.state in (State.warn, State.bad)]


def listed(names: Iterable[str]) -> str:
    """The first few, and how many more there are.

    >>> listed(["a", "b"]), listed("abcdefgh")
    ('a, b', 'a, b, c, d, e and 3 more')
    """
    all_names = list(names)
    more = len(all_names) - SHOWN
    return ", ".join(all_names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
