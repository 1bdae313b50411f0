"""The parsing core: the bytes of a line batch in, records and rejected lines out. Pure: no I/O, no clock, no state."""

from shared.parsing.batch import ParsedBatch, parse_batch
from shared.parsing.continuations import RecordBounds
from shared.parsing.formats import FORMAT_NAMES
from shared.parsing.frame import REASONS, RECORD_SCHEMA, REJECTED_SCHEMA
from shared.parsing.hints import ParseHints, UnknownFormat, UnknownTimezone

__all__ = [
    "FORMAT_NAMES",
    "REASONS",
    "RECORD_SCHEMA",
    "REJECTED_SCHEMA",
    "ParseHints",
    "ParsedBatch",
    "RecordBounds",
    "UnknownFormat",
    "UnknownTimezone",
    "parse_batch",
]
