"""What no column takes, as the text of a JSON object."""

import polars as pl

CONTROLS = [chr(code) for code in (*range(1, 0x20), 0x22, 0x5C)]
ESCAPES = ['\\"' if c == '"' else "\\\\" if c == "\\" else f"\\u{ord(c):04x}" for c in CONTROLS]


def json_object(columns: list[pl.Series]) -> pl.Series:
    """One object a row (String, named attrs) of the String columns' non-null values, keyed by their names.

    Null where every value is null. Names and values must hold no NUL and are escaped here.
    """
    present = [column for column in columns if column.null_count() < len(column)]
    if not present:
        return pl.repeat(None, len(columns[0]) if columns else 0, dtype=pl.String, eager=True).alias("attrs")
    members = pl.concat_str([_member(column.name) for column in present], separator=",", ignore_nulls=True)
    whole = pl.when(pl.any_horizontal(pl.col(column.name).is_not_null() for column in present)).then(
        pl.concat_str(pl.lit("{"), members, pl.lit("}"))
    )
    return pl.DataFrame(present).select(whole.alias("attrs")).to_series()


def _member(name: str) -> pl.Expr:
    key = pl.lit(f'"{name}":"')
    return pl.concat_str(key, pl.col(name).str.replace_many(CONTROLS, ESCAPES), pl.lit('"'))
