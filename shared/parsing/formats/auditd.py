"""Linux audit records, as auditd writes them."""

import polars as pl

from shared.parsing.addresses import read_addresses
from shared.parsing.choice import Taken
from shared.parsing.columns import with_fields
from shared.parsing.formats.logfmt import pairs_of
from shared.parsing.hints import Reference
from shared.parsing.layouts import Layout
from shared.parsing.pairs import fields_of_pairs
from shared.parsing.timestamps import EPOCH, Shape

AUDITD = "auditd"

TIME = Shape(r"(?P<time>[0-9]{9,11})(?:\.(?P<fraction>[0-9]{1,9}))?", EPOCH.local)
BEGINNING = Layout(
    AUDITD,
    r"^(?:node=(?P<hostname>[^ ]+) )?type=(?P<type>[A-Z0-9_]+(?:\[[0-9]+\])?) "
    rf"msg=audit\({TIME.pattern}:(?P<serial>[0-9]+)\):(?P<rest>.*)$",
    key="serial",
    shape=TIME,
)
MESSAGE_BEGINS = "msg='"
BETWEEN_PARTS = "\x1d"
"""Before the names that auditd looked up for numbers."""

ADDRESS = "[ ']addr=([0-9A-Fa-f.:]+)"
NAMES = frozenset(("pid", "uid", "comm"))
"""Of the pairs only these are fields: a `name` is a file's here, a `hostname` the other side's."""


class Auditd:
    """The format as a Choice."""

    claim = BEGINNING.claim

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds `format`, time, process, user and address; all pairs to attrs, and the line as message."""
        begun = BEGINNING.take(lines, reference)
        return Taken([_with_pairs(frame, reference) for frame in begun.read], begun.rest)


def _with_pairs(frame: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    inner = frame["rest"].str.replace(MESSAGE_BEGINS, "", literal=True).str.strip_chars_end("' ")
    pairs = pairs_of(inner.str.replace_all(BETWEEN_PARTS, " ", literal=True))
    fields = fields_of_pairs(pairs, len(frame), reference, lambda name, _: name in NAMES)
    whole = [read_addresses(frame["rest"].str.extract(ADDRESS)).alias("client"), frame["text"].alias("message")]
    return with_fields(frame.drop("rest"), [*fields, *whole])
