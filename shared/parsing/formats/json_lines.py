"""JSON lines: an object a line, by whichever logger."""

from dataclasses import dataclass
from itertools import chain

import polars as pl

from shared.parsing.attributes import joined, json_objects
from shared.parsing.choice import Taken, stack
from shared.parsing.columns import constant, fill, nothing, with_fields, without
from shared.parsing.dialects import WRAPPED
from shared.parsing.fields import FIELD_TYPES, record_columns
from shared.parsing.formats.json_decoding import (
    NUL_ESCAPED,
    WILD_NUMBER,
    Problem,
    RawObject,
    decode_all,
    decode_odd,
    encode,
)
from shared.parsing.formats.json_fields import FieldTable, encode_lines
from shared.parsing.hints import Reference

JSON = "json"
CLAIM = r"^[ \t]*\{"
CHUNK_LINES = 256
"""Decoded at a time, so that the objects stay in the processor's cache: half the time of all at once."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines, read: the fields and what is left of those that are objects, and for every line a Problem or None."""

    fields: FieldTable
    left: list[str]
    problems: list[Problem | None]


def read_json(lines: pl.DataFrame, reference: Reference) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines that are objects, with their fields; and the others, with reason and detail."""
    texts, odd = lines["text"].to_list(), lines["text"].str.contains(NUL_ESCAPED, literal=True).to_list()
    cuts = [slice(start, start + CHUNK_LINES) for start in range(0, len(texts), CHUNK_LINES)]
    chunks = [_read_chunk(texts[cut], odd[cut]) for cut in cuts]
    problems = [problem for chunk in chunks for problem in chunk.problems]
    broken = pl.Series([problem is not None for problem in problems], dtype=pl.Boolean)
    records = _records(lines.filter(~broken) if broken.any() else lines, chunks, reference)
    return records, _broken(lines.filter(broken), [problem for problem in problems if problem])


def _read_chunk(texts: list[str], odd: list[bool]) -> Chunk:
    decoded = decode_all(texts, odd)
    objects = [value for value in decoded if not isinstance(value, Problem)]
    problems = [value if isinstance(value, Problem) else None for value in decoded]
    fields = FieldTable(objects)
    return Chunk(fields, _written(objects, any("\n" in text for text in texts)), problems)


def _written(objects: list[RawObject], over_lines: bool) -> list[str]:
    """The JSON of each, all at once; `over_lines`: any may still have line ends between its parts."""
    if over_lines:
        return [encode(value).decode().replace("\n", " ") for value in objects]
    return encode_lines(objects).decode().split("\n")[: len(objects)]


def _records(lines: pl.DataFrame, chunks: list[Chunk], reference: Reference) -> pl.DataFrame:
    columns = {name: _column(chunks, name) for name in {name for chunk in chunks for name in chunk.fields.columns}}
    times = columns.get("time")
    message = columns.pop("message", nothing("message", pl.String(), len(lines)))
    if WRAPPED in columns:
        message = fill(_with_both(message, columns), columns[WRAPPED].str.strip_chars_end("\r\n"))
    fields = record_columns(columns, reference)
    attrs = storable(pl.Series("attrs", [text for chunk in chunks for text in chunk.left], dtype=pl.String))
    if times is not None:
        attrs = _with_unread_times(attrs, times, next(field for field in fields if field.name == "logged_at"), chunks)
    whole = [fill(message, lines["text"]), attrs, constant("format", JSON, pl.String(), len(lines))]
    return with_fields(lines, [*fields, *whole])


def _with_both(message: pl.Series, columns: dict[str, pl.Series]) -> pl.Series:
    """A wrapped line beside a message is no more than a part of it."""
    both = message + "\n" + columns[WRAPPED]
    columns[WRAPPED] = columns[WRAPPED].set(both.is_not_null(), None)
    return fill(both, message)


def _column(chunks: list[Chunk], name: str) -> pl.Series:
    values = chain.from_iterable(chunk.fields.column(name) for chunk in chunks)
    return pl.Series(name, list(values), dtype=FIELD_TYPES[name])


def _with_unread_times(attrs: pl.Series, times: pl.Series, read: pl.Series, chunks: list[Chunk]) -> pl.Series:
    """attrs with the texts that are no time after all, under their own names."""
    if read.null_count() == times.null_count():
        return attrs
    rows = (read.is_null() & times.is_not_null()).arg_true()
    paths = _time_paths(chunks)
    pairs = {"row": rows, "key": [paths[row] for row in rows], "value": times.gather(rows)}
    return joined(attrs, json_objects(pl.DataFrame(pairs), len(attrs)))


def _time_paths(chunks: list[Chunk]) -> dict[int, str]:
    paths: dict[int, str] = {}
    first = 0
    for chunk in chunks:
        paths |= {first + row: path for row, path in chunk.fields.time_paths().items()}
        first += chunk.fields.height
    return paths


def storable(left: pl.Series) -> pl.Series:
    """attrs of what is left of objects, if anything; numbers that not everybody reads as text."""
    attrs = without(left, "{}")
    wild = attrs.str.contains(WILD_NUMBER).fill_null(False).arg_true()
    if wild.is_empty():
        return attrs
    return attrs.scatter(wild, [encode(decode_odd(text)).decode() for text in attrs.gather(wild)])


def _broken(lines: pl.DataFrame, problems: list[Problem]) -> pl.DataFrame:
    reasons = pl.Series("reason", [problem.reason for problem in problems], dtype=pl.String)
    details = pl.Series("detail", [problem.detail for problem in problems], dtype=pl.String)
    return with_fields(lines, [reasons, details])


class JsonObjects:
    """Texts that are JSON objects, as a Choice for what follows some other beginning.

    What the beginning told stays where the object does not tell it too; so does its format.
    """

    claim = CLAIM

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds the fields of objects; broken ones come back as they came."""
        claimed = lines["text"].str.contains(CLAIM)
        if not claimed.any():
            return Taken([], lines)
        mine, rest = lines.filter(claimed), lines.filter(~claimed)
        read, broken = read_json(mine, reference)
        if len(broken):
            mine, rest = mine.join(read, on="line_no", how="semi"), stack([rest, broken.select(lines.columns)])
        return Taken([_beside(mine, read.drop(WRAPPED, strict=False))] if len(read) else [], rest)


JSON_OBJECTS = JsonObjects()


def _beside(earlier: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """`read` with its nulls taken from `earlier`, the same lines with the fields they had before, and their format."""
    both = [column for column in read if column.name in earlier.columns and column.name != "format"]
    told = [fill(column, earlier[column.name].cast(column.dtype, strict=False)) for column in both]
    return with_fields(read, [*told, *(column for column in earlier if column.name == "format")])
