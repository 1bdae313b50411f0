"""The year of times that were told without one, by another time that is known to be near."""

from datetime import timedelta

import polars as pl

YEAR = timedelta(days=365, hours=6)
DAY = timedelta(days=1)


def near(times: pl.Series, others: pl.Series) -> pl.Series:
    """`times` (Datetime[us, UTC]), but in the year that brings them within a day of `others`, where there is one.

    No time that was told with its year is a whole number of years off what is known to be near, but by chance.
    """
    distance = times - others
    far = (distance.abs() > YEAR / 2).fill_null(False)
    if not far.any():
        return times
    years = (distance / YEAR).round().cast(pl.Int64)
    moved = pl.DataFrame({"time": times, "years": years}).select(
        pl.col("time").dt.offset_by(pl.format("{}y", -pl.col("years")))
    )["time"]
    is_near = far & ((moved - others).abs() <= DAY).fill_null(False)
    return moved.zip_with(is_near, times).alias(times.name)
