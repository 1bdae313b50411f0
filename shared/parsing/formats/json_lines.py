"""JSON lines: an object a line, by whichever logger."""

import json
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import msgspec
import polars as pl

from shared.parsing.columns import constant, fill, nothing, with_fields, without
from shared.parsing.fields import FIELD_TYPES, record_columns
from shared.parsing.formats.json_fields import FieldTable, RawObject, decode_object, encode, encode_lines
from shared.parsing.hints import Reference
from shared.parsing.lines import NUL_SHOWN

JSON = "json"
CLAIM = r"^[ \t]*\{"
CHUNK_LINES = 256
"""Decoded at a time, so that the objects stay in the processor's cache: half the time of all at once."""

MAX_DEPTH = 500
MAX_DETAIL_CHARS = 200
MAX_DIGITS = 300
NEEDS_CARE = r"\\u0000|[0-9][eE][-+]?[0-9]{3}"
LONG_NUMBER = f"[0-9]{{{MAX_DIGITS}}}"
"""NULs and numbers that JSON may have, but PostgreSQL or most of JSON's readers refuse."""

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
BRACKET = re.compile(r"[\[\]{}]")
DIRECTION = {"{": 1, "[": 1, "}": -1, "]": -1}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text is no JSON object that can be kept; `reason` is one of REASONS."""

    reason: str
    detail: str


TOO_DEEP = Problem("json_too_deep", f"nested more than {MAX_DEPTH} deep")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines, read: the fields and what is left of those that are objects, and for every line a Problem or None."""

    fields: FieldTable
    left: list[str]
    problems: list[Problem | None]


def read_json(lines: pl.DataFrame, reference: Reference) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines that are objects, with their fields; and the others, with reason and detail."""
    texts, odd = lines["text"].to_list(), lines["text"].str.contains(NEEDS_CARE).to_list()
    cuts = [slice(start, start + CHUNK_LINES) for start in range(0, len(texts), CHUNK_LINES)]
    chunks = [_read_chunk(texts[cut], odd[cut]) for cut in cuts]
    problems = [problem for chunk in chunks for problem in chunk.problems]
    broken = pl.Series([problem is not None for problem in problems], dtype=pl.Boolean)
    records = _records(lines.filter(~broken) if broken.any() else lines, chunks, reference)
    return records, _broken(lines.filter(broken), [problem for problem in problems if problem])


def _read_chunk(texts: list[str], odd: list[bool]) -> Chunk:
    decoded = _decode_all(texts, odd)
    objects = [value for value in decoded if not isinstance(value, Problem)]
    problems = [value if isinstance(value, Problem) else None for value in decoded]
    fields = FieldTable(objects)
    return Chunk(fields, encode_lines(objects).decode().split("\n")[: len(objects)], problems)


def _decode_all(texts: list[str], odd: list[bool]) -> list[Any]:
    """For each text a RawObject or a Problem; all at once where there is nothing unusual about any."""
    if not any(odd) and max(map(len, texts)) <= 2 * MAX_DEPTH:
        with suppress(msgspec.MsgspecError, RecursionError):
            return [decode_object(text) for text in texts]
    return [_decode(text, is_odd) for text, is_odd in zip(texts, odd, strict=True)]


def _decode(text: str, is_odd: bool) -> RawObject | Problem:
    if _depth(text) > MAX_DEPTH:
        return TOO_DEEP
    if not is_odd:
        with suppress(msgspec.MsgspecError, RecursionError):
            return decode_object(text)
    return _decode_odd(text)


def _depth(text: str) -> int:
    """How deep brackets are nested; 0 where they cannot be too deep."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return 0
    brackets = BRACKET.findall(STRING.sub("", text))
    return max(accumulate(DIRECTION[bracket] for bracket in brackets), default=0)


def _decode_odd(text: str) -> RawObject | Problem:
    """Slowly, what may be JSON but not fit to be kept as it is."""
    try:
        value = _clean(json.loads(text, parse_float=_float, parse_int=_int, parse_constant=_refuse))
    except RecursionError:
        return TOO_DEEP
    except ValueError as error:
        return Problem("invalid_json", str(error)[:MAX_DETAIL_CHARS])
    return decode_object(encode(value)) if isinstance(value, dict) else Problem("invalid_json", "not an object")


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _int(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _clean(value: Any) -> Any:
    """Shows NUL as U+2400 and lone surrogates as U+FFFD."""
    if isinstance(value, str):
        units = value.replace("\0", NUL_SHOWN).encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value


def _records(lines: pl.DataFrame, chunks: list[Chunk], reference: Reference) -> pl.DataFrame:
    fields = FieldTable.stack([chunk.fields for chunk in chunks])
    columns = {name: pl.Series(name, values, dtype=FIELD_TYPES[name]) for name, values in fields.items()}
    message = columns.pop("message", nothing("message", pl.String(), len(lines)))
    left = pl.Series("attrs", [text for chunk in chunks for text in chunk.left], dtype=pl.String)
    whole = [fill(message, lines["text"]), _attrs(left), constant("format", JSON, pl.String(), len(lines))]
    return with_fields(lines, [*record_columns(columns, reference), *whole])


def _attrs(left: pl.Series) -> pl.Series:
    """What is left of the objects, if anything; numbers of too many digits as text."""
    attrs = without(left, "{}")
    if not (attrs.str.len_bytes() > MAX_DIGITS).any():
        return attrs
    wild = attrs.str.contains(LONG_NUMBER).fill_null(False).arg_true()
    return attrs.scatter(wild, [encode(_decode_odd(text)).decode() for text in attrs.gather(wild)])


def _broken(lines: pl.DataFrame, problems: list[Problem]) -> pl.DataFrame:
    reasons = pl.Series("reason", [problem.reason for problem in problems], dtype=pl.String)
    details = pl.Series("detail", [problem.detail for problem in problems], dtype=pl.String)
    return with_fields(lines, [reasons, details])
