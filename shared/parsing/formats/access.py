"""Access logs of Apache and nginx: the common log format, and the combined one with referer and user agent."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.columns import with_fields
from shared.parsing.layouts import Layout
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import CLF

COMBINED = "combined"
COMMON = "common"

START = r"^[^ ]+ [^ ]+ [^\[]+ \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[^\]]*\] \""
HEAD = rf"^(?P<client>[^ ]+) [^ ]+ (?P<user_id>[^ ]+) \[{CLF.pattern}\] "
REQUEST = r'"(?P<method>[A-Z]+) (?P<url>[^" \\]*)(?: [^" \\]*)?"'
RESULT = r" (?P<status>[0-9]{3}|-) (?P<bytes>[0-9]+|-)"
QUOTED = r'(?:[^"\\]|\\.)*'
AGENT = rf' "(?P<referer>{QUOTED})" "(?P<user_agent>{QUOTED})"'
MORE = r"(?: (?P<more>.+))?$"

ODD_HEAD = rf"^(?P<client>[^ ]+) [^ ]+ (?P<user_id>[^\[]*) \[{CLF.pattern}\] "
ODD_REQUEST = rf'"(?P<request>{QUOTED})"'
REQUEST_IN_TEXT = r"^(?P<method>[A-Z]+) (?P<url>.*?)(?: HTTP/[0-9.]+)?$"
SECONDS = r'^"?([0-9]+\.[0-9]+)(?:"| |$)'


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """The whole line stays the message, so what no field takes is not lost by being left out."""
    fields = [frame["status"].cast(pl.Int16, strict=False)]
    fields.append(severity_of_statuses(fields[0]))
    if "request" in frame.columns:
        fields.extend(frame["request"].str.extract_groups(REQUEST_IN_TEXT).struct.unnest())
    if "more" in frame.columns:
        fields.append(frame["more"].str.extract(SECONDS).alias("seconds"))
    return with_fields(frame.drop("request", "more", strict=False), fields)


_LAYOUTS = (
    Layout(COMBINED, HEAD + REQUEST + RESULT + AGENT + MORE, key="client", shape=CLF),
    Layout(COMMON, HEAD + REQUEST + RESULT + "$", key="client", shape=CLF),
    Layout(COMBINED, ODD_HEAD + ODD_REQUEST + RESULT + AGENT + MORE, key="client", shape=CLF),
    Layout(COMMON, ODD_HEAD + ODD_REQUEST + RESULT + MORE, key="client", shape=CLF),
)
ACCESS = Family(START, Precedence(_LAYOUTS), _finish)
