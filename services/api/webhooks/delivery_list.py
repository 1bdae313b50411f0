"""What webhooks delivered, as a list, newest first: where each delivery went, and whether it is under way yet."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field, StringConstraints

from services.api.context import Context
from services.api.operations import Call, Nothing, Operation
from services.api.pages import Page, PageQuery, comma_separated, cut

# Those of the page are found first: what they are joined with is looked up for these only.
LIST = """
SELECT delivery_id, event, action, feed AS repository, found.job_id, line_no, received_at,
    CASE WHEN webhook_batches.job_id IS NULL THEN 'queued' ELSE 'waiting' END AS state
FROM (
    SELECT * FROM webhook_deliveries
    WHERE owner_id = $1 AND ($2::text[] IS NULL OR event = ANY ($2)) AND (received_at, delivery_id) < ($3, $4)
    ORDER BY received_at DESC, delivery_id DESC LIMIT $5
) AS found JOIN webhook_feeds USING (job_id) LEFT JOIN webhook_batches USING (job_id, batch_no)
ORDER BY received_at DESC, delivery_id DESC
"""

EventName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
BEFORE_ALL = (datetime.max.replace(tzinfo=UTC), "")


class DeliveriesQuery(PageQuery):
    """Which deliveries."""

    event: Annotated[list[EventName], comma_separated] | None = Field(None, description="only these events, as `push`")


class WebhookDelivery(BaseModel):
    """One delivery that was taken in."""

    delivery_id: str = Field(description="the sender's (X-GitHub-Delivery)")
    event: str
    action: str | None
    repository: str = Field(description="or whatever else it is about, such as an organization")
    job_id: UUID
    line_no: int = Field(description="its first line in the job")
    received_at: datetime
    state: Literal["queued", "waiting"] = Field(
        description="whether the broker has it, or it waits here until the broker takes it"
    )


class WebhookDeliveryPage(Page[WebhookDelivery]):
    """A page of deliveries."""


async def list_deliveries(context: Context, call: Call[DeliveriesQuery, Nothing]) -> WebhookDeliveryPage:
    """What your webhooks delivered, newest first."""
    query, user_id = call.query, call.user.user_id
    limit = query.items(context.settings)
    scope = ("webhook-deliveries", user_id, query.event)
    received_at, delivery_id = _place(context, scope, query.cursor)
    async with context.database.acquire() as connection:
        rows = await connection.fetch(LIST, user_id, query.event, received_at, delivery_id, limit + 1)
    page, last = cut(rows, limit)
    return WebhookDeliveryPage(
        items=[WebhookDelivery.model_validate(dict(row)) for row in page],
        next_cursor=_cursor(context, scope, last) if last else None,
    )


def _place(context: Context, scope: object, cursor: str | None) -> tuple[datetime, str]:
    """After which delivery to go on; raises InputError (422) for a cursor of another list."""
    if not cursor:
        return BEFORE_ALL
    received_at, delivery_id = context.cursors.read(scope, cursor)
    return datetime.fromisoformat(str(received_at)), str(delivery_id)


def _cursor(context: Context, scope: object, last: asyncpg.Record) -> str:
    return context.cursors.write(scope, [last["received_at"].isoformat(), last["delivery_id"]])


OPERATIONS = (
    Operation(
        "GET",
        "/api/webhook-deliveries",
        "What your webhooks delivered",
        "webhooks",
        list_deliveries,
        DeliveriesQuery,
        Nothing,
        WebhookDeliveryPage,
    ),
)
