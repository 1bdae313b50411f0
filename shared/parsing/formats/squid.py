"""Squid's native access log: epoch, milliseconds, client, result/status, bytes, method, URL, user, peer, type."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.columns import with_fields, without
from shared.parsing.layouts import Layout
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import EPOCH

SQUID = "squid"

_LAYOUT = Layout(
    SQUID,
    rf"^{EPOCH.pattern}[ ]+(?P<duration_ms>-?[0-9]+) (?P<client>[^ ]+) (?P<result>[A-Z_]+)/(?P<status>[0-9]{{3}})"
    r" (?P<bytes>[0-9]+) (?P<method>[^ ]+) (?P<url>[^ ]+) (?P<user_id>[^ ]+) (?P<peer>[A-Z_]+/[^ ]+)"
    r" (?P<content_type>[^ ]+)",
    key="result",
    shape=EPOCH,
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    statuses = frame["status"].cast(pl.Int16)
    fields = [severity_of_statuses(statuses), without(frame["content_type"], "-")]
    return with_fields(frame, fields)


SQUID_LINES = Family(_LAYOUT.claim, Precedence([_LAYOUT]), _finish)
