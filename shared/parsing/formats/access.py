"""Access logs in the common and the combined format, with what servers and proxies put before and behind them.

Apache (a virtual host before, the time it took behind), nginx (times and X-Forwarded-For behind), the ingress
controller of Kubernetes, Traefik and Caddy.
"""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.columns import fill, with_fields, within, without
from shared.parsing.durations import read_durations
from shared.parsing.frame import BOUNDS
from shared.parsing.layouts import Layout
from shared.parsing.requests import METHOD, read_requests
from shared.parsing.separated import forwarded_client
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import CLF, CLOCK, ISO, MONTH, Shape
from shared.parsing.zones import OFFSET

COMBINED = "combined"
COMMON = "common"
VHOST_COMBINED = "vhost_combined"

START = r"^[^ ]+ [^ ]+ .*\[(?:[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:|[0-9]{4}-[0-9]{2}-)[^\]]*\] \""
HEAD = rf"^(?P<client>[^ ]+) [^ ]+ (?P<user_id>[^ ]+) \[{CLF.pattern}\] "
REQUEST = rf'"(?P<method>{METHOD}) (?P<url>[^" \\]*)(?: [^" \\]*)?"'
RESULT = r" (?P<status>[0-9]{3}|-) (?P<bytes>[0-9]+|-)"
QUOTED = r'(?:[^"\\]|\\.)*'
AGENT = rf' "(?P<referer>{QUOTED})" "(?P<user_agent>{QUOTED})"'
MORE = r"(?: (?P<more>.+))?$"

ADDRESS = r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)"
ODD_USER = r"(?P<user_id>[^\[]*) "
VHOST_HEAD = rf"^(?P<vhost>[^ ,]+) (?P<client>{ADDRESS}) [^ ]+ {ODD_USER}"
ODD_HEAD = rf"^(?P<client>[^ ,]+(?:, ?[^ ,]+)*) [^ ]+ (?:\[(?P<forwarded>[^\]/]*)\] - )?{ODD_USER}"
FRACTION_ZONE = rf"(?:\.(?P<fraction>[0-9]{{1,9}}))?(?: ?(?P<zone>Z|{OFFSET}))?"
ODD_TIMES = (
    Shape(f"(?P<time>[0-9]{{2}}/{MONTH}/[0-9]{{4}}:{CLOCK}){FRACTION_ZONE}", CLF.local),
    Shape(f"(?P<time>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{CLOCK}){FRACTION_ZONE}", ISO.local),
)
"""With a fraction (Tomcat), and nginx's $time_iso8601."""
ODD_REQUEST = rf'"(?P<request>{QUOTED})"'
ODD_RESULT = r' (?P<status>[^ "]+) (?P<bytes>[^ "]+)'

FORWARDED = rf'(?:^|[ =])"((?:unknown|{ADDRESS})(?:, ?(?:unknown|{ADDRESS}))*)"'
SECONDS = r'(?:^|[ "=])([0-9]+\.[0-9]{3,6})(?:[ ",]|$)'
"""To the millisecond at least: nginx writes its compression ratio with two digits."""
WITH_UNIT = r"(?:^|[ =])([0-9]+(?:\.[0-9]+)?(?:ns|us|\x{b5}s|\x{3bc}s|ms|s))(?: |$)"
SECONDS_MICROSECONDS = r"(?:^| )\*{0,2}([0-9]+)/([0-9]+)\*{0,2}$"
"""Apache's %T/%D."""
INGRESS = (
    r"^(?P<request_length>[0-9]+) [0-9.]+ \[(?P<upstream>[^\]]*)\] (?:\[[^\]]*\] )?(?P<upstream_address>-|[^ ]+:[0-9]+)"
    r"(?:,? .*)? (?P<request_id>[0-9a-f]{32})$"
)
TRAEFIK = r'^[0-9]+ "(?P<router>[^"]*)" "(?P<server_url>[^"]*)" [0-9]+ms$'


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """The whole line stays the message, so what no field takes is not lost by being left out."""
    status = within(frame["status"].cast(pl.Int16, strict=False), *BOUNDS["status"])
    fields = [status, severity_of_statuses(status)]
    if "request" in frame.columns:
        fields += read_requests(frame["request"])
    if "forwarded" in frame.columns:
        fields.append(forwarded_client(frame["forwarded"], frame["client"]).alias("client"))
    if "more" in frame.columns and frame["more"].null_count() < len(frame):
        fields += _behind(frame["more"], frame["client"])
    return with_fields(frame.drop("request", "forwarded", "more", strict=False), fields)


def _behind(more: pl.Series, client: pl.Series) -> list[pl.Series]:
    """The fields of what stands behind the format's own."""
    fields = [_milliseconds(more)]
    forwarded = more.str.extract(FORWARDED)
    if forwarded.null_count() < len(more):
        fields.append(forwarded_client(forwarded, client).alias("client"))
    for pattern in (INGRESS, TRAEFIK):
        if more.str.contains(pattern).any():
            parts = more.str.extract_groups(pattern).struct.unnest()
            fields += [without(without(part, "-"), "") for part in parts]
    return fields


def _milliseconds(more: pl.Series) -> pl.Series:
    """Of seconds as nginx has them, of a number with its unit, or of Apache's seconds and microseconds."""
    times = more.str.extract(SECONDS).cast(pl.Float64, strict=False) * 1000
    if times.null_count() and more.str.contains(WITH_UNIT).any():
        times = fill(times, read_durations(more.str.extract(WITH_UNIT)))
    if times.null_count() and more.str.contains(SECONDS_MICROSECONDS).any():
        seconds, micros = more.str.extract_groups(SECONDS_MICROSECONDS).struct.unnest().cast(pl.Int64, strict=False)
        times = fill(times, (micros / 1000).set(micros // 1_000_000 != seconds, None))
    return times.round(6).alias("duration_ms")


_LAYOUTS = (
    Layout(COMBINED, HEAD + REQUEST + RESULT + AGENT + MORE, key="client", shape=CLF),
    Layout(COMMON, HEAD + REQUEST + RESULT + "$", key="client", shape=CLF),
    *(
        Layout(name, rf"{head}\[{shape.pattern}\] {ODD_REQUEST}{ODD_RESULT}{end}", key="client", shape=shape)
        for shape in ODD_TIMES
        for head, name, end in (
            (VHOST_HEAD, VHOST_COMBINED, AGENT + MORE),
            (VHOST_HEAD, COMMON, MORE),
            (ODD_HEAD, COMBINED, AGENT + MORE),
            (ODD_HEAD, COMMON, MORE),
        )
    ),
)
ACCESS = Family(START, Precedence(_LAYOUTS), _finish, claims_all=True)
