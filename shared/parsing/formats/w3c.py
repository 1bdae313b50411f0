"""W3C extended logs (IIS and others) and Amazon CloudFront's: rows whose columns a #Fields line names."""

from urllib.parse import unquote_plus

import polars as pl

from shared.parsing.attributes import json_object
from shared.parsing.columns import fill, translate, within
from shared.parsing.frame import BOUNDS
from shared.parsing.headers import CLOUDFRONT, W3C, Header
from shared.parsing.hints import Reference
from shared.parsing.layouts import Layout
from shared.parsing.patterns import one_of
from shared.parsing.separated import Separated, Values, delimited, forwarded_client, spaced, tabbed
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import read_times

UTC_ALWAYS = Reference()
"""Both W3C's extended format and CloudFront tell times in UTC."""

DIRECTIVE = one_of(
    ["Fields", "Version", "Software", "Remark", "Log-type", "Date", "Start-Date", "End-Date", "Time Format"]
)
DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOUDFRONT_ROW = rf"^{DATE}\t[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\t[A-Z]{{3}}[0-9A-Z-]*\t"
CLOUDFRONT_NAMES = (
    *("date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status"),
    *("cs(Referer)", "cs(User-Agent)", "cs-uri-query", "cs(Cookie)", "x-edge-result-type", "x-edge-request-id"),
    *("x-host-header", "cs-protocol", "cs-bytes", "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher"),
    *("x-edge-response-result-type", "cs-protocol-version", "fle-status", "fle-encrypted-fields", "c-port"),
    *("time-to-first-byte", "x-edge-detailed-result-type", "sc-content-type", "sc-content-len", "sc-range-start"),
    "sc-range-end",
)
FEWEST_CLOUDFRONT = 12

FIELDS = {
    **dict.fromkeys(("src-ip", "client-ip", "client_ip", "c-ip"), "client"),
    **dict.fromkeys(("size", "sc-bytes"), "bytes"),
    **dict.fromkeys(("c-username", "cs-username"), "user_id"),
    **{"cs-method": "method", "sc-status": "status", "s-computername": "hostname"},
    **{"cs(referer)": "referer", "cs(user-agent)": "user_agent"},
}
"""By columns' names in lower case; of two for one field the later is preferred."""

FORWARDED = ("cs(x-forwarded-for)", "x-forwarded-for")
TIMES = ("timestamp", "datetime", "date-time")
LOCAL = {"action", "src-ip"}
"""Columns of Windows' firewall, whose times are local."""


def w3c_rows(header: Header) -> Separated:
    """Reads the rows under a #Fields line."""
    split = spaced if header.separator == " " else delimited(header.separator)
    return Separated(header.format, header.names, "", split, _finish)


def _finish(_: pl.DataFrame, named: Values, reference: Reference) -> list[pl.Series]:
    """The whole line stays the message."""
    values = {name.lower(): column for name, column in named.items()}
    is_cloudfront = "x-edge-location" in values
    zone = reference if values.keys() >= LOCAL else UTC_ALWAYS
    fields = {**_times(values, zone), **_requests(values)}
    for name, field in reversed(FIELDS.items()):
        if name in values and field not in fields:
            fields[field] = values.pop(name)
    for name in FORWARDED:
        if name in values:
            fields["client"] = forwarded_client(values.pop(name), fields.get("client"))
    if "status" in fields:
        fields["status"] = within(fields["status"].cast(pl.Int16, strict=False), *BOUNDS["status"])
        fields["severity"] = severity_of_statuses(fields["status"])
    if "user_agent" in fields:
        fields["user_agent"] = _decoded(fields["user_agent"])
    if "time-taken" in values:
        fields["duration_ms"] = _milliseconds(values.pop("time-taken"), in_seconds=is_cloudfront)
    if values:
        fields["attrs"] = json_object(list(values.values()))
    return [column.alias(name) for name, column in fields.items()]


def _times(values: Values, reference: Reference) -> Values:
    """logged_at of date and time, or of a column that has both."""
    if values.keys() >= {"date", "time"}:
        texts = values.pop("date") + " " + values.pop("time")
        return {"logged_at": read_times(texts, reference)}
    for name in TIMES:
        if name in values:
            return {"logged_at": read_times(values.pop(name), reference)}
    return {}


def _requests(values: Values) -> Values:
    """url, with the query where that has a column of its own."""
    if "cs-uri-stem" not in values:
        return {"url": values.pop("cs-uri")} if "cs-uri" in values else {}
    url = values.pop("cs-uri-stem")
    if "cs-uri-query" in values:
        url = fill(url + "?" + values.pop("cs-uri-query"), url)
    return {"url": url}


def _milliseconds(texts: pl.Series, *, in_seconds: bool) -> pl.Series:
    """Of seconds where told, or where it is a fraction as W3C's draft has it; else IIS's milliseconds."""
    numbers = texts.cast(pl.Float64, strict=False)
    fractions = texts.str.contains(".", literal=True)
    return (numbers * 1000).round(6).zip_with(fractions | in_seconds, numbers)


def _decoded(agents: pl.Series) -> pl.Series:
    """With the blanks that were written as + (IIS) or in percent escapes (CloudFront)."""
    encoded = agents.str.contains(r"^[^ ]*[+%][^ ]*$")
    if not encoded.any():
        return agents
    known = {agent: unquote_plus(agent) for agent in agents.filter(encoded).unique()}
    return translate(agents, known, pl.String()).zip_with(encoded, agents)


CLOUDFRONT_ROWS = Separated(CLOUDFRONT, CLOUDFRONT_NAMES, CLOUDFRONT_ROW, tabbed, _finish, fewest=FEWEST_CLOUDFRONT)
"""Rows without a header above."""

W3C_DIRECTIVES = Layout(W3C, rf"^(?P<message>#{DIRECTIVE}:.*)$")
"""The lines that say what the rows below are; these are records themselves."""
