"""What a format of a user's own is, and trying it on its sample. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.api.first_lines import FirstLines, Mismatch, read_first_lines
from services.api.problems import FieldError, InvalidInputError, invalid_field
from shared.parsing import FORMAT_NAMES, ParseHints
from shared.parsing.custom import BadPattern, check_pattern
from shared.parsing.formats import CUSTOM
from shared.parsing.grok import expand
from shared.parsing.hints import UnknownTimezone, read_timezone

MAX_PATTERN_CHARACTERS = 4096
MAX_SAMPLE_CHARACTERS = 16_384
MAX_MISMATCHES = 10
"""Told of at once."""


def not_built_in(name: str) -> str:
    """The name; raises ValueError for one that a built-in format has."""
    if name in (*FORMAT_NAMES, CUSTOM):
        raise ValueError("is the name of a built-in format")
    return name


def known_timezone(name: str) -> str:
    """The name; raises ValueError for what is no time zone."""
    try:
        read_timezone(name)
    except UnknownTimezone as error:
        raise ValueError(str(error)) from error
    return name


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$"), AfterValidator(not_built_in)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PATTERN_CHARACTERS, pattern=r"^[^\x00]+$")]


class Definition(BaseModel):
    """What a format is: exactly one of `pattern` and `grok`."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "shop",
                    "grok": "%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} %{GREEDYDATA:message}",
                    "sample": "2025-01-31 10:00:00 WARN disk is nearly full",
                }
            ]
        },
    )

    pattern: Text | None = Field(None, description="a regular expression of Rust's kind with named groups")
    grok: Text | None = Field(None, description="a grok pattern, such as %{IPORHOST:client} %{WORD:method}")
    sample: str = Field(
        min_length=1,
        max_length=MAX_SAMPLE_CHARACTERS,
        pattern=r"^[^\x00]+$",
        description="lines of the format; each that is not blank has to match",
    )
    timezone: Annotated[str, AfterValidator(known_timezone)] | None = Field(
        None, max_length=100, description="IANA zone or offset of times that name none, unless the upload says else"
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.pattern is None) == (self.grok is None):
            raise ValueError("give pattern or grok, and not both")
        return self


def compiled(pattern: str | None, grok: str | None, pointers: tuple[str, str] = ("/pattern", "/grok")) -> str:
    """The regular expression of either; raises InvalidInputError (422) that names what is wrong with it."""
    try:
        regex = pattern if grok is None else expand(grok)
        check_pattern(regex or "")
    except BadPattern as error:
        at = f" (column {error.column})" if error.column and grok is None else ""
        raise invalid_field(pointers[grok is not None], f"{error}{at}") from error
    return regex or ""


def try_on_sample(name: str, definition: Definition, now: datetime) -> tuple[str, FirstLines]:
    """The regular expression, and what it makes of the sample.

    Raises InvalidInputError (422) unless it compiles and matches each line.
    """
    pattern = compiled(definition.pattern, definition.grok)
    hints = ParseHints(format=name, pattern=pattern, timezone=definition.timezone, received_at=now)
    read = read_first_lines(definition.sample.encode(), hints, MAX_SAMPLE_CHARACTERS)
    errors = tuple(_errors(read.mismatches()))
    if errors:
        raise InvalidInputError(errors)
    if not definition.sample.strip():
        raise invalid_field("/sample", "has to have a line that is not blank")
    return pattern, read


def _errors(mismatches: Iterator[Mismatch]) -> Iterator[FieldError]:
    for _, found in zip(range(MAX_MISMATCHES), mismatches, strict=False):
        group = f" for {found.field}" if found.field else ""
        told = f"line {found.line_no} does not match: column {found.column}: expected {found.expected}{group}"
        yield FieldError(pointer="/sample", detail=told)
