"""JSON lines: an object a line, by whichever logger."""

import json
import math
import re
from itertools import accumulate
from typing import Any

import msgspec
import polars as pl

from shared.parsing.columns import constant, fill, nothing, with_fields
from shared.parsing.fields import FIELD_TYPES, record_columns
from shared.parsing.formats.json_fields import FieldTable, RawObject, decode_object, encode
from shared.parsing.hints import Reference
from shared.parsing.lines import NUL_SHOWN

JSON = "json"
CLAIM = r"^[ \t]*\{"
MAX_DEPTH = 500
TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
MAX_DETAIL_CHARS = 200
MAX_DIGITS = 300
NEEDS_CARE = r"\\u0000|[0-9][eE][-+]?[0-9]{3}"
LONG_NUMBER = f"[0-9]{{{MAX_DIGITS}}}"
"""NULs and numbers that JSON may have, but PostgreSQL or most of JSON's readers refuse."""

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
BRACKET = re.compile(r"[\[\]{}]")
DIRECTION = {"{": 1, "[": 1, "}": -1, "]": -1}


class NotAnObject(ValueError):
    """The text is no JSON object that can be kept; `reason` is one of REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail[:MAX_DETAIL_CHARS])
        self.reason = reason


def read_json(lines: pl.DataFrame, reference: Reference) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines that are objects, with their fields; and the others, with reason and detail."""
    table = FieldTable(len(lines))
    attrs: list[str | None] = [None] * len(lines)
    problems: dict[int, NotAnObject] = {}
    odd = lines["text"].str.contains(NEEDS_CARE)
    for row, (text, is_odd) in enumerate(zip(lines["text"].to_list(), odd.to_list(), strict=True)):
        try:
            left = decode(text, is_odd)
        except NotAnObject as problem:
            problems[row] = problem
            continue
        table.take(row, left)
        attrs[row] = encode(left).decode() if left else None
    read = _records(lines, table, _tamed(pl.Series("attrs", attrs, dtype=pl.String)), reference)
    return read[[row for row in range(len(lines)) if row not in problems]] if problems else read, _broken(
        lines, problems
    )


def decode(text: str, is_odd: bool = False) -> RawObject:
    """The object, with nothing in it that PostgreSQL would refuse as text or jsonb; raises NotAnObject."""
    if len(text) > 2 * MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise NotAnObject("json_too_deep", TOO_DEEP)
    if is_odd:
        return _decode_odd(text)
    try:
        return decode_object(text)
    except (msgspec.MsgspecError, RecursionError):
        return _decode_odd(text)


def _depth(text: str) -> int:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return 0
    brackets = BRACKET.findall(STRING.sub("", text))
    return max(accumulate(DIRECTION[bracket] for bracket in brackets), default=0)


def _decode_odd(text: str) -> RawObject:
    """Slowly, what is JSON but not fit to be kept as it is."""
    try:
        value = _clean(json.loads(text, parse_float=_float, parse_int=_int, parse_constant=_refuse))
    except RecursionError:
        raise NotAnObject("json_too_deep", TOO_DEEP) from None
    except ValueError as error:
        raise NotAnObject("invalid_json", str(error)) from None
    if not isinstance(value, dict):
        raise NotAnObject("invalid_json", "not an object")
    return decode_object(encode(value))


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


def _tamed(attrs: pl.Series) -> pl.Series:
    """`attrs` with the longest numbers as text."""
    wild = attrs.str.contains(LONG_NUMBER).fill_null(False).arg_true()
    return attrs.scatter(wild, [encode(_decode_odd(text)).decode() for text in attrs.gather(wild)])


def _records(lines: pl.DataFrame, table: FieldTable, attrs: pl.Series, reference: Reference) -> pl.DataFrame:
    columns = {name: pl.Series(name, values, dtype=FIELD_TYPES[name]) for name, values in table.columns.items()}
    message = columns.pop("message", nothing("message", pl.String(), len(lines)))
    whole = [
        fill(message, lines["text"]),
        attrs,
        constant("format", JSON, pl.String(), len(lines)),
    ]
    return with_fields(lines, [*record_columns(columns, reference), *whole])


def _broken(lines: pl.DataFrame, problems: dict[int, NotAnObject]) -> pl.DataFrame:
    reasons = [problem.reason for problem in problems.values()]
    details = [str(problem) for problem in problems.values()]
    return with_fields(
        lines[list(problems)] if problems else lines.clear(),
        [pl.Series("reason", reasons, dtype=pl.String), pl.Series("detail", details, dtype=pl.String)],
    )
