"""Replays: the dead letters they took go back into logs_ingest as the messages they were."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
from aio_pika.abc import AbstractChannel

from services.aggregator.dead_letters import OF_ITS_DEATH, REPLAY_HEADER
from services.aggregator.metrics import AggregatorMetrics
from shared.broker import transport_errors
from shared.crash_points import crash_point
from shared.database import Connection, Database
from shared.errors import BrokerUnavailable
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.topology import INGEST_QUEUE

log = get_logger(__name__)

LETTERS_AT_ONCE = 8
"""In memory and unconfirmed."""
PUBLISH_TIMEOUT_SECONDS = 5
"""As long as somebody who cancels a replay, or another aggregator's fold, may have to wait for its letters' locks."""

FIND_RUNNING = "SELECT replay_id FROM replays WHERE status = 'running' ORDER BY created_at, replay_id"
# Another aggregator has the others.
TAKE_LETTERS = """
SELECT dead_letter_id, body, headers, properties FROM dead_letters
WHERE replay_id = $1 AND state = 'replaying' AND published_at IS NULL
LIMIT $2 FOR UPDATE SKIP LOCKED
"""
MARK_PUBLISHED = (
    "UPDATE dead_letters SET published_at = now(), changed_at = now() WHERE dead_letter_id = ANY ($1::uuid[])"
)
GIVE_UP = "UPDATE dead_letters SET state = 'waiting', changed_at = now() WHERE dead_letter_id = ANY ($1::uuid[])"
FINISH = """
UPDATE replays SET status = 'completed', ended_at = now()
WHERE status = 'running' AND NOT EXISTS (
    SELECT FROM dead_letters d WHERE d.replay_id = replays.replay_id AND d.state = 'replaying')
RETURNING replay_id
"""


class Replays:
    """Publishes on one channel, which must have confirms and raise for returned messages.

    Letters are locked while they are published, a few at a time, and marked in the same transaction: several processes
    share a replay, a cancelled one ends after those few, and a crash in between publishes them twice at worst, which
    the ledger makes harmless. While the broker takes nothing, the letters stay where they are.
    """

    def __init__(self, database: Database, channel: AbstractChannel, metrics: AggregatorMetrics, stop: Stop) -> None:
        self._database = database
        self._channel = channel
        self._metrics = metrics
        self._stop = stop
        self._at_once = LETTERS_AT_ONCE

    async def round(self) -> bool:
        """One step of every running replay; True while there is something to publish. Raises BrokerUnavailable."""
        async with self._database.acquire() as connection:
            for row in await connection.fetch(FINISH):
                log.info("replay completed", replay_id=str(row["replay_id"]))
            running = [row["replay_id"] for row in await connection.fetch(FIND_RUNNING)]
        published = 0
        for replay_id in running:
            if not self._stop.is_set():
                published += await self._step(replay_id)
        return published > 0 and not self._stop.is_set()

    async def _step(self, replay_id: UUID) -> int:
        """Publishes some letters of a replay, and answers how many; raises what went wrong with the others."""
        async with self._database.transaction() as connection:
            letters = await connection.fetch(TAKE_LETTERS, replay_id, self._at_once)
            outcomes = await asyncio.gather(
                *(self._publish(replay_id, letter) for letter in letters), return_exceptions=True
            )
            published = [letter["dead_letter_id"] for letter, error in zip(letters, outcomes, strict=True) if not error]
            if published:
                crash_point("aggregator.replayed")
                await connection.execute(MARK_PUBLISHED, published)
            await self._give_up(connection, letters, outcomes)
        self._metrics.replayed_dead_letters.inc(len(published))
        # A publish that was not confirmed may wait in the connection and arrive all the same: one shows how it is.
        unavailable = next((error for error in outcomes if isinstance(error, BrokerUnavailable)), None)
        self._at_once = 1 if unavailable else LETTERS_AT_ONCE
        if unavailable:
            raise unavailable
        return len(letters)

    async def _publish(self, replay_id: UUID, letter: asyncpg.Record) -> None:
        message = replayed_message(replay_id, letter["body"], letter["headers"], letter["properties"])
        with transport_errors():
            await self._channel.default_exchange.publish(
                message, INGEST_QUEUE, mandatory=True, timeout=PUBLISH_TIMEOUT_SECONDS
            )

    async def _give_up(
        self, connection: Connection, letters: list[asyncpg.Record], outcomes: list[BaseException | None]
    ) -> None:
        """Letters that no broker can be sent wait again: a replay of them would never end."""
        refused = {
            letter["dead_letter_id"]: error
            for letter, error in zip(letters, outcomes, strict=True)
            if error and not isinstance(error, BrokerUnavailable)
        }
        for dead_letter_id, error in refused.items():
            log.error("a dead letter cannot be published", dead_letter_id=str(dead_letter_id), error=repr(error))
        if refused:
            await connection.execute(GIVE_UP, list(refused))


def replayed_message(
    replay_id: UUID, body: bytes, headers: dict[str, Any], properties: dict[str, str]
) -> aio_pika.Message:
    """The message as it was before it died, persistent; its header `replay_id` tells its copies from older ones."""
    kept = {name: value for name, value in headers.items() if name not in OF_ITS_DEATH and not name.startswith("x-")}
    return aio_pika.Message(
        body,
        headers={**kept, REPLAY_HEADER: str(replay_id)},
        type=properties.get("type"),
        content_type=properties.get("content_type"),
        content_encoding=properties.get("content_encoding"),
        message_id=properties.get("message_id"),
        timestamp=_timestamp(properties.get("timestamp")),
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def _timestamp(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
