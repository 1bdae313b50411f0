"""Amazon VPC flow logs: rows in the default order of version 2, or as a header names their columns."""

import polars as pl

from shared.parsing.attributes import json_object
from shared.parsing.headers import VPC_FLOW, Header
from shared.parsing.hints import Reference
from shared.parsing.separated import Separated, Values, spaced
from shared.parsing.timestamps import NUMBER

NAMES = (
    *("version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets"),
    *("bytes", "start", "end", "action", "log-status"),
)
ROW = r"^[0-9]{1,2} (?:[0-9]{12}|unknown) eni-[0-9a-f]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ "
FIELDS = {"srcaddr": "client", "bytes": "bytes"}


def flow_rows(header: Header) -> Separated:
    """Reads the rows under a header."""
    return Separated(VPC_FLOW, header.names, "", spaced, _finish)


def _finish(_: pl.DataFrame, values: Values, reference: Reference) -> list[pl.Series]:
    """The whole line stays the message; its time is when the flow began to be recorded."""
    fields = [values.pop(name).alias(field) for name, field in FIELDS.items() if name in values]
    if "start" in values:
        starts = values.pop("start").str.extract_groups(f"^{NUMBER.pattern}$").struct.unnest()
        fields.append(NUMBER.read(starts, reference))
    return [*fields, json_object(list(values.values())).alias("attrs")] if values else fields


FLOW_ROWS = Separated(VPC_FLOW, NAMES, ROW, spaced, _finish)
"""Rows without a header above."""
