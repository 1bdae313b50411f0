"""What may follow a line's time other than words: JSON objects, and key=value pairs."""

import polars as pl

from shared.parsing.choice import Choice, Taken
from shared.parsing.columns import constant, fill, with_fields
from shared.parsing.formats.json_lines import JSON_OBJECTS
from shared.parsing.formats.level_pieces import LEVELED
from shared.parsing.formats.logfmt import PAIR, Logfmt
from shared.parsing.hints import Reference

FIRST_MARKS = "])> \t|:,;-"


class PairsBehind:
    """Texts that are key=value pairs behind a time: read as logfmt, of format LEVELED.

    A time that the pairs do not tell, or a level, stays what it was.
    """

    claim = rf"^[\])> \t|:,;-]*{PAIR}(?:[ \t]+{PAIR})+[ \t]*$"
    _logfmt = Logfmt()

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds the known fields, and the others as attrs."""
        claimed = lines["text"].str.contains(self.claim)
        if not claimed.any():
            return Taken([], lines)
        mine, rest = lines.filter(claimed), lines.filter(~claimed)
        pairs = with_fields(mine, [mine["text"].str.strip_chars_start(FIRST_MARKS)])
        taken = self._logfmt.take(pairs, reference)
        unread = lines.join(taken.rest, on="line_no", how="semi") if len(taken.rest) else lines.clear()
        return Taken([_beside(mine, frame) for frame in taken.read], pl.concat([rest, unread]))


def _beside(earlier: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """`read` with the times it lacks from `earlier`."""
    fields = [constant("format", LEVELED, pl.String(), len(read))]
    if "logged_at" in earlier.columns:
        told = earlier.join(read.select("line_no"), on="line_no", how="semi", maintain_order="left")["logged_at"]
        fields.append(fill(read["logged_at"], told))
    return with_fields(read, fields)


OBJECT_OR_PAIRS: tuple[Choice, ...] = (JSON_OBJECTS, PairsBehind())
