"""The fields that names stand for (`field_names`), and the columns of a record that they become."""

from functools import reduce

import polars as pl

from shared.parsing.columns import fill
from shared.parsing.field_names import NAMES
from shared.parsing.hints import Reference
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import read_times

MILLISECONDS = {"duration": 1.0, "duration_ms": 1.0, "duration_s": 1e3, "duration_us": 1e-3, "duration_ns": 1e-6}
"""Fields of durations, and what their numbers are multiplied by where they have no unit of their own."""

CLOCK_ONLY = "^[0-9]{2}:[0-9]{2}:[0-9]{2}"
LEVELS = ("level", "otel_level", "python_level")

COLUMN_OF = {
    **dict.fromkeys((*MILLISECONDS, "duration_go"), "duration_ms"),
    **{"level_type": "level", "forwarded": "client", "forwarded_any": "client"},
    **{"method_line": "method", "url_line": "url", "first_line": "message"},
}
"""The column of fields that have another's."""

KEPT = frozenset({"level_type", "forwarded", "forwarded_any", "method_line", "url_line", "first_line", "date"})
"""Fields of which only a part, or a meaning, gets into the column: what they were read from stays in attrs."""

FIELD_TYPES: dict[str, pl.DataType] = {
    **{field: pl.String() for field in NAMES},
    **{field: pl.Float64() for field in MILLISECONDS},
    **{field: pl.Int16() for field in (*LEVELS, "status")},
    **{field: pl.Int64() for field in ("pid", "bytes")},
    "wrapped": pl.String(),
}
"""A field's column. LEVELS hold severities, `time` the text of a time or an epoch."""


def record_columns(fields: dict[str, pl.Series], reference: Reference) -> list[pl.Series]:
    """The columns of a record for those of fields (COLUMN_OF, FIELD_TYPES): one logged_at, one severity (an HTTP
    status's where no level is told), and the others as they are."""
    columns = dict(fields)
    severities = [columns.pop(name) for name in LEVELS if name in columns]
    if "status" in columns:
        severities.append(severity_of_statuses(columns["status"]))
    if "time" in columns:
        times = columns.pop("time").str.strip_chars()
        columns["logged_at"] = read_times(_dated(times, columns.get("date")), reference)
    columns.pop("date", None)
    if severities:
        columns["severity"] = reduce(fill, severities)
    return [column.alias(name) for name, column in columns.items()]


def _dated(times: pl.Series, dates: pl.Series | None) -> pl.Series:
    """Times of day with the date that stands beside them."""
    if dates is None:
        return times
    both = dates + " " + times
    return both.zip_with((times.str.contains(CLOCK_ONLY) & dates.is_not_null()).fill_null(False), times)
