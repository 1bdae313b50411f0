"""What loggers put behind a message: key=value pairs, or a JSON object."""

import polars as pl

from shared.parsing.addresses import read_addresses
from shared.parsing.attributes import joined
from shared.parsing.columns import constant, fill, with_fields, without
from shared.parsing.formats.json_lines import read_json
from shared.parsing.formats.logfmt import PAIR, read_pairs
from shared.parsing.hints import Reference

PAIRS_AT_END = rf"^(?P<message>.*?)(?P<pairs>(?:(?:^|[ \t]+){PAIR})+)[ \t]*$"
RECORDS_OWN = ("logged_at", "severity", "message", "logger", "hostname", "pid")
WRAPPED = '{"_":'


def with_pairs(frame: pl.DataFrame, chosen: pl.Series | None = None) -> pl.DataFrame:
    """Takes the pairs that messages (those that are `chosen`) end in as fields."""
    messages = frame["message"] if chosen is None else frame["message"].set(~chosen, None)
    parts = messages.str.extract_groups(PAIRS_AT_END).struct.unnest()
    if parts["pairs"].null_count() == len(frame):
        return frame
    message = fill(without(parts["message"], ""), frame["message"])
    return with_missing(with_fields(frame, [message]), read_pairs(parts["pairs"]))


def with_object(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Takes the JSON objects in column `name` as fields; where there is none, what is there stays."""
    texts = frame[name]
    if texts.null_count() == len(frame):
        return frame
    fields = read_objects(texts)
    unread = texts.set(fields["is_object"], None)
    return with_missing(with_fields(frame, [unread]), fields.drop("is_object").get_columns())


def read_objects(texts: pl.Series) -> pl.DataFrame:
    """A row a text: the fields of the JSON objects behind records' messages, and `is_object`.

    attrs is what no field takes; all of an object with members that would tell what only the record can (RECORDS_OWN).
    """
    if texts.null_count() == len(texts):
        return pl.DataFrame([constant("is_object", False, pl.Boolean(), len(texts))])
    fields = _read(texts)
    own = fields.select(pl.any_horizontal(pl.col(name).is_not_null() for name in RECORDS_OWN if name in fields.columns))
    mixed = own.to_series()
    if mixed.any():
        whole = _read((WRAPPED + texts + "}").set(~mixed, None))["attrs"].str.slice(len(WRAPPED)).str.head(-1)
        fields = with_fields(fields, [whole.zip_with(mixed, fields["attrs"]).alias("attrs")])
    return fields.drop(RECORDS_OWN, strict=False)


def _read(texts: pl.Series) -> pl.DataFrame:
    rows = pl.int_range(len(texts), eager=True).alias("line_no")
    lines = pl.DataFrame([rows, texts.alias("text")])
    read, _ = read_json(lines.filter(texts.is_not_null()), Reference())
    told = read["message"].set(read["message"] == read["text"], None)
    fields = with_fields(read, [told, (read["line_no"] >= 0).alias("is_object")]).drop("text", "format")
    aligned = pl.DataFrame([rows]).join(fields, on="line_no", how="left", maintain_order="left").drop("line_no")
    return with_fields(aligned, [aligned["is_object"].fill_null(False)])


def with_missing(frame: pl.DataFrame, fields: list[pl.Series]) -> pl.DataFrame:
    """`frame` with fields that it does not have."""
    added = []
    for field in fields:
        if field.name == "client":
            field = read_addresses(field).alias("client_ip")
        if field.name not in frame.columns:
            added.append(field)
        elif field.name == "attrs":
            added.append(joined(frame["attrs"], field).alias("attrs"))
        else:
            added.append(fill(frame[field.name].cast(field.dtype, strict=False), field))
    return with_fields(frame, added)
