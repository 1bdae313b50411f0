"""CSV and TSV: rows whose columns an input's first line names, in the words of any logger (`field_names`)."""

from functools import partial

import polars as pl

from shared.parsing.addresses import find_addresses
from shared.parsing.attributes import json_object
from shared.parsing.clues import find_severities
from shared.parsing.columns import fill, nothing
from shared.parsing.field_names import FALLBACK
from shared.parsing.field_texts import READERS, present
from shared.parsing.fields import COLUMN_OF, LEVELS, MILLISECONDS, record_columns
from shared.parsing.headers import Header, meanings_of
from shared.parsing.hints import Reference
from shared.parsing.separated import Separated, Values, delimited, forwarded_client
from shared.parsing.timestamps import read_times

FIELDS = frozenset(
    (
        *("time", *LEVELS, "message", "logger", "hostname", "pid", "client", "forwarded", "method", "url", "status"),
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
    times = _take_times(values, columns["time"], reference) if "time" in columns else []
    fields: Values = {}
    for field, name in columns.items():
        if field not in ("time", "forwarded"):
            _take(field, name, values, fields)
    if "forwarded" in columns:  # of which only one address gets into a column: attrs keep all
        fields["client"] = forwarded_client(values[columns["forwarded"]].str.strip_chars(" "), fields.get("client"))
    message = fill(fields["message"], lines["text"]) if "message" in fields else lines["text"]
    record = {column.name: column for column in record_columns({**fields, "message": message}, reference)}
    severity = record.get("severity", nothing("severity", pl.Int16(), len(lines)))
    record["severity"] = fill(severity, find_severities(message))
    if "client" not in record:
        record["client_ip"] = find_addresses(message).alias("client_ip")
    return [*record.values(), *times, json_object(list(values.values())).alias("attrs")]


def _take_times(values: Values, name: str, reference: Reference) -> list[pl.Series]:
    """logged_at of the times, behind the dates where these have a column of their own."""
    dates = next((other for other in values if other != name and other.lower() == "date"), name)
    texts = values[name] if dates == name else fill(values[dates] + " " + values[name], values[name])
    times = read_times(texts.str.strip_chars(" "), reference)
    for used in (dates, name):
        values[used] = values[used].set(times.is_not_null(), None)
    return [times.alias("logged_at")]


def _take(field: str, name: str, values: Values, fields: Values) -> None:
    """Moves what can be `field`, and has no value yet, from column `name` to `fields`."""
    column = COLUMN_OF.get(field, field)
    texts = present(field, values[name].str.strip_chars(" "))
    read = READERS[field](texts)
    before = fields.get(column)
    taken = read.is_not_null() if before is None else read.is_not_null() & before.is_null()
    fields[column] = read if before is None else fill(before, read)
    values[name] = values[name].set(taken | texts.is_null(), None)
