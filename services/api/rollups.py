"""Records over time: what the charts draw."""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.api.context import Context
from services.api.cursors import Position
from services.api.jobs import require_job
from services.api.line_filters import Time
from services.api.operations import Call, Nothing, Operation
from services.api.pages import Page, cut

Step = Literal["1m", "1h", "1d"]
GroupBy = Literal["level", "status", "keyword", "event", "repository", "sender", "outcome"]

UNITS: dict[Step, str] = {"1m": "minute", "1h": "hour", "1d": "day"}
BEGINNING = datetime.min.replace(tzinfo=UTC)

SUM_ROLLUPS = """
SELECT date_trunc($1, bucket, 'UTC') AS bucket, value, sum(records)::bigint AS records
FROM rollups JOIN jobs USING (job_id)
WHERE owner_id = $2 AND ($3::uuid IS NULL OR job_id = $3) AND dimension = $4
    AND ($5::timestamptz IS NULL OR bucket >= $5) AND ($6::timestamptz IS NULL OR bucket < $6)
    AND bucket >= $7
GROUP BY 1, 2 HAVING (date_trunc($1, bucket, 'UTC'), value) > ($7, $8)
ORDER BY 1, 2 LIMIT $9
"""


class RollupsQuery(BaseModel):
    """Which records, and how they are put together."""

    model_config = ConfigDict(validate_by_name=True)

    since: Time | None = Field(None, alias="from", description="minutes then or later")
    until: Time | None = Field(None, alias="to", description="minutes before then")
    step: Step = Field("1m", description="length of a bucket; days are UTC's")
    group_by: GroupBy = Field(
        "level",
        description="what tells groups apart; from `event` on of GitHub's events (`outcome`: `check_run failure`)",
    )
    job_id: UUID | None = Field(None, description="of one job only; else of all your jobs")
    limit: int | None = Field(None, ge=1, description="most items wanted; more than the server's maximum is clamped")
    cursor: str | None = Field(None, max_length=1000, description="`next_cursor` of the page before, as it was")

    @model_validator(mode="after")
    def _in_order(self) -> "RollupsQuery":
        if self.since and self.until and self.since > self.until:
            raise ValueError("from must not be after to")
        return self


class RollupItem(BaseModel):
    """Records of one group that were logged in the `step` that begins at `bucket`."""

    bucket: datetime
    group: str
    lines: int


class RollupPage(Page[RollupItem]):
    """A page of a series, ordered by time and group; steps without records are left out."""

    step: Step
    group_by: GroupBy


async def get_rollups(context: Context, call: Call[RollupsQuery, Nothing]) -> RollupPage:
    """The series the query asks for."""
    query, owner_id = call.query, call.user.user_id
    most = context.settings.max_rollup_items
    limit = min(query.limit or most, most)
    scope = ("rollups", owner_id, query.job_id, query.step, query.group_by, query.since, query.until)
    bucket, group = _position(context.cursors.read(scope, query.cursor)) if query.cursor else (BEGINNING, "")
    async with context.searches, context.database.acquire() as connection:
        if query.job_id is not None:
            await require_job(connection, query.job_id, owner_id)
        rows = await connection.fetch(
            SUM_ROLLUPS,
            UNITS[query.step],
            owner_id,
            query.job_id,
            query.group_by,
            query.since,
            query.until,
            bucket,
            group,
            limit + 1,
        )
    page, last = cut(rows, limit)
    position: Position = [last["bucket"].isoformat(), last["value"]] if last else []
    return RollupPage(
        items=[RollupItem(bucket=row["bucket"], group=row["value"], lines=row["records"]) for row in page],
        next_cursor=context.cursors.write(scope, position) if last else None,
        step=query.step,
        group_by=query.group_by,
    )


def _position(position: Position) -> tuple[datetime, str]:
    bucket, group = position
    return datetime.fromisoformat(str(bucket)), str(group)


OPERATIONS = (
    Operation("GET", "/api/rollups", "Records over time", "stats", get_rollups, RollupsQuery, Nothing, RollupPage),
)
