"""Monolog's lines, as Laravel and Symfony write them: `[time] channel.LEVEL: message {context} {extra}`."""

from functools import reduce
from operator import or_

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import with_fields, without
from shared.parsing.formats.trailing import read_objects, with_missing
from shared.parsing.layouts import Layout
from shared.parsing.timestamps import CLOCK, ISO_DAY, iso

LARAVEL = "laravel"

LEVEL = "DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY"
TIME = iso("[T ]")
LINE = rf"^\[{TIME.pattern}\] (?P<logger>[A-Za-z0-9_-]+)\.(?P<level>{LEVEL}): ?(?P<message>.*)$"
BEGINS = rf"^\[{ISO_DAY}[T ]{CLOCK}[^\] ]*\] [A-Za-z0-9_-]+\.(?:{LEVEL}):"
OBJECTS_AT_END = r"^(?P<message>.*?)(?:(?:^| )(?P<context>\{\".*?\}|\[\]))?(?:(?:^| )(?P<extra>\{\".*\}|\[\]))?[ ]*$"


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """Context and extra are fields where both are JSON, and otherwise the message's end."""
    message, *texts = frame["message"].str.extract_groups(OBJECTS_AT_END).struct.unnest()
    texts = [without(text, "[]") for text in texts]
    broken = reduce(or_, (text.is_not_null() & ~read_objects(text)["is_object"] for text in texts))
    frame = with_clues(with_fields(frame, [message.zip_with(~broken, frame["message"])]))
    for text in texts:
        frame = with_missing(frame, read_objects(text.set(broken, None)).drop("is_object").get_columns())
    return frame


LARAVEL_LINES = Family(BEGINS, Precedence((Layout(LARAVEL, LINE, shape=TIME),)), _finish)
