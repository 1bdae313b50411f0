"""What no column takes, as the text of a JSON object. Names and values must hold no NUL (lines have none)."""

import polars as pl

from shared.parsing.columns import fill, nothing

CONTROLS = [chr(code) for code in range(1, 0x20)]
ESCAPES = {'"': '\\"', "\\": "\\\\"} | {control: f"\\u{ord(control):04x}" for control in CONTROLS}
LITERAL = r"^(?:-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?|true|false|null)$"


def json_object(columns: list[pl.Series], typed: bool = False) -> pl.Series:
    """attrs: an object a row of the columns' texts and numbers that are not null, by their names; null for none.

    `typed`: texts that are numbers or true, false, null are written as such.
    """
    present = [column for column in columns if column.null_count() < len(column)]
    if not present:
        return nothing("attrs", pl.String(), len(columns[0]))
    # by their places: names such as * and ^a.*$ are patterns to pl.col
    frame = pl.DataFrame([column.alias(str(place)) for place, column in enumerate(present)])
    members = (
        _member(pl.lit(f'"{column.name}"'), _written(column, place, typed))
        for place, column in zip(frame.columns, present, strict=True)
    )
    joined = pl.concat_str(list(members), separator=",", ignore_nulls=True)
    some = pl.any_horizontal(pl.col(name).is_not_null() for name in frame.columns)
    return frame.select(pl.when(some).then("{" + joined + "}").alias("attrs")).to_series()


def json_objects(pairs: pl.DataFrame, length: int) -> pl.Series:
    """attrs: an object for each of `length` rows, of pairs (columns row, key, value); null for a row without.

    Values that are numbers or true, false, null are written as such.
    """
    members = pairs.select("row", _member(_quoted(pl.col("key")), _typed(pl.col("value"))).alias("member"))
    objects = members.group_by("row").agg(pl.col("member").str.join(","))
    attrs = nothing("attrs", pl.String(), length)
    return attrs.scatter(objects["row"], "{" + objects["member"] + "}") if len(objects) else attrs


def joined(first: pl.Series, second: pl.Series | None) -> pl.Series:
    """attrs: the members of both objects of each row; null where both are."""
    if second is None or second.null_count() == len(second):
        return first
    both = first.str.head(-1) + "," + second.str.slice(1)
    return fill(fill(both, first), second)


def _written(column: pl.Series, name: str, typed: bool) -> pl.Expr:
    """The values of `column`, which the frame calls `name`."""
    values = pl.col(name)
    if column.dtype != pl.String:
        return values.cast(pl.String)
    return _typed(values) if typed else _quoted(values)


def _typed(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(LITERAL)).then(text).otherwise(_quoted(text))


def _quoted(text: pl.Expr) -> pl.Expr:
    return '"' + text.str.replace_many(list(ESCAPES), list(ESCAPES.values())) + '"'


def _member(name: pl.Expr, value: pl.Expr) -> pl.Expr:
    return name + ":" + value
