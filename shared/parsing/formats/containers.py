"""What runs containers puts a beginning before their lines; what follows it is read as a line of its own.

Kubernetes' CRI (time, stream, tag), docker compose (the service's name) and the time that `--timestamps` puts before
lines. A time, a logger and fields that the line itself tells are preferred to those of its beginning.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from shared.parsing.choice import Choice, Precedence, Taken, stack
from shared.parsing.columns import constant, fill, nothing, with_fields
from shared.parsing.formats.json_lines import JSON_OBJECTS
from shared.parsing.formats.leveled import LEVELED
from shared.parsing.formats.plain import read_plain
from shared.parsing.hints import Reference
from shared.parsing.layouts import Layout
from shared.parsing.severity import severity_of_words
from shared.parsing.timestamps import CLOCK, ISO_DAY, ISO_OFFSET, iso
from shared.parsing.years import near

CRI = "cri"
DOCKER_COMPOSE = "docker_compose"
CONTAINER_FORMATS = (CRI, DOCKER_COMPOSE)

ZONE = f"(?P<zone>{ISO_OFFSET})"
TIME = iso(zone=ZONE)
NANOSECONDS = iso(fraction=r"\.(?P<fraction>[0-9]{9})", zone=ZONE)
REST = "(?P<rest>.*)$"

STREAM = "(?P<stream>stdout|stderr) [FP](?::[^ ]*)?"
CRI_BEGINS = rf"^{ISO_DAY}T{CLOCK}[.0-9]*{ISO_OFFSET} std(?:out|err) [FP](?:[ :]|$)"
CRI_LINE = Layout(CRI, rf"^{TIME.pattern} {STREAM}(?: {REST})?$", key="stream", shape=TIME)

NAME = "[A-Za-z0-9][A-Za-z0-9_.-]*"
NUMBERED = Layout(DOCKER_COMPOSE, rf"^(?P<service>{NAME}[-_][0-9]{{1,4}}) +\|(?: {REST})?$", key="service")
PADDED = Layout(DOCKER_COMPOSE, rf"^(?P<service>{NAME})  +\|(?: {REST})?$", key="service")
"""A bare name and a bar begin also the rows of tables: what follows has to be more than text."""

OWN_TIME = r"(?:[\[{<0-9]|[IWEF][0-9]|[A-Z][a-z][a-z] )"
"""How lines begin that tell a time themselves."""
TIME_BEGINS = rf"^{ISO_DAY}T{CLOCK}\.[0-9]{{9}}{ISO_OFFSET} {OWN_TIME}"
TIME_LINE = Layout("docker", rf"^{NANOSECONDS.pattern} (?P<rest>{OWN_TIME}.*)$", key="rest", shape=NANOSECONDS)


@dataclass(frozen=True)
class Contained:
    """Lines (roughly: `claim`) that begin as `beginning` reads and go on as `inner` does.

    What `inner` does not read is a message of format `name`, or no line of this kind where that is None. Nor is, with
    `telling`, what reads no better than it would behind any time.
    """

    claim: str
    beginning: Choice
    inner: Precedence
    name: str | None = None
    telling: bool = False

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds the fields of both parts."""
        begun = self.beginning.take(lines, reference)
        ends = [self._go_on(_contents(frame), reference) for frame in begun.read]
        unread = [lines.join(end.rest, on="line_no", how="semi") for end in ends if len(end.rest)]
        return Taken([_finish(frame) for end in ends for frame in end.read], stack([begun.rest, *unread]))

    def _go_on(self, contents: pl.DataFrame, reference: Reference) -> Taken:
        taken = self.inner.assign(contents, reference)
        if self.telling:
            return _telling(taken, contents)
        if self.name is None or taken.rest.is_empty():
            return taken
        messages = read_plain(taken.rest, reference)
        named = with_fields(messages, [constant("format", self.name, pl.String(), len(messages))])
        return Taken([*taken.read, named], taken.rest.clear())


@dataclass(frozen=True)
class Services:
    """Beginnings with a service's name, and not with a level."""

    names: Precedence

    @property
    def claim(self) -> str:
        """As docker compose writes them."""
        return self.names.claim

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds `service` and `rest`."""
        taken = self.names.assign(lines, reference)
        levels = [frame.filter(severity_of_words(frame["service"]).is_not_null()) for frame in taken.read]
        if not any(map(len, levels)):
            return taken
        named = [frame.join(level, on="line_no", how="anti") for frame, level in zip(taken.read, levels, strict=True)]
        rests = [lines.join(level, on="line_no", how="semi") for level in levels]
        return Taken([frame for frame in named if len(frame)], stack([taken.rest, *rests]))


def containers(choices: Iterable[Choice], forced: str | None = None) -> list[Choice]:
    """Choices for lines that go on as `choices` read them; where a container's format is `forced`, only its own."""
    named = forced is None or forced in CONTAINER_FORMATS
    inner = (JSON_OBJECTS, *choices) if named else tuple(choices)
    timed: Choice = Contained(TIME_BEGINS, TIME_LINE, Precedence(inner), telling=True)
    cri: Choice = Contained(CRI_BEGINS, CRI_LINE, Precedence(inner), CRI if named else None)
    within = Precedence((timed, *inner))
    if forced == DOCKER_COMPOSE:
        return [_compose((NUMBERED, PADDED), within, forced)]
    compose = [_compose((NUMBERED,), within, DOCKER_COMPOSE if named else None), _compose((PADDED,), within)]
    return [cri] if forced == CRI else [cri, *compose, timed]


def _compose(layouts: Iterable[Choice], inner: Precedence, name: str | None = None) -> Choice:
    services = Services(Precedence(layouts))
    return Contained(services.claim, services, inner, name)


def _contents(frame: pl.DataFrame) -> pl.DataFrame:
    """What follows the beginnings, as lines; with what these told, the time under a name that no format uses."""
    fields = [frame["rest"].fill_null("").alias("text")]
    if "logged_at" in frame.columns:
        fields.append(frame["logged_at"].alias("told_at"))
    return with_fields(frame.drop("rest", "format", "logged_at", strict=False), fields)


def _telling(taken: Taken, contents: pl.DataFrame) -> Taken:
    """Gives back also the lines that are of no format in particular and tell no time."""
    read = []
    for frame in taken.read:
        poor = frame["format"] == LEVELED
        if "logged_at" in frame.columns:
            poor &= frame["logged_at"].is_null()
        read.append(frame.filter(~poor))
    told = [frame.select("line_no") for frame in read if len(frame)]
    rest = contents.join(pl.concat(told), on="line_no", how="anti") if told else contents
    return Taken([frame for frame in read if len(frame)], rest)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """What the line tells itself, and where it does not, what its beginning told."""
    fields = []
    columns = {column.name: column for column in frame}
    if "told_at" in columns:
        times = columns.get("logged_at", nothing("logged_at", pl.Datetime("us", "UTC"), len(frame)))
        fields.append(fill(near(times, columns["told_at"]), columns["told_at"]))
    if "service" in columns:
        loggers = columns.get("logger", nothing("logger", pl.String(), len(frame)))
        fields += [fill(loggers, columns["service"]), columns["service"].set(loggers.is_null(), None)]
    return with_fields(frame.drop("told_at", strict=False), fields)
