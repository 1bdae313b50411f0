"""Record frames to PostgreSQL's binary COPY format, column by column (Arrow and pgpq)."""

from uuid import UUID

import polars as pl
from pgpq import ArrowToPostgresBinaryEncoder

JSONB_VERSION = "\x01"


def copy_columns(records: pl.DataFrame) -> list[str]:
    """The table's columns in the order `encode_records` writes them."""
    return ["job_id", "stored_on", *records.columns]


def encode_records(records: pl.DataFrame, job_id: UUID, stored_on: str) -> bytes:
    """All rows of log_records for `records` (RECORD_SCHEMA) in binary COPY format; `stored_on` is an ISO date."""
    return encode_frame(
        records.select(
            pl.lit(job_id.bytes, dtype=pl.Binary).alias("job_id"),
            pl.lit(stored_on).str.to_date().alias("stored_on"),
            pl.all().exclude("attrs", "logged_at"),
            pl.col("logged_at").dt.replace_time_zone(None),
            (pl.lit(JSONB_VERSION) + pl.col("attrs")).alias("attrs"),
        ).select(copy_columns(records))
    )


def encode_rejected(rejected: pl.DataFrame, job_id: UUID) -> bytes:
    """All rows of rejected_lines for `rejected` (REJECTED_SCHEMA), columns job_id and the schema's, binary COPY."""
    return encode_frame(rejected.select(pl.lit(job_id.bytes, dtype=pl.Binary).alias("job_id"), pl.all()))


def encode_frame(frame: pl.DataFrame) -> bytes:
    """Any frame in binary COPY format; binary columns go out as they are."""
    table = frame.to_arrow()
    encoder = ArrowToPostgresBinaryEncoder(table.schema)
    out = bytearray(encoder.write_header())
    for batch in table.to_batches():
        out += encoder.write_batch(batch)
    out += encoder.finish()
    return bytes(out)
