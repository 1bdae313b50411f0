"""Texts to JSON objects, strictly, and fit to be kept: what jsonb or JSON's readers refuse becomes text."""

import json
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias

import msgspec

from shared.parsing.lines import NUL_SHOWN

RawObject: TypeAlias = dict[str, Any]
"""An object whose values are still JSON (msgspec.Raw), or objects of the same kind."""

MAX_DEPTH = 500
MAX_DETAIL_CHARS = 200
MAX_DIGITS = 300
NUL_ESCAPED = r"\u0000"
WILD_NUMBER = rf"[:,\[][ \t\r\n]*-?[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]{{3}}|[0-9]{{{MAX_DIGITS}}}"
"""What JSON may have, but PostgreSQL or most of JSON's readers refuse; the second also matches some texts."""

STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""Also one that is not closed, to the text's end."""
BRACKET = re.compile(r"[\[\]{}]")
DIRECTION = {"{": 1, "[": 1, "}": -1, "]": -1}

encode = msgspec.json.Encoder().encode
decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text is no JSON object that can be kept; `reason` is one of REASONS."""

    reason: str
    detail: str


TOO_DEEP = Problem("json_too_deep", f"nested more than {MAX_DEPTH} deep")


def decode_all(texts: list[str], odd: list[bool]) -> list[Any]:
    """For each text a RawObject or a Problem; `odd` tells which of them contain NUL_ESCAPED.

    All at once where there is nothing unusual about any.
    """
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
    return decode_odd(text)


def _depth(text: str) -> int:
    """How deep brackets are nested; 0 where they cannot be too deep."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return 0
    brackets = BRACKET.findall(STRING.sub("", text))
    return max(accumulate(DIRECTION[bracket] for bracket in brackets), default=0)


def decode_odd(text: str) -> RawObject | Problem:
    """Slowly, what may be JSON but not fit to be kept as it is."""
    try:
        value = _clean(json.loads(text, parse_float=_float, parse_int=_int, parse_constant=str))
    except RecursionError:
        return TOO_DEEP
    except ValueError as error:
        return Problem("invalid_json", str(error)[:MAX_DETAIL_CHARS])
    return decode_object(encode(value)) if isinstance(value, dict) else Problem("invalid_json", "not an object")


def _float(digits: str) -> msgspec.Raw | str:
    """Keeps the digits as they are; as text where the number is too large, or too small, for JSON's readers."""
    number = float(digits)
    is_lost = not math.isfinite(number) or (number == 0 and re.search("[eE]", digits))
    return digits if is_lost or len(digits) > MAX_DIGITS else msgspec.Raw(digits.encode())


def _int(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


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
