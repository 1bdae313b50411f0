"""What a field can have of columns of texts: null where a text cannot be what its name says."""

from collections.abc import Callable
from functools import partial

import polars as pl

from shared.parsing.addresses import read_addresses
from shared.parsing.columns import translate, within, without
from shared.parsing.durations import read_durations
from shared.parsing.field_values import READERS as VALUE_READERS
from shared.parsing.fields import COLUMN_OF, FIELD_TYPES, MILLISECONDS

TextReader = Callable[[pl.Series], pl.Series]

TWO_DIGITS = "[0-9][0-9]"
BOUNDS = {"status": (100, 599), "pid": (0, 2**63 - 1), "bytes": (0, 2**63 - 1)}


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


def _one_by_one(texts: pl.Series, field: str) -> pl.Series:
    """Each different text as a value."""
    different = texts.drop_nulls().unique().to_list()
    known = dict(zip(different, VALUE_READERS[field](different), strict=True))
    return translate(texts, known, FIELD_TYPES[COLUMN_OF.get(field, field)])


READERS: dict[str, TextReader] = {
    **{field: partial(_one_by_one, field=field) for field in VALUE_READERS},
    **dict.fromkeys(("hostname", "url", "referer", "user_agent", "user_id"), _name),
    **{field: partial(_number, field=field) for field in BOUNDS},
    **{field: partial(read_durations, unit=unit) for field, unit in MILLISECONDS.items()},
    "logger": _logger,
    "message": _as_it_is,
    "time": _time,
    "client": read_addresses,
}
"""By field: the values of its column."""
