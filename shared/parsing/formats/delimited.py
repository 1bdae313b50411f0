"""CSV and TSV: rows whose columns an input's first line names, in the words of any logger (`field_names`)."""

from functools import partial

import polars as pl

from shared.parsing.addresses import find_addresses, read_addresses
from shared.parsing.attributes import json_object
from shared.parsing.clues import find_severities
from shared.parsing.columns import fill, nothing, within
from shared.parsing.durations import read_durations
from shared.parsing.field_names import FALLBACK
from shared.parsing.fields import FIELD_TYPES, MILLISECONDS, record_columns
from shared.parsing.frame import BOUNDS
from shared.parsing.headers import Header, meanings_of
from shared.parsing.hints import Reference
from shared.parsing.separated import Separated, Values, delimited, forwarded_client
from shared.parsing.severity import severity_of_words
from shared.parsing.timestamps import read_times

FIELDS = frozenset(
    (
        *("time", "level", "message", "logger", "hostname", "pid", "client", "forwarded", "method", "url", "status"),
        *("bytes", "user_id", "trace_id", "referer", "user_agent", *MILLISECONDS),
    )
)
"""Those that a column can stand for."""


def delimited_rows(header: Header) -> Separated:
    """Reads the rows under a header; a row without a message is its own."""
    finish = partial(_finish, _columns_of(header.names))
    return Separated(header.format, header.names, "", delimited(header.separator), finish, absent="")


def _columns_of(names: tuple[str, ...]) -> dict[str, str]:
    """The column that stands for each field: the one that means it best, of several the first."""
    meant = [(rank, place, field) for place, name in enumerate(names) for field, rank in meanings_of(name)]
    columns: dict[str, str] = {}
    for rank, place, field in sorted(meant):
        if rank <= FALLBACK and field in FIELDS and names[place] not in columns.values():
            columns.setdefault(field, names[place])
    return columns


def _finish(columns: dict[str, str], lines: pl.DataFrame, values: Values, reference: Reference) -> list[pl.Series]:
    fields = {}
    for field, name in columns.items():
        texts = _with_date(values, name) if field == "time" else values[name]
        column = _read(field, texts.str.strip_chars(" "), reference)
        fields[field] = column
        if field != "forwarded":  # of which only one address gets into a column
            values[name] = values[name].set(column.is_not_null(), None)
    times = [fields.pop("time").alias("logged_at")] if "time" in fields else []
    if "forwarded" in fields:
        fields["client"] = forwarded_client(fields.pop("forwarded"), fields.get("client"))
    message = fill(fields["message"], lines["text"]) if "message" in fields else lines["text"]
    record = {column.name: column for column in record_columns({**fields, "message": message}, reference)}
    severity = record.get("severity", nothing("severity", pl.Int16(), len(lines)))
    record["severity"] = fill(severity, find_severities(message))
    if "client" not in record:
        record["client_ip"] = find_addresses(message).alias("client_ip")
    return [*record.values(), *times, json_object(list(values.values())).alias("attrs")]


def _with_date(values: Values, name: str) -> pl.Series:
    """The times, behind the dates where these have a column of their own."""
    dates = next((other for other in values if other != name and other.lower() == "date"), None)
    return values[name] if dates is None else fill(values.pop(dates) + " " + values[name], values[name])


def _read(field: str, texts: pl.Series, reference: Reference) -> pl.Series:
    """What the texts say, null where that cannot be what the field holds."""
    match field:
        case "time":
            return read_times(texts, reference)
        case "level":
            return severity_of_words(texts)
        case "client":
            return read_addresses(texts)
        case "status" | "bytes" | "pid":
            return within(texts.cast(FIELD_TYPES[field], strict=False), *BOUNDS[field])
        case _ if field in MILLISECONDS:
            return read_durations(texts)
        case _:
            return texts
