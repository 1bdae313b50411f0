"""Every route that reads, and who may: put together from the route tables."""

from typing import Any

from starlette.routing import BaseRoute

from services.api import (
    audit,
    job_actions,
    jobs,
    lines,
    preview,
    replays,
    rollups,
    served_elsewhere,
    stats,
    user_formats,
    user_keywords,
)
from services.api.auth import routes as auth
from services.api.context import Context
from services.api.dead_letters import routes as dead_letters
from services.api.docs import docs_routes
from services.api.export import routes as export
from services.api.openapi import build_document
from services.api.operations import AnyOperation, Call, Nothing, Operation, operation_routes
from services.api.queue_status import QueueStatus, read_queue_status
from services.api.verify import routes as verify
from services.api.webhooks import answers as webhook_answers
from services.api.webhooks import delivery_list, secrets


async def get_queue_status(context: Context, _call: Call[Nothing, Nothing]) -> QueueStatus:
    """How full the pipeline's queues are; shows nobody's data and needs no login."""
    return await read_queue_status(context.queues)


OPERATIONS: tuple[AnyOperation, ...] = (
    *auth.OPERATIONS,
    *jobs.OPERATIONS,
    *job_actions.OPERATIONS,
    *lines.OPERATIONS,
    *export.OPERATIONS,
    *verify.OPERATIONS,
    *stats.OPERATIONS,
    *rollups.OPERATIONS,
    *preview.OPERATIONS,
    *user_formats.OPERATIONS,
    *user_keywords.OPERATIONS,
    *dead_letters.OPERATIONS,
    *replays.OPERATIONS,
    *audit.OPERATIONS,
    *secrets.OPERATIONS,
    *delivery_list.OPERATIONS,
    Operation(
        "GET",
        "/api/queue-status",
        "The pipeline's queues",
        "operations",
        get_queue_status,
        Nothing,
        Nothing,
        QueueStatus,
        login=False,
    ),
)


def routes(context: Context) -> list[BaseRoute]:
    """Authentication, reads, the OpenAPI document and the page that shows it."""
    return [*operation_routes(context, OPERATIONS), *docs_routes(document())]


def document() -> dict[str, Any]:
    """The OpenAPI document of the whole api."""
    return build_document([*OPERATIONS, *webhook_answers.OPERATIONS, *served_elsewhere.OPERATIONS])
