"""HAProxy's HTTP and TCP logs and its connection errors, bare or behind what syslog puts before them."""

import polars as pl

from shared.parsing.choice import Family, Precedence, Steps
from shared.parsing.columns import fill, with_fields, within, without
from shared.parsing.frame import BOUNDS
from shared.parsing.layouts import Layout
from shared.parsing.requests import read_requests
from shared.parsing.severity import severity_of_priorities, severity_of_statuses
from shared.parsing.timestamps import CLF, CLOCK, MONTH, Shape

HAPROXY_HTTP = "haproxy_http"
HAPROXY_TCP = "haproxy_tcp"
HAPROXY_ERROR = "haproxy_error"

DAY = f"[0-9]{{2}}/{MONTH}/[0-9]{{4}}:{CLOCK}"
ACCEPTED = Shape(rf"(?P<time>{DAY})\.(?P<fraction>[0-9]{{3,6}})", CLF.local)
"""When the connection or the request came in, in the machine's own zone."""

BEGINS = rf"(?:[0-9A-Fa-f.:]+|unix):[0-9]+ \[{DAY}\."
SYSLOG_TIME = rf"(?:{MONTH} +[0-9]{{1,2}} {CLOCK}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{CLOCK}[^ ]*)"
TAG = r"(?P<logger>[A-Za-z0-9_./-]*haproxy[A-Za-z0-9_.-]*)"
PREFIX = (
    rf"^(?:<(?P<pri>[0-9]{{1,3}})>(?:1 )?)?{SYSLOG_TIME} (?:(?P<hostname>[^ ]+) )?"
    rf"{TAG}(?:\[(?P<pid>[0-9]+)\]:| (?P<process>[^ ]+) [^ ]+ -|:) +(?P<rest>{BEGINS}.*)$"
)

HEAD = rf"^(?P<peer>[^ ]+) \[{ACCEPTED.pattern}\] (?P<frontend>[^ ]+) "
SERVER = r"(?P<backend>[^ /]*)/(?P<server>[^ ]*) "
TIMERS = r"(?P<timers>[-+0-9]+(?:/[-+0-9]+)*) "
LOAD = r"(?P<connections>[0-9]+(?:/[-+0-9]+){4}) (?P<queues>[0-9]+/[0-9]+)"
HTTP = (
    rf"{HEAD}{SERVER}{TIMERS}(?P<status>-?[0-9]+) (?P<sent>[+]?[0-9]+) (?P<request_cookie>[^ ]+) "
    rf"(?P<response_cookie>[^ ]+) (?P<termination_state>[^ ]+) {LOAD} "
    r'(?P<captured>(?:\{.*\} )?)"(?P<request>[^"]*)(?:"(?: (?P<more>.*))?)?$'
)
TCP = rf"{HEAD}{SERVER}{TIMERS}(?P<sent>[+]?[0-9]+) (?P<termination_state>[^ ]+) {LOAD}$"
ERROR = rf"^(?P<peer>[^ ]+) \[{ACCEPTED.pattern}\] (?P<frontend>[^ /]+)/(?P<listener>[^ ]+): (?P<error>.*)$"

PORT = r":[0-9]+$"
TOTAL = r"/[+]?([0-9]+)$"


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """The whole line stays the message, but for what syslog put before it."""
    fields = [frame["peer"].str.replace(PORT, "").alias("client")]
    if "timers" in frame.columns:
        fields.append(frame["timers"].str.extract(TOTAL).alias("duration_ms"))
        fields.append(frame["sent"].str.strip_prefix("+").alias("bytes"))
    if "status" in frame.columns:
        status = within(frame["status"].cast(pl.Int16, strict=False), *BOUNDS["status"])
        captured = without(frame["captured"].str.strip_chars_end(" "), "")
        fields += [status, severity_of_statuses(status), *read_requests(frame["request"]), captured]
        fields += [without(frame[name], "-") for name in ("request_cookie", "response_cookie")]
    if "process" in frame.columns:
        pid = frame["process"].cast(pl.Int64, strict=False)
        fields.append(fill(frame["pid"].cast(pl.Int64, strict=False), pid))
    if "pri" in frame.columns and "status" not in frame.columns:
        fields.append(severity_of_priorities(frame["pri"]).alias("severity"))
    return with_fields(frame.drop("peer", "sent", "request", "process", "error", "pri", strict=False), fields)


_LAYOUTS = (
    Layout(HAPROXY_HTTP, HTTP, key="peer", shape=ACCEPTED),
    Layout(HAPROXY_TCP, TCP, key="peer", shape=ACCEPTED),
    Layout(HAPROXY_ERROR, ERROR, key="peer", shape=ACCEPTED),
)
_BEHIND_SYSLOG = Steps(Layout("syslog", PREFIX, key="rest"), Precedence(_LAYOUTS))
_CLAIM = rf"^(?:{BEGINS}|(?:<[0-9]{{1,3}}>(?:1 )?)?{SYSLOG_TIME} (?:[^ ]+ )?[A-Za-z0-9_./-]*haproxy)"
HAPROXY_LINES = Family(_CLAIM, Precedence((*_LAYOUTS, _BEHIND_SYSLOG)), _finish)
