"""The columns that every format ends in, and the way from a format's own to them."""

from collections.abc import Callable

import polars as pl

from shared.parsing.addresses import read_addresses
from shared.parsing.attributes import json_object
from shared.parsing.severity import severity_of_priority, severity_of_word

LINE_SCHEMA: dict[str, pl.DataType] = {
    "line_no": pl.Int64(),
    "line_count": pl.Int32(),
    "text": pl.String(),
    "raw": pl.Binary(),
}
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

READERS: dict[str, tuple[str, Callable[[pl.Expr], pl.Expr]]] = {
    "level": ("severity", severity_of_word),
    "pri": ("severity", severity_of_priority),
    "client": ("client_ip", lambda text: text.map_batches(read_addresses, return_dtype=pl.String)),
    "seconds": ("duration_ms", lambda text: text.cast(pl.Float64, strict=False) * 1000),
}
"""Columns of text that stand for a record's column of another name, and how they are read."""

BOUNDS: dict[str, tuple[float, float]] = {
    "severity": (1, 24),
    "pid": (0, 2**63 - 1),
    "status": (100, 599),
    "bytes": (0, 2**63 - 1),
    "duration_ms": (0, 1e15),
}
VERBATIM = {"message", "url", "attrs", "format"}


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """The records (RECORD_SCHEMA) of lines with fields.

    `frame` has the columns of `split_lines`, `format`, and any of RECORD_SCHEMA (typed, or as text) and READERS.
    Columns of any other name (String) go to attrs. Without a message, the text is the message.
    """
    frame = frame.drop("text") if "message" in frame.columns else frame.rename({"text": "message"})
    others = [column for column in frame if column.name not in RECORD_SCHEMA and column.name not in READERS]
    if others:
        frame = frame.with_columns(json_object(others))
    sources = {READERS[name][0] if name in READERS else name: name for name in frame.columns}
    return frame.select(
        _field(name, dtype, sources.get(name), frame.schema) for name, dtype in RECORD_SCHEMA.items()
    )


def _field(name: str, dtype: pl.DataType, source: str | None, schema: pl.Schema) -> pl.Expr:
    if source is None:
        return pl.lit(None, dtype=dtype).alias(name)
    value = pl.col(source)
    if name == "raw":
        value = pl.when(value != pl.col("message").cast(pl.Binary)).then(value)
    elif source in READERS:
        value = READERS[source][1](value)
    elif schema[source] != dtype:
        value = value.cast(dtype, strict=False)
    elif dtype == pl.String() and name not in VERBATIM:
        value = pl.when((value != "-") & (value != "")).then(value)
    if name in BOUNDS:
        value = pl.when(value.is_between(*BOUNDS[name])).then(value)
    return value.alias(name)
