"""Names that mean something else, or something more particular, beside certain others: which logger's object it is."""

from collections.abc import Mapping

from shared.parsing.field_names import SPAN_OF_TIME, plain

SPANS = tuple(map(plain, SPAN_OF_TIME))
NO_FIELD = ""
WRAPPED = "wrapped"
"""The field of a text that is a log line itself, of whatever format."""

Names = Mapping[str, str]

_DIALECTS: tuple[tuple[frozenset[str], frozenset[str], Names], ...] = tuple(
    (frozenset(beside.split()), frozenset(unless.split()), names)
    for beside, unless, names in (
        # logback's own encoder: `message` has its placeholders unfilled
        ("formattedmessage", "", {"message": NO_FIELD, "formattedmessage": "message"}),
        ("renderedmessage", "", {"message": NO_FIELD}),
        # Traefik, Caddy, zap: durations without a unit in their name
        ("downstreamstatus", "", {"duration": "duration_ns"}),
        ("respheaders", "", {"duration": "duration_s"}),
        ("ts caller msg", "", dict.fromkeys(SPANS, "duration_s")),
        # Docker, Fluentd, Fluent Bit
        ("log stream", "message msg", {"log": WRAPPED}),
        ("log kubernetes", "message msg", {"log": WRAPPED}),
        ("log containerid", "message msg", {"log": WRAPPED}),
        ("log time", "message msg", {"log": WRAPPED}),
        ("log date", "message msg", {"log": WRAPPED}),
        # CloudWatch, Lambda, Google Cloud
        ("message ingestiontime", "", {"message": WRAPPED}),
        ("message logstreamname", "", {"message": WRAPPED}),
        ("message loggroup logstream", "", {"message": WRAPPED}),
        ("record type time", "", {"record": WRAPPED}),
        ("textpayload", "", {"textpayload": WRAPPED}),
        # Vector, Filebeat, Splunk
        ("message sourcetype", "", {"message": WRAPPED}),
        ("message agent input", "level", {"message": WRAPPED}),
        ("message beat", "level", {"message": WRAPPED}),
        ("event sourcetype", "message", {"event": WRAPPED}),
    )
)
"""Names (plain) that must and must not be beside each other, and the fields that some of them then stand for."""


def dialect(keys: tuple[str, ...]) -> Names:
    """The fields of names (plain) that mean another than usual in an object with these keys."""
    names = frozenset(map(plain, keys))
    found: dict[str, str] = dict.fromkeys(SPANS, "duration_go") if _is_of_go(keys, names) else {}
    for beside, unless, fields in _DIALECTS:
        if beside <= names and names.isdisjoint(unless):
            found |= fields
    return found


def _is_of_go(keys: tuple[str, ...], names: frozenset[str]) -> bool:
    """slog begins with time and level; logrus sorts them all."""
    return {"level", "msg", "time"} <= names and (keys[:2] == ("time", "level") or list(keys) == sorted(keys))
