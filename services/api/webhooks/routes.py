"""POST /webhook/github."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from services.api.context import Context
from services.api.metrics import ApiMetrics
from services.api.operations import json_response
from services.api.threads import aside
from services.api.webhooks.answers import delivery_answer
from services.api.webhooks.authentication import require_signature, require_signer
from services.api.webhooks.body import Bodies
from services.api.webhooks.deliveries import Head, read_content, read_delivery, read_head
from services.api.webhooks.intake import Intake
from services.api.webhooks.keyring import Signer
from services.api.webhooks.ping import ping_answer
from shared import tracing
from shared.errors import InputError, TransientError

INLINE_BYTES = 64 * 1024
"""Read without a thread."""
RESULTS = {
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.TOO_MANY_REQUESTS: "unauthorized",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
}


class Webhooks:
    """Takes deliveries in and tells how that went, in time for GitHub."""

    def __init__(self, context: Context, intake: Intake, metrics: ApiMetrics) -> None:
        settings = context.settings
        self._context = context
        self._intake = intake
        self._metrics = metrics
        self._seconds = settings.webhook_answer_seconds
        self._max_bytes = settings.max_webhook_bytes
        self._bodies = Bodies(settings.max_webhook_bytes, settings.max_webhook_bytes_at_once)

    async def answer(self, request: Request) -> Response:
        """202 once the broker has the delivery, 200 to a ping; raises InputError and TransientError."""
        with self._measured():
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._take(request)
            except TimeoutError:
                told = f"It was not done within {self._seconds:g} s (webhook_answer_seconds). Deliver it again."
                raise InputError(503, "Not done in time", told) from None

    async def _take(self, request: Request) -> Response:
        require_signature(self._context, request)
        async with self._bodies.hold(request) as body:
            signer = await require_signer(self._context, request, body)
            head = read_head(request.headers)
            if head.event == "ping":
                return await self._pong(head, body, signer)
            now = self._context.clock.now()
            delivery = await aside(len(body), INLINE_BYTES, lambda: read_delivery(head, body, signer.owner_id, now))
            span = tracing.current()
            span.set({"logmill.webhook.event": delivery.event, "logmill.webhook.delivery": head.delivery_id})
            place = await self._intake.accept(replace(delivery, traceparent=span.traceparent))
            span.set({"logmill.job.id": str(place.batch.job_id), "logmill.batch.no": place.batch.batch_no})
        self._count("accepted" if place.is_new else "repeated")
        return json_response(delivery_answer(head.delivery_id, place), 202)

    async def _pong(self, head: Head, body: bytes, signer: Signer) -> Response:
        _, payload = await aside(len(body), INLINE_BYTES, lambda: read_content(head, body))
        told = ping_answer(payload, signer, is_form=head.is_form, max_bytes=self._max_bytes)
        self._count("ping")
        return json_response(told)

    def _count(self, result: str) -> None:
        self._metrics.webhook_deliveries.labels(result).inc()

    @contextmanager
    def _measured(self) -> Iterator[None]:
        with self._metrics.webhook_seconds.time():
            try:
                yield
            except InputError as error:
                is_refusal = error.status == HTTPStatus.SERVICE_UNAVAILABLE
                self._count("refused" if is_refusal else RESULTS.get(HTTPStatus(error.status), "invalid"))
                raise
            except TransientError:
                self._count("refused")
                raise
