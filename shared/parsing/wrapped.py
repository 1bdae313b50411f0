"""Log lines inside of JSON objects, as Docker, Fluentd, CloudWatch and others write them: read as what they are.

What such a line tells itself is preferred to what the object around it tells.
"""

import polars as pl

from shared.parsing.addresses import read_addresses
from shared.parsing.attributes import joined
from shared.parsing.choice import Precedence, stack
from shared.parsing.columns import fill, with_fields
from shared.parsing.dialects import WRAPPED
from shared.parsing.formats.json_lines import JSON_OBJECTS
from shared.parsing.formats.plain import read_plain
from shared.parsing.frame import complete
from shared.parsing.grouping import CONTINUATION
from shared.parsing.hints import Reference
from shared.parsing.years import near

OF_THE_OBJECT = ("line_no", "line_count", "raw", "format")


def unwrap(records: pl.DataFrame, formats: Precedence, reference: Reference) -> list[pl.DataFrame]:
    """The same records, with the fields of the lines in column WRAPPED, read by `formats`; one level deep."""
    if WRAPPED not in records.columns:
        return [records]
    has_line = records[WRAPPED].is_not_null()
    around, others = records.filter(has_line), records.filter(~has_line).drop(WRAPPED)
    if around.is_empty():
        return [others]
    inner = _read(_lines(around), formats, reference)
    return [others, _with_inner(around.drop(WRAPPED), inner)]


def _lines(records: pl.DataFrame) -> pl.DataFrame:
    """The lines inside, as `split_lines` would have them."""
    texts = records[WRAPPED].str.strip_chars_end("\r\n").alias("text")
    return pl.DataFrame([records["line_no"], records["line_count"], texts, texts.cast(pl.Binary).alias("raw")])


def _read(lines: pl.DataFrame, formats: Precedence, reference: Reference) -> pl.DataFrame:
    """Complete records, in order."""
    objects = JSON_OBJECTS.take(lines, reference)
    taken = formats.assign(_with_heads(objects.rest), reference)
    plain = [read_plain(taken.rest, reference)] if len(taken.rest) else []
    return stack([complete(frame) for frame in (*objects.read, *taken.read, *plain)]).sort("line_no")


def _with_heads(lines: pl.DataFrame) -> pl.DataFrame:
    """Where there are several lines in one, the first is read and the others belong to its message."""
    if not lines["text"].str.contains("\n", literal=True).any():
        return lines
    head, others = lines["text"].str.splitn("\n", 2).struct.unnest().get_columns()
    return with_fields(lines, [head.alias("text"), others.alias(CONTINUATION)])


def _with_inner(around: pl.DataFrame, inner: pl.DataFrame) -> pl.DataFrame:
    told = {column.name: column for column in around}
    own = {column.name: column for column in inner if column.name not in OF_THE_OBJECT}
    if "client" in told:
        told["client_ip"] = read_addresses(told["client"])
    if "logged_at" in told:
        own["logged_at"] = near(own["logged_at"], told["logged_at"])
    attrs = joined(told.pop("attrs"), own.pop("attrs"))
    fields = [_prefer(column, told.get(name)) for name, column in own.items()]
    return with_fields(around.drop("client", strict=False), [*fields, attrs])


def _prefer(column: pl.Series, other: pl.Series | None) -> pl.Series:
    return column if other is None else fill(column, other.cast(column.dtype, strict=False))
