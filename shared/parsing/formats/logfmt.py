"""logfmt: lines that are key=value pairs and nothing else.

Of lines with the same keys, as one program mostly writes them, a pattern captures the values; the pairs of the others
become one long column.
"""

import re
from collections import Counter
from functools import lru_cache

import polars as pl

from shared.parsing.choice import Taken
from shared.parsing.columns import constant, fill, with_fields
from shared.parsing.field_names import FALLBACK, Meaning
from shared.parsing.hints import Reference
from shared.parsing.pairs import fields_of_columns, fields_of_pairs

LOGFMT = "logfmt"

KEY = r"[A-Za-z_@][A-Za-z0-9_.@/:-]*"
VALUE = r"(?:\"(?:[^\"\\]|\\.)*\"|[^ \t\"]*)"
PAIR = f"{KEY}={VALUE}"
CLAIM = rf"^[ \t]*{PAIR}(?:[ \t]+{PAIR})+[ \t]*$"
KEYS = re.compile(rf"({KEY})={VALUE}(?:[ \t]+|$)", re.ASCII)
ESCAPED = {r"\"": '"', r"\\": "\\", r"\n": "\n", r"\r": "\r", r"\t": "\t"}

RECORDS_OWN = ("time", "level", "otel_level", "python_level", "message", "logger", "hostname", "pid")

SAMPLE_LINES = 32
MOST_PATTERNS = 2
MOST_KEYS = 32
FEWEST_LINES = 64
"""Of the same keys, for which a pattern of their own is worth while."""


class Logfmt:
    """The format as a Choice."""

    claim = CLAIM

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds `format`, the known fields, and the others as attrs; a line without a message is its own."""
        read, rest = [], lines
        for keys in _frequent_keys(lines["text"]):
            frame, rest = _split_alike(keys, rest, reference)
            read.append(frame)
        claimed = rest["text"].str.contains(CLAIM)
        if claimed.any():
            mine, rest = rest.filter(claimed), rest.filter(~claimed)
            read.append(_finish(mine, fields_of_pairs(pairs_of(mine["text"]), len(mine), reference)))
        return Taken([frame for frame in read if len(frame)], rest)


def _frequent_keys(texts: pl.Series) -> list[tuple[str, ...]]:
    """The keys of enough of the lines, by a sample."""
    if len(texts) < FEWEST_LINES:
        return []
    sample = texts.gather_every(len(texts) // SAMPLE_LINES)
    counts = Counter(tuple(KEYS.findall(text)) for text in sample.filter(sample.str.contains(CLAIM)))
    enough = SAMPLE_LINES * FEWEST_LINES / len(texts)
    likely = [keys for keys, count in counts.most_common(MOST_PATTERNS) if count >= enough]
    return [keys for keys in likely if 1 < len(keys) <= MOST_KEYS and len(set(keys)) == len(keys)]


@lru_cache(maxsize=64)
def _pattern(keys: tuple[str, ...]) -> str:
    """Matches lines of pairs with these keys; captures the values."""
    between = r"[ \t]+"
    return rf"^[ \t]*{between.join(f'{re.escape(key)}=({VALUE})' for key in keys)}[ \t]*$"


def _split_alike(keys: tuple[str, ...], lines: pl.DataFrame, reference: Reference) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines with these keys, with their fields; and the others."""
    values = lines["text"].str.extract_groups(_pattern(keys)).struct.unnest()
    matched = values.to_series(0).is_not_null()
    if not matched.all():
        lines, rest, values = lines.filter(matched), lines.filter(~matched), values.filter(matched)
    else:
        rest = lines.clear()
    columns = [unquoted(column).alias(key) for key, column in zip(keys, values, strict=True)]
    return _finish(lines, fields_of_columns(columns, reference)), rest


def _finish(lines: pl.DataFrame, fields: list[pl.Series]) -> pl.DataFrame:
    message = next((field for field in fields if field.name == "message"), lines["text"].alias("message"))
    whole = [fill(message, lines["text"]), constant("format", LOGFMT, pl.String(), len(lines))]
    return with_fields(lines, [*(field for field in fields if field.name != "message"), *whole])


def read_pairs(texts: pl.Series) -> list[pl.Series]:
    """The fields of texts that are pairs behind a record's message; as attrs what no field takes, and RECORDS_OWN."""
    fields = fields_of_pairs(pairs_of(texts.fill_null("")), len(texts), Reference(), _is_beside_a_message)
    return [field for field in fields if field.name != "severity"]


def _is_beside_a_message(_: str, meaning: Meaning) -> bool:
    return meaning.rank < FALLBACK and meaning.field not in RECORDS_OWN


def pairs_of(texts: pl.Series) -> pl.DataFrame:
    """A row a pair: row (of the text), key and value."""
    rows = pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias("row")
    pairs = pl.DataFrame([rows, texts.str.extract_all(PAIR).alias("pair")]).explode("pair").drop_nulls("pair")
    key, value = pairs["pair"].str.splitn("=", 2).struct.unnest().get_columns()
    return pl.DataFrame([pairs["row"], key.alias("key"), unquoted(value).alias("value")])


def unquoted(values: pl.Series) -> pl.Series:
    """Quoted values without their quotes and escapes."""
    quoted = values.str.starts_with('"')
    if not quoted.any():
        return values
    inner = values.str.slice(1).str.head(-1)
    if inner.str.contains("\\", literal=True).any():
        inner = inner.str.replace_many(list(ESCAPED), list(ESCAPED.values()))
    return inner.zip_with(quoted, values)
