"""Record frames to PostgreSQL's binary COPY format, column by column (Arrow and pgpq)."""

from ipaddress import ip_address
from uuid import UUID

import polars as pl
from pgpq import ArrowToPostgresBinaryEncoder

INET_FAMILY = {4: 2, 6: 3}
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
            pl.all().exclude("client_ip", "attrs", "logged_at"),
            pl.col("logged_at").dt.replace_time_zone(None),
            inet(records["client_ip"]),
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


def inet(addresses: pl.Series) -> pl.Series:
    """Addresses (canonical text) in the wire form of PostgreSQL's inet; converted once for each different one."""
    packed = {text: _pack_inet(text) for text in addresses.drop_nulls().unique()}
    if not packed:
        return pl.Series(addresses.name, [None] * len(addresses), dtype=pl.Binary)
    return addresses.replace_strict(packed, default=None, return_dtype=pl.Binary)


def _pack_inet(text: str) -> bytes:
    address = ip_address(text)
    return bytes((INET_FAMILY[address.version], address.max_prefixlen, 0, len(address.packed))) + address.packed
