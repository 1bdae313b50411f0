"""The lines that a canary writes, in several formats: each has a mark of its own, by which it is known again."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

TRACE_LINES = 5
FEWEST_LINES = 2 * TRACE_LINES


@dataclass(frozen=True, slots=True)
class KnownLines:
    """What one round writes: line 1 is the first of `texts`; `levels` are the records that come of them, by level."""

    marker: str
    texts: tuple[str, ...]
    levels: Mapping[str, int]

    @property
    def content(self) -> bytes:
        """The upload's body."""
        return "".join(f"{text}\n" for text in self.texts).encode()

    def numbered(self, texts: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
        """Texts by the number that their marker tells, else by the one that they come with."""
        number_in = re.compile(rf"{re.escape(self.marker)}-n(\d+)(?!\d)")
        found: dict[int, list[str]] = {}
        for told, text in texts:
            marked = number_in.search(text)
            found.setdefault(int(marked[1]) if marked else told, []).append(text)
        return found


def _json(mark: str, at: datetime) -> str:
    return f'{{"time":"{at.isoformat()}","level":"info","message":"{mark} sings","logger":"canary"}}'


def _logfmt(mark: str, at: datetime) -> str:
    return f'time={at.isoformat()} level=warn msg="{mark} sings less" logger=canary'


def _access(mark: str, at: datetime) -> str:
    return f'203.0.113.7 - - [{at:%d/%b/%Y:%H:%M:%S %z}] "GET /{mark} HTTP/1.1" 200 512 "-" "canary"'


def _plain(mark: str, at: datetime) -> str:
    return f"{at.isoformat()} INFO {mark} sings again"


def _trace(marks: Sequence[str], at: datetime) -> list[str]:
    """One record of TRACE_LINES lines."""
    head, error, frame, cause, last = marks
    return [
        f"{at.isoformat()} ERROR {head} fell silent",
        f"java.lang.IllegalStateException: {error}",
        f"\tat org.example.Perch.sing({frame}.java:12)",
        f"Caused by: java.lang.NullPointerException: {cause}",
        f"\tat org.example.Seed.take({last}.java:7)",
    ]


KINDS: tuple[tuple[Callable[[str, datetime], str], str], ...] = (
    (_json, "info"),
    (_logfmt, "warn"),
    (_access, "info"),
    (_plain, "info"),
)
"""The lines that are a record each, with the level that the record gets."""


def known_lines(marker: str, count: int, at: datetime) -> KnownLines:
    """`count` lines, FEWEST_LINES or more, that tell the aware time `at`; the last TRACE_LINES are one record.

    `marker` tells this round from any other, of whatever canary.
    """
    marks = [f"{marker}-n{number}" for number in range(1, count + 1)]
    at = at.replace(microsecond=0)
    single = [KINDS[index % len(KINDS)] for index in range(count - TRACE_LINES)]
    texts = [write(mark, at) for (write, _), mark in zip(single, marks, strict=False)]
    levels = Counter(level for _, level in single)
    levels["error"] += 1
    return KnownLines(marker, (*texts, *_trace(marks[-TRACE_LINES:], at)), levels)
