"""The columns that every format ends in, and the way from a format's own to them."""

from collections.abc import Callable

import polars as pl

from shared.parsing.addresses import read_addresses
from shared.parsing.attributes import joined, json_object
from shared.parsing.columns import fill, nothing, within, without
from shared.parsing.grouping import CONTINUATION

RECORD_SCHEMA: dict[str, pl.DataType] = {
    "line_no": pl.Int64(),
    "line_count": pl.Int32(),
    "logged_at": pl.Datetime("us", "UTC"),
    "severity": pl.Int16(),
    "message": pl.String(),
    "logger": pl.String(),
    "hostname": pl.String(),
    "pid": pl.Int64(),
    "client_ip": pl.String(),
    "method": pl.String(),
    "url": pl.String(),
    "status": pl.Int16(),
    "bytes": pl.Int64(),
    "duration_ms": pl.Float64(),
    "user_id": pl.String(),
    "trace_id": pl.String(),
    "referer": pl.String(),
    "user_agent": pl.String(),
    "attrs": pl.String(),
    "raw": pl.Binary(),
    "format": pl.String(),
}
REJECTED_SCHEMA: dict[str, pl.DataType] = {
    "line_no": pl.Int64(),
    "line_count": pl.Int32(),
    "reason": pl.String(),
    "detail": pl.String(),
    "raw": pl.Binary(),
    "format": pl.String(),
}

REASONS = frozenset({"invalid_json", "json_too_deep"})
"""Why parsing rejects lines."""

NO_RECORDS = pl.DataFrame(schema=RECORD_SCHEMA)
NO_REJECTED = pl.DataFrame(schema=REJECTED_SCHEMA)

READERS: dict[str, tuple[str, Callable[[pl.Series], pl.Series]]] = {
    "client": ("client_ip", read_addresses),
    "seconds": ("duration_ms", lambda seconds: seconds.cast(pl.Float64, strict=False) * 1000),
}
"""Columns of text that stand for a record's column of another name, and how they are read."""

BOUNDS: dict[str, tuple[float, float]] = {
    "pid": (0, 2**63 - 1),
    "status": (100, 599),
    "bytes": (0, 2**63 - 1),
    "duration_ms": (0, 1e15),
}
MAY_BE_DASH = ("logger", "hostname", "user_id", "trace_id", "referer", "user_agent")


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """The records (RECORD_SCHEMA) of lines with fields.

    `frame` has the columns of `split_lines`, `format`, and any of RECORD_SCHEMA (typed, or as text) and READERS.
    Columns of any other name (String) go to attrs, before what is there already. Without a message, the text is the
    message; CONTINUATION, where there is one, is added to it.
    """
    columns = {column.name: column for column in frame}
    text = columns.pop("text")
    message = columns.get("message", text).fill_null("")
    if (continuation := columns.pop(CONTINUATION, None)) is not None:
        message = _continued(message, continuation)
    columns["message"] = message
    columns["raw"] = _raw_if_different(message, columns["raw"])
    for source, (name, read) in READERS.items():
        if source in columns:
            columns[name] = read(columns.pop(source))
    others = [columns.pop(name) for name in list(columns) if name not in RECORD_SCHEMA]
    if others:
        columns["attrs"] = joined(json_object(others), columns.get("attrs"))
    return pl.DataFrame([_typed(name, columns.get(name), dtype, len(frame)) for name, dtype in RECORD_SCHEMA.items()])


def _continued(message: pl.Series, continuation: pl.Series) -> pl.Series:
    """Both, one below the other."""
    below = fill(("\n" + continuation).set(message == "", None), continuation)
    return fill(message + below, message)


def _raw_if_different(message: pl.Series, raw: pl.Series) -> pl.Series:
    same = message.cast(pl.Binary) == raw
    return nothing("raw", pl.Binary(), len(raw)) if same.all() else raw.set(same, None)


def _typed(name: str, column: pl.Series | None, dtype: pl.DataType, length: int) -> pl.Series:
    if column is None:
        return nothing(name, dtype, length)
    if column.dtype != dtype:
        column = column.cast(dtype, strict=False)
    if name in BOUNDS:
        column = within(column, *BOUNDS[name])
    if name in MAY_BE_DASH:
        column = without(without(column, "-"), "")
    return column.alias(name)
