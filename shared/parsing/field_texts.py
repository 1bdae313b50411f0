"""What a field can have of columns of texts: null where a text cannot be what its name says."""

from collections.abc import Callable
from functools import partial

import polars as pl

from shared.parsing.addresses import read_addresses
from shared.parsing.columns import translate, within, without
from shared.parsing.durations import read_durations
from shared.parsing.field_values import READERS as VALUE_READERS
from shared.parsing.fields import COLUMN_OF, FIELD_TYPES, MILLISECONDS
from shared.parsing.frame import BOUNDS
from shared.parsing.levels import PYTHON_LEVELS

TextReader = Callable[[pl.Series], pl.Series]

TWO_DIGITS = "[0-9][0-9]"
NAMES = ("hostname", "url", "referer", "user_agent", "user_id")
MAY_BE_DASH = frozenset((*NAMES, "logger", "method", "trace_id"))
PYTHON_SEVERITIES = {str(number): severity for number, severity in PYTHON_LEVELS.items()}


def present(field: str, texts: pl.Series) -> pl.Series:
    """`texts` with null for those that say that there is no such field."""
    texts = without(texts, "")
    return without(texts, "-") if field in MAY_BE_DASH else texts


def _as_it_is(texts: pl.Series) -> pl.Series:
    return without(texts, "")


def _name(texts: pl.Series) -> pl.Series:
    return without(without(texts, "-"), "")


def _logger(texts: pl.Series) -> pl.Series:
    """No number, nor anything else that begins like one."""
    names = _name(texts)
    return names.set(names.str.contains("^[0-9]"), None)


def _time(texts: pl.Series) -> pl.Series:
    return texts.set(~texts.str.contains(TWO_DIGITS), None)


def _number(texts: pl.Series, field: str) -> pl.Series:
    return within(texts.cast(FIELD_TYPES[field], strict=False), *BOUNDS[field])


def _duration(texts: pl.Series, unit: float) -> pl.Series:
    return within(read_durations(texts, unit), *BOUNDS["duration_ms"])


def _python_level(texts: pl.Series) -> pl.Series:
    """Of numbers between those that have names, the lower one."""
    tens = texts.cast(pl.Int64, strict=False) // 10 * 10
    return translate(tens.cast(pl.String), PYTHON_SEVERITIES, FIELD_TYPES["python_level"])


def _one_by_one(texts: pl.Series, field: str) -> pl.Series:
    """Each different text as a value."""
    different = texts.drop_nulls().unique().to_list()
    known = dict(zip(different, VALUE_READERS[field](different), strict=True))
    return translate(texts, known, FIELD_TYPES[COLUMN_OF.get(field, field)])


READERS: dict[str, TextReader] = {
    **{field: partial(_one_by_one, field=field) for field in VALUE_READERS},
    **dict.fromkeys(NAMES, _name),
    **{field: partial(_number, field=field) for field in ("status", "pid", "bytes")},
    **{field: partial(_duration, unit=unit) for field, unit in MILLISECONDS.items()},
    "python_level": _python_level,
    "logger": _logger,
    "message": _as_it_is,
    "time": _time,
    "client": read_addresses,
}
"""By field: the values of its column (COLUMN_OF), durations in milliseconds."""
