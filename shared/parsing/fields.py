"""The fields that names stand for (`field_names`), and the columns of a record that they become."""

from functools import reduce

import polars as pl

from shared.parsing.columns import fill
from shared.parsing.field_names import NAMES
from shared.parsing.hints import Reference
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import read_times

MILLISECONDS = {"duration_ms": 1.0, "duration_s": 1e3, "duration_ns": 1e-6, "duration": 1.0}
LEVELS = ("level", "otel_level", "python_level")

FIELD_TYPES: dict[str, pl.DataType] = {
    **{field: pl.String() for field in NAMES},
    **{field: pl.Float64() for field in MILLISECONDS},
    **{field: pl.Int16() for field in (*LEVELS, "status")},
    **{field: pl.Int64() for field in ("pid", "bytes")},
}
"""A field's column. LEVELS hold severities, `time` the text of a time or an epoch."""


def record_columns(fields: dict[str, pl.Series], reference: Reference) -> list[pl.Series]:
    """The columns of a record for those of fields: one logged_at, one severity (an HTTP status's where no level
    is told), one duration_ms, and the others as they are."""
    columns = dict(fields)
    durations = [columns.pop(name) * factor for name, factor in MILLISECONDS.items() if name in columns]
    severities = [columns.pop(name) for name in LEVELS if name in columns]
    if "status" in columns:
        severities.append(severity_of_statuses(columns["status"]))
    if "time" in columns:
        columns["logged_at"] = read_times(columns.pop("time"), reference)
    if durations:
        columns["duration_ms"] = reduce(fill, durations)
    if severities:
        columns["severity"] = reduce(fill, severities)
    return [column.alias(name) for name, column in columns.items()]
