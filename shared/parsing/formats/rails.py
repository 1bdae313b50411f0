"""Ruby: its Logger, Rails' lines about requests (also with tags before them), and Sidekiq."""

import polars as pl

from shared.parsing.choice import Family, Precedence, Steps
from shared.parsing.clues import with_clues
from shared.parsing.columns import with_fields
from shared.parsing.layouts import Layout
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import CLOCK, ISO_DAY, ISO_OFFSET, iso
from shared.parsing.zones import OFFSET

RAILS = "rails"
RUBY_LOGGER = "ruby_logger"
SIDEKIQ = "sidekiq"

LEVEL = "(?P<level>DEBUG|INFO|WARN|ERROR|FATAL|ANY)"
HEX = "[0-9a-f]"
REQUEST_ID = f"(?P<request_id>{HEX}{{8}}-?{HEX}{{4}}-?{HEX}{{4}}-?{HEX}{{4}}-?{HEX}{{12}})"
TAGS = rf"^(?:\[{REQUEST_ID}\] )?(?:\[[^\[\]]*\] )*"

LOGGED_AT = iso()
STARTED = r'Started (?P<method>[A-Z]+) "(?P<url>[^"]*)" for (?P<client>[^ ]+) at '
STARTED_AT = iso(" ", fraction="", zone=f" (?P<zone>{OFFSET})")
PROCESSING = r"Processing by (?P<controller>[A-Z][A-Za-z0-9_:]*)#(?P<action>[^ ]+) as "
COMPLETED = (
    r"Completed (?P<status>[0-9]{3}) [^(]*in (?P<duration_ms>[0-9.]+)ms"
    r"(?: \((?:Views: (?P<views_ms>[0-9.]+)ms)?(?: \| )?(?:ActiveRecord: (?P<active_record_ms>[0-9.]+)ms)?)?"
)
TIMED = r" *(?:Rendered .*\((?:Duration: )?|(?:[A-Z][A-Za-z0-9_:]* )+\()(?P<duration_ms>[0-9.]+)ms"

LOGGER_HEAD = Layout(
    RUBY_LOGGER,
    rf"^[DIWEFA], \[{LOGGED_AT.pattern} #(?P<pid>[0-9]+)\] +{LEVEL} -- (?P<logger>[^:]*): ?(?P<rest>.*)$",
    key="level",
    shape=LOGGED_AT,
)
REQUEST_LINES = (
    Layout(RAILS, f"{TAGS}{PROCESSING}", key="controller"),
    Layout(RAILS, f"{TAGS}{COMPLETED}", key="status"),
)
LOGGER_MESSAGES = Precedence(
    (
        Layout(RAILS, f"{TAGS}{STARTED}", key="client"),
        *REQUEST_LINES,
        Layout(RAILS, f"{TAGS}{TIMED}", key="duration_ms"),
        Layout(RUBY_LOGGER, rf"^(?:\[{REQUEST_ID}\] )?(?P<message>.*)$"),
    )
)
SIDEKIQ_LINE = (
    rf"^{LOGGED_AT.pattern} pid=(?P<pid>[0-9]+) tid=(?P<thread>[^ ]+)(?: class=(?P<logger>[^ ]+))?"
    rf"(?: jid=(?P<jid>[^ ]+))?(?: bid=[^ ]+)?(?: elapsed=(?P<seconds>[0-9.]+))? {LEVEL}: ?(?P<message>.*)$"
)

BEGINS = (
    rf"^(?:[DIWEFA], \[{ISO_DAY}T|(?:\[[^\[\]]*\] )*(?:Started [A-Z]+ \"|Processing by [A-Z]|Completed [0-9]{{3}} )|"
    rf"{ISO_DAY}T{CLOCK}[.0-9]*{ISO_OFFSET}? pid=[0-9]+ tid=)"
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """What is told about a request stays its message whole."""
    if "message" not in frame.columns:
        frame = with_fields(frame, [frame["text"].alias("message")])
    if "level" in frame.columns:
        return with_clues(frame)
    if "status" in frame.columns:
        return with_fields(frame, [severity_of_statuses(frame["status"].cast(pl.Int16, strict=False))])
    return frame


_MEMBERS = (
    Steps(LOGGER_HEAD, LOGGER_MESSAGES),
    Layout(RAILS, f"{TAGS}{STARTED}{STARTED_AT.pattern}", key="client", shape=STARTED_AT),
    *REQUEST_LINES,
    Layout(SIDEKIQ, SIDEKIQ_LINE, shape=LOGGED_AT),
)
RUBY_LINES = Family(BEGINS, Precedence(_MEMBERS), _finish)
