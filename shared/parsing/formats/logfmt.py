"""logfmt: lines that are key=value pairs and nothing else."""

from collections.abc import Callable

import polars as pl

from shared.parsing.attributes import json_objects
from shared.parsing.choice import Taken
from shared.parsing.columns import constant, fill, nothing, translate, with_fields
from shared.parsing.durations import read_durations
from shared.parsing.field_names import FALLBACK_OF, FIELD_OF
from shared.parsing.fields import FIELD_TYPES, record_columns
from shared.parsing.hints import Reference
from shared.parsing.severity import severity_of_words

LOGFMT = "logfmt"

KEY = r"[A-Za-z_@][A-Za-z0-9_.@/:-]*"
VALUE = r"(?:\"(?:[^\"\\]|\\.)*\"|[^ \t\"]*)"
PAIR = f"{KEY}={VALUE}"
CLAIM = rf"^[ \t]*{PAIR}(?:[ \t]+{PAIR})+[ \t]*$"
ESCAPED = {r"\"": '"', r"\\": "\\", r"\n": "\n", r"\r": "\r", r"\t": "\t"}

READERS: dict[str, Callable[[pl.Series], pl.Series]] = {
    "level": severity_of_words,
    **dict.fromkeys(("duration_ms", "duration_s", "duration_ns", "duration"), read_durations),
}


class Logfmt:
    """The format as a Choice: split into one long column of pairs, gathered again by field."""

    claim = CLAIM

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds `format`, the known fields, and the others as attrs; a line without a message is its own."""
        claimed = lines["text"].str.contains(CLAIM)
        if not claimed.any():
            return Taken([], lines)
        mine, rest = lines.filter(claimed), lines.filter(~claimed)
        pairs = _pairs(mine["text"])
        columns, used = _gather(pairs, len(mine))
        message = columns.pop("message", nothing("message", pl.String(), len(mine)))
        whole = [
            fill(message, mine["text"]),
            json_objects(pairs.filter(~used), len(mine)),
            constant("format", LOGFMT, pl.String(), len(mine)),
        ]
        return Taken([with_fields(mine, [*record_columns(columns, reference), *whole])], rest)


def _pairs(texts: pl.Series) -> pl.DataFrame:
    """A row a pair: row (of the line), key, value, field and fallback (the field that it names, if any)."""
    rows = pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias("row")
    pairs = pl.DataFrame([rows, texts.str.extract_all(PAIR).alias("pair")]).explode("pair")
    key, value = pairs["pair"].str.splitn("=", 2).struct.unnest().get_columns()
    return pl.DataFrame(
        [
            pairs["row"],
            key.alias("key"),
            _unquoted(value).alias("value"),
            translate(key, FIELD_OF, pl.String()).alias("field"),
            translate(key, FALLBACK_OF, pl.String()).alias("fallback"),
        ]
    )


def _unquoted(values: pl.Series) -> pl.Series:
    quoted = values.str.starts_with('"')
    if not quoted.any():
        return values
    inner = values.str.slice(1).str.head(-1)
    if inner.str.contains("\\", literal=True).any():
        inner = inner.str.replace_many(list(ESCAPED), list(ESCAPED.values()))
    return inner.zip_with(quoted, values)


def _gather(pairs: pl.DataFrame, length: int) -> tuple[dict[str, pl.Series], pl.Series]:
    """A column for each field there is, and which of the pairs are in one."""
    columns: dict[str, pl.Series] = {}
    used = constant("used", False, pl.Boolean(), len(pairs))
    for naming in ("field", "fallback"):
        for field in pairs[naming].unique().drop_nulls():
            column = columns.get(field, nothing(field, FIELD_TYPES[field], length))
            places = (pairs[naming] == field).arg_true()
            columns[field], taken = _place(column, pairs["row"].gather(places), pairs["value"].gather(places))
            used = used.scatter(places.filter(taken), True)
    return columns, used


def _place(column: pl.Series, rows: pl.Series, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`column` with the texts, read as what it holds, at those `rows` that have no value yet; and which were taken."""
    read = READERS.get(column.name)
    values = read(texts) if read else texts.cast(column.dtype, strict=False)
    fits = values.is_not_null() & (texts != "") & column.gather(rows).is_null()
    taken = fits & rows.set(~fits, None).is_first_distinct()
    return column.scatter(rows.filter(taken), values.filter(taken)), taken
