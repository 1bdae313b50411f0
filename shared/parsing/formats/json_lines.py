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
MAX_DEPTH = 200
MAX_DETAIL_CHARS = 200
MAX_DIGITS = 300
NEEDS_CARE = r"\\u0000|[0-9][eE][-+]?[0-9]{3}|[0-9]{300}"
"""NULs, and numbers that JSON may have but hardly a reader can hold."""

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
    fields = FieldTable(len(lines))
    attrs: list[str | None] = [None] * len(lines)
    problems: dict[int, NotAnObject] = {}
    for row, (text, careful) in enumerate(zip(lines["text"], lines["text"].str.contains(NEEDS_CARE), strict=True)):
        try:
            left = decode_carefully(text) if careful else decode(text)
        except NotAnObject as problem:
            problems[row] = problem
            continue
        fields.take(row, left)
        attrs[row] = encode(left).decode() if left else None
    read = _records(lines, fields, attrs, reference)
    if not problems:
        return read, lines.clear()
    is_broken = nothing...
