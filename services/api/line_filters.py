"""Which lines somebody wants: checked, and turned into what the query needs. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema, model_validator

from services.api.pages import PageQuery, comma_separated
from shared.severity import UNKNOWN, severity_range

Level = Literal["trace", "debug", "info", "warn", "error", "fatal", "unknown"]
ANY_REASON = "any"
UNKNOWN_SEVERITY = 0
RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?)(?:([Zz])|([ +-])(\d\d:\d\d))", re.ASCII)


def parse_time(text: object) -> datetime:
    """An RFC 3339 time as aware UTC; a `+` that a query string turned into a space is forgiven."""
    match = RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("must be an RFC 3339 time with an offset, such as 2025-01-31T13:00:00Z")
    day, time, zulu, sign, offset = match.groups()
    zone = "+00:00" if zulu else f"{'-' if sign == '-' else '+'}{offset}"
    try:
        return datetime.fromisoformat(f"{day}T{time}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a time that exists, between the years 1 and 9999 in UTC") from None


Time = Annotated[datetime, BeforeValidator(parse_time), WithJsonSchema({"type": "string", "format": "date-time"})]


class LineChoice(BaseModel):
    """Which lines of a job. Level and times hold for records only, so they leave rejected lines out."""

    level: Annotated[list[Level], comma_separated] | None = Field(None, description="records of these levels")
    q: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        pattern=r"^[^\x00]+$",
        description="text anywhere in the message or the original line, in any case",
    )
    since: Time | None = Field(None, description="records logged then or later")
    until: Time | None = Field(None, description="records logged before then")
    reason: str | None = Field(
        None,
        max_length=100,
        pattern=r"^[A-Za-z0-9_]+$",
        description="rejected lines only: those with this reason, or `any`",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError("since must not be after until")
        return self


class LinesQuery(LineChoice, PageQuery):
    """A page of those lines."""


@dataclass(frozen=True, slots=True)
class LineFilter:
    """What the query takes; None means no restriction. `severities` has 0 for records without one.

    The patterns are for LIKE: one for text, one for bytes as PostgreSQL's `encode(…, 'escape')` shows them.
    """

    records: bool
    rejected: bool
    severities: list[int] | None
    since: datetime | None
    until: datetime | None
    text_pattern: str | None
    bytes_pattern: str | None
    reason: str | None

    @property
    def folds_ascii_only(self) -> bool:
        """Whether the text has only ASCII letters to fold, which is much cheaper."""
        return self.text_pattern is not None and self.text_pattern.isascii()

    @classmethod
    def of(cls, query: LineChoice) -> "LineFilter":
        """The filter a query asks for."""
        only_records = query.level is not None or query.since is not None or query.until is not None
        return cls(
            records=query.reason is None,
            rejected=not only_records,
            severities=severities(query.level) if query.level is not None else None,
            since=query.since,
            until=query.until,
            text_pattern=like_pattern(query.q) if query.q else None,
            bytes_pattern=like_pattern(escape_bytes(query.q.encode())) if query.q else None,
            reason=None if query.reason == ANY_REASON else query.reason,
        )


def severities(levels: list[Level]) -> list[int]:
    """Every severity number the levels stand for."""
    numbers = [UNKNOWN_SEVERITY] if UNKNOWN in levels else []
    for level in levels:
        if level != UNKNOWN:
            lowest, highest = severity_range(level)
            numbers.extend(range(lowest, highest + 1))
    return sorted(set(numbers))


def like_pattern(text: str) -> str:
    """A LIKE pattern for text that contains `text`, taken literally."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", text) + "%"


def escape_bytes(content: bytes) -> str:
    """The bytes as PostgreSQL's escape format writes them."""
    return "".join(_escape_byte(byte) for byte in content)


def _escape_byte(byte: int) -> str:
    if byte == 0x5C:
        return "\\\\"
    return chr(byte) if 0 < byte < 0x80 else f"\\{byte:03o}"
