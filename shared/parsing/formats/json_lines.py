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
from shared.parsing.formats.json_fields import Fields, JsonObject, take_fields
from shared.parsing.hints import Reference
from shared.parsing.lines import NUL_SHOWN

JSON = "json"
CLAIM = r"^[ \t]*\{"
MAX_DEPTH = 200
MAX_DETAIL_CHARS = 200
MAX_DIGITS = 300
NUL_ESCAPED = "\\u0000"

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
BRACKET = re.compile(r"[\[\]{}]")
DIRECTION = {"{": 1, "[": 1, "}": -1, "]": -1}

_decoder = msgspec.json.Decoder(JsonObject)
_encode = msgspec.json.Encoder().encode


class NotAnObject(ValueError):
    """The text is no JSON object that can be kept; `reason` is one of REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def decode_object(text: str) -> JsonObject:
    """The object, with nothing in it that PostgreSQL could not keep as jsonb; raises NotAnObject."""
    if len(text) > 2 * MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise NotAnObject("json_too_deep", f"nested more than {MAX_DEPTH} deep")
    try:
        value: JsonObject = _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        return _decode_odd(text, str(error))
    return _clean(value) if NUL_ESCAPED in text else value


def _depth(text: str) -> int:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return 0
    brackets = BRACKET.findall(STRING.sub("", text))
    return max(accumulate(DIRECTION[bracket] for bracket in brackets), default=0)


def _decode_odd(text: str, problem: str) -> JsonObject:
    """What is JSON but not to every decoder: lone surrogates, numbers beyond any machine's."""
    try:
        value = json.loads(text, parse_float=_float, parse_int=_int, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotAnObject("invalid_json", problem[:MAX_DETAIL_CHARS]) from None
    if not isinstance(value, dict):
        raise NotAnObject("invalid_json", "not an object")
    return {_clean(key): _clean(item) for key, item in value.items()}


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _int(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _clean(value: Any) -> Any:
    """Shows what text columns and jsonb refuse: NUL as U+2400, lone surrogates as U+FFFD."""
    if isinstance(value, str):
        units = value.replace("\0", NUL_SHOWN).encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value


def read_json(lines: pl.DataFrame, reference: Reference) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines that are objects, with their fields; and the others, with reason and detail."""
    fields: list[Fields] = []
    attrs: list[str | None] = []
    problems: dict[int, NotAnObject] = {}
    for row, text in enumerate(lines["text"]):
        try:
            left = decode_object(text)
        except NotAnObject as problem:
            problems[row] = problem
            continue
        fields.append(take_fields(left))
        attrs.append(_encode(left).decode() if left else None)
    broken = lines[list(problems)].with_columns(
        pl.Series("reason", [problem.reason for problem in problems.values()], dtype=pl.String),
        pl.Series("detail", [str(problem) for problem in problems.values()], dtype=pl.String),
    )
    if problems:
        lines = lines.with_row_index("row").filter(~pl.col("row").is_in(list(problems))).drop("row")
    return _records(lines, fields, attrs, reference), broken


def _records(lines: pl.DataFrame, fields: list[Fields], attrs: list[str | None], reference: Reference) -> pl.DataFrame:
    present = {name for row in fields for name in row}
    columns = {name: pl.Series(name, [row.get(name) for row in fields], dtype=FIELD_TYPES[name]) for name in present}
    message = columns.pop("message", nothing("message", pl.String(), len(lines)))
    whole = [
        fill(message, lines["text"]),
        pl.Series("attrs", attrs, dtype=pl.String),
        constant("format", JSON, pl.String(), len(lines)),
    ]
    return with_fields(lines, [*record_columns(columns, reference), *whole])
