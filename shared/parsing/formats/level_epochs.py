"""Numbers at the start of lines that may be epochs or count something."""

from dataclasses import dataclass

import polars as pl

from shared.parsing.choice import Choice, Taken
from shared.parsing.columns import constant
from shared.parsing.hints import Reference
from shared.parsing.severity import ANY_LEVEL, UPPER_LEVEL

YEARS = 10
"""Before the reference: from then on a number is an epoch whatever follows."""

NUMBER_AND_WORDS = r"^[ \t]*[0-9]+(?:[ \t]+[A-Za-z]+(?:[ \t,.;!?].*)?|[ \t]*)$"
HEAD = rf"^[ \t0-9]+(?:{ANY_LEVEL}(?:[^A-Za-z]|$)|(?:[^ \t]+[ \t]+){{0,2}}(?:{UPPER_LEVEL}[ \t:|]|\[))"


@dataclass(frozen=True)
class LikelyEpochs:
    """What `epochs` reads, but for old whole numbers with only words behind them: `1234567890 widgets sold`."""

    epochs: Choice

    @property
    def claim(self) -> str:
        """As `epochs` does."""
        return self.epochs.claim

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds what `epochs` does."""
        taken = self.epochs.take(lines, reference)
        likely = [frame.filter(_is_likely(frame, reference)) for frame in taken.read]
        if sum(map(len, likely)) == sum(map(len, taken.read)):
            return taken
        read = [frame for frame in likely if len(frame)]
        known = [number for frame in read for number in frame["line_no"]]
        return Taken(read, lines.filter(~lines["line_no"].is_in(known)))


def _is_likely(frame: pl.DataFrame, reference: Reference) -> pl.Series:
    """Whether each line's number is an epoch; where nobody knows when that could be, they all are."""
    times, latest = frame["logged_at"].dt.replace_time_zone(None), reference.latest
    if latest is None:
        return constant("likely", True, pl.Boolean(), len(frame))
    recent = (times <= latest) & (times.dt.year() >= latest.year - YEARS)
    texts = frame["text"].set(recent, None)
    counts = texts.str.contains(NUMBER_AND_WORDS) & ~texts.str.contains(HEAD)
    return ~counts.fill_null(False)
