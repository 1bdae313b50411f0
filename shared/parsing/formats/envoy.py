"""Envoy's access log in its default format, as Istio writes it too: a line a request."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.columns import fill, with_fields, without
from shared.parsing.layouts import Layout
from shared.parsing.requests import METHOD
from shared.parsing.separated import forwarded_client
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import ISO

ENVOY = "envoy"

BEGINS = r'^\[[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z\] "'
REQUEST = rf'"(?:-|(?P<method>{METHOD}) (?P<url>[^" ]*)(?: [^" ]*)?|[^"]*)"'
COUNTS = r"(?P<received>[0-9]+|-) (?P<bytes>[0-9]+|-) (?P<duration_ms>[0-9]+|-) (?P<upstream_ms>[0-9]+|-)"
NAMES = (
    r'"(?P<forwarded>[^"]*)" "(?P<user_agent>[^"]*)" "(?P<request_id>[^"]*)" "(?P<host>[^"]*)" "(?P<upstream>[^"]*)"'
)
DETAILS = r'(?: (?P<details>[^ "]+) (?P<termination>[^ "]+))?(?: "(?P<failure>[^"]*)")?'
ISTIO = (
    r"(?: (?P<cluster>[^ ]+) (?P<local>[^ ]+) (?P<destination>[^ ]+) (?P<remote>[^ ]+)(?: (?P<server_name>[^ ]+)"
    r"(?: (?P<route>[^ ]+))?)?)?"
)
_LAYOUT = Layout(
    ENVOY,
    rf"^\[{ISO.pattern}\] {REQUEST} (?P<status>[0-9]{{1,3}}) (?P<flags>[^ ]+){DETAILS} {COUNTS} {NAMES}{ISTIO}[ ]*$",
    key="status",
    shape=ISO,
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """The client is who is named as forwarded for, else, of Istio's columns, who was connected."""
    status = frame["status"].cast(pl.Int16)
    status = status.set(status == 0, None)
    client = fill(forwarded_client(without(frame["forwarded"], "-"), None), frame["remote"]).alias("client")
    others = (
        "received",
        "upstream_ms",
        "cluster",
        "flags",
        "details",
        "termination",
        "failure",
        "request_id",
        "host",
        "upstream",
        "server_name",
        "route",
    )
    fields = [status, severity_of_statuses(status), client, *(without(frame[name], "-") for name in others)]
    return with_fields(frame.drop("forwarded", "remote", "local", "destination"), fields)


ENVOY_LINES = Family(BEGINS, Precedence([_LAYOUT]), _finish)
