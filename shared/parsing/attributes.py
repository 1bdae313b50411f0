"""What no column takes, as the text of a JSON object. Names and values must hold no NUL (lines have none)."""

import polars as pl

from shared.parsing.columns import nothing

CONTROLS = [chr(code) for code in range(1, 0x20)]
ESCAPES = {'"': '\\"', "\\": "\\\\"} | {control: f"\\u{ord(control):04x}" for control in CONTROLS}
LITERAL = r"^(?:-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?|true|false|null)$"


def json_object(columns: list[pl.Series]) -> pl.Series:
    """attrs: an object a row of the String columns' values that are not null, by their names; null for none."""
    present = [column for column in columns if column.null_count() < len(column)]
    if not present:
        return nothing("attrs", pl.String(), len(columns[0]))
    members = (_member(pl.lit(f'"{column.name}"'), _quoted(pl.col(column.name))) for column in present)
    joined = pl.concat_str(list(members), separator=",", ignore_nulls=True)
    some = pl.any_horizontal(pl.col(column.name).is_not_null() for column in present)
    return pl.DataFrame(present).select(pl.when(some).then("{" + joined + "}").alias("attrs")).to_series()


def json_objects(pairs: pl.DataFrame, length: int) -> pl.Series:
    """attrs: an object for each of `length` rows, of pairs (columns row, key, value); null for a row without.

    Values that are numbers or true, false, null are written as such.
    """
    value = pl.col("value")
    typed = pl.when(value.str.contains(LITERAL)).then(value).otherwise(_quoted(value))
    members = pairs.select("row", _member(_quoted(pl.col("key")), typed).alias("member"))
    objects = members.group_by("row").agg(pl.col("member").str.join(","))
    attrs = nothing("attrs", pl.String(), length)
    return attrs.scatter(objects["row"], "{" + objects["member"] + "}") if len(objects) else attrs


def _quoted(text: pl.Expr) -> pl.Expr:
    return '"' + text.str.replace_many(list(ESCAPES), list(ESCAPES.values())) + '"'


def _member(name: pl.Expr, value: pl.Expr) -> pl.Expr:
    return name + ":" + value
