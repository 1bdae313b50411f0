"""JSON objects of which only the beginning is there, as of over-long lines: what stands there whole is read."""

import json
import re

import polars as pl

from shared.parsing.choice import Taken, stack
from shared.parsing.columns import with_fields
from shared.parsing.field_names import meanings, plain
from shared.parsing.formats.json_lines import CLAIM, read_json
from shared.parsing.hints import Reference

BLANKS = re.compile("[ \t\r\n]*")
BEGUN_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:u[0-9A-Fa-f]{0,3})?\Z")
read_value = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode
"""The value at a place, and where it ends; nothing is converted that need not be."""


def read_cut(broken: pl.DataFrame, reference: Reference) -> Taken:
    """What `read_json` found to be broken: records of what stands before the cut, and the lines that tell nothing.

    A record without a message has its whole text as such.
    """
    closed = pl.Series("text", [closed_object(text) for text in broken["text"]], dtype=pl.String)
    found, rest = broken.filter(closed.is_not_null()), broken.filter(closed.is_null())
    if found.is_empty():
        return Taken([], broken)
    plain_lines = with_fields(found.drop("reason", "detail"), [closed.drop_nulls()])
    read, unread = read_json(plain_lines, reference)
    own = found.join(read, on="line_no", how="semi", maintain_order="left")
    message = read["message"].zip_with(read["message"] != read["text"], own["text"].alias("message"))
    others = found.join(unread, on="line_no", how="semi", maintain_order="left")
    return Taken([with_fields(read, [own["text"], message])] if len(read) else [], stack([rest, others]))


def closed_object(text: str) -> str | None:
    """The object that `text` is the beginning of, with its whole members and its message, which may be cut itself.

    None where `text` begins no object or has nothing whole, or where an object ends before the text does.

    >>> closed_object('{"level": 30, "msg": "so far'), closed_object('{"id": 7, "sizes": [1, 2')
    ('{"level": 30, "msg": "so far"}', '{"id": 7}')
    """
    if not re.match(CLAIM, text):
        return None
    at, whole = text.index("{") + 1, None
    key_at = at
    try:
        while True:
            key_at = _skip(text, at)
            _, end = read_value(text, _value_at(text, key_at))
            at = _skip(text, end)
            if text[at] == "}":
                return None
            if text[at] != ",":
                break
            whole, at = end, at + 1
    except (ValueError, IndexError, RecursionError):
        if _is_message(text, key_at):
            return BEGUN_ESCAPE.sub(r"\1", text) + '"}'
    return None if whole is None else text[:whole] + "}"


def _value_at(text: str, key_at: int) -> int:
    """Where the value of the member at `key_at` begins."""
    _, end = read_value(text, key_at)
    colon = _skip(text, end)
    if text[key_at] != '"' or text[colon] != ":":
        raise ValueError("no member")
    return _skip(text, colon + 1)


def _is_message(text: str, key_at: int) -> bool:
    """Whether a text that is a message has begun there."""
    try:
        value_at = _value_at(text, key_at)
        key, _ = read_value(text, key_at)
        return text[value_at] == '"' and any(meaning.field == "message" for meaning in meanings(plain(key)))
    except (ValueError, IndexError, RecursionError):
        return False


def _skip(text: str, at: int) -> int:
    """The next place that is no blank."""
    blanks = BLANKS.match(text, at)
    return blanks.end() if blanks else at
