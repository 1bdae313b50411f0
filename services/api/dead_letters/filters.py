"""Which dead letters somebody wants: checked, and turned into what the statements need. Pure."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.api.line_filters import like_pattern
from services.api.pages import PageQuery, comma_separated

LetterState = Literal["waiting", "replaying", "stored", "discarded"]
ALL_STATES = "all"
NOT_OVER = ("waiting", "replaying")
NO_NUL = r"^[^\x00]+$"

WHOSE = "/* whose */"
EVERYBODYS = "$1::uuid IS NULL"
OWN = "dead.job_id IN (SELECT job_id FROM jobs WHERE owner_id = $1)"
# For a statement on `dead_letters AS dead`, by way of `for_scope`: what `LetterFilter.arguments` gives is $1 to $6.
MATCHES = f"""
{WHOSE}
AND ($2::uuid IS NULL OR dead.dead_letter_id = $2)
AND ($3::uuid IS NULL OR dead.job_id = $3)
AND ($4::text IS NULL OR dead.reason = $4)
AND ($5::text[] IS NULL OR dead.state = ANY ($5))
AND ($6::text IS NULL OR dead.reason ILIKE $6 OR dead.detail ILIKE $6
    OR EXISTS (SELECT FROM jobs WHERE jobs.job_id = dead.job_id AND jobs.file_name ILIKE $6))
"""


def for_scope(statement: str, scope: UUID | None) -> str:
    """A statement with MATCHES, for the letters of one owner's jobs, found by way of those jobs, or (None) for all."""
    return statement.replace(WHOSE, EVERYBODYS if scope is None else OWN)


class LetterChoice(BaseModel):
    """Which dead letters."""

    job_id: UUID | None = Field(None, description="of one job only")
    reason: str | None = Field(None, max_length=200, pattern=NO_NUL, description="with exactly this reason")
    state: Annotated[list[Literal[LetterState, "all"]], comma_separated] | None = Field(
        None, description="in these states, or `all`; a list without it has those that are waiting or replaying"
    )
    q: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        pattern=NO_NUL,
        description="text anywhere in reason, detail or file name, in any case",
    )


class LettersQuery(LetterChoice, PageQuery):
    """A page of them."""


class ReplayQuery(LetterChoice):
    """Those to be replayed; a parameter that is misspelt must not widen the choice, so others are refused."""

    model_config = ConfigDict(extra="forbid")


class DiscardQuery(LetterChoice):
    """Those to be discarded: by a filter, or all of them, which has to be said."""

    model_config = ConfigDict(extra="forbid")

    all: bool = Field(False, description="every one that waits; only without a filter")

    @model_validator(mode="after")
    def _is_clear(self) -> Self:
        has_filter = any(value is not None for value in (self.job_id, self.reason, self.q))
        if self.all and has_filter:
            raise ValueError("all=true goes without job_id, reason and q")
        if not self.all and not has_filter:
            raise ValueError("say which to discard with job_id, reason or q, or all=true for every one that waits")
        return self


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """What the statements take; None means no restriction."""

    dead_letter_id: UUID | None = None
    job_id: UUID | None = None
    reason: str | None = None
    states: tuple[str, ...] | None = None
    q: str | None = None

    @classmethod
    def of(cls, choice: LetterChoice, default_states: tuple[str, ...] | None = None) -> "LetterFilter":
        """The filter a query asks for; `default_states` hold where it names none."""
        states = default_states if choice.state is None else tuple(sorted(set(choice.state)))
        is_all = states is None or ALL_STATES in states
        return cls(job_id=choice.job_id, reason=choice.reason, states=None if is_all else states, q=choice.q)

    def arguments(self, scope: UUID | None) -> tuple[object, ...]:
        """What MATCHES takes; `scope`: the owner of the jobs whose letters count, None = all there are."""
        pattern = like_pattern(self.q) if self.q else None
        return (scope, self.dead_letter_id, self.job_id, self.reason, self.states, pattern)

    def described(self) -> dict[str, Any]:
        """The restrictions as JSON."""
        given = {
            "dead_letter_id": str(self.dead_letter_id) if self.dead_letter_id else None,
            "job_id": str(self.job_id) if self.job_id else None,
            "reason": self.reason,
            "state": list(self.states) if self.states else None,
            "q": self.q,
        }
        return {name: value for name, value in given.items() if value is not None}
