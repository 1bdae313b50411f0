"""Replays: the dead letters they took go back into the queues of work as the messages they were."""

import asyncio
import os
import socket
from datetime import datetime
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelPreconditionFailed, ConnectionFrameError, ConnectionSyntaxError

from services.aggregator.dead_letters import OF_ITS_DEATH, REPLAY_HEADER
from services.aggregator.metrics import AggregatorMetrics
from shared.attempts import Attempt, as_header
from shared.broker import transport_errors
from shared.clock import Clock
from shared.crash_points import crash_point
from shared.database import Connection, Database
from shared.errors import BrokerUnavailable
from shared.lifecycle import Stop
from shared.logs import get_logger
from shared.replay_counts import COUNT_LETTERS
from shared.topology import BULK_QUEUE, INGEST_QUEUE

log = get_logger(__name__)

LETTERS_AT_ONCE = 8
"""In memory and unconfirmed."""
PUBLISH_TIMEOUT_SECONDS = 5
"""As long as somebody who cancels a replay, or another aggregator's fold, may have to wait for its letters' locks."""

MOST_FIRST = 16
"""Letters a replay may have and still go before the bulk of other uploads."""

FIND_RUNNING = "SELECT replay_id, total FROM replays WHERE status = 'running' ORDER BY created_at, replay_id"
# Another aggregator has the others. A job may have been cancelled while the replay began: neither saw the other then.
TAKE_LETTERS = """
SELECT dead_letter_id, body, headers, properties, coalesce(jobs.status = 'cancelled', false) AS is_unwanted
FROM dead_letters AS dead LEFT JOIN jobs USING (job_id)
WHERE replay_id = $1 AND state = 'replaying' AND published_at IS NULL
LIMIT $2 FOR UPDATE OF dead SKIP LOCKED
"""
MARK_PUBLISHED = (
    "UPDATE dead_letters SET published_at = now(), changed_at = now() WHERE dead_letter_id = ANY ($1::uuid[])"
)
GIVE_UP = """
UPDATE dead_letters SET state = 'waiting', changed_at = now(), attempts = attempts || $2::jsonb
WHERE dead_letter_id = ANY ($1::uuid[])
"""
FINISH = f"""
WITH ended AS (
    SELECT replay_id, letters.* FROM replays CROSS JOIN LATERAL ({COUNT_LETTERS}) AS letters
    WHERE status = 'running' AND NOT EXISTS (
        SELECT FROM dead_letters d WHERE d.replay_id = replays.replay_id AND d.state = 'replaying')
)
UPDATE replays SET status = 'completed', ended_at = now(), published = ended.published, stored = ended.stored,
    dead_again = ended.dead_again, waiting = ended.waiting
FROM ended WHERE replays.replay_id = ended.replay_id AND status = 'running'
RETURNING replays.replay_id
"""  # noqa: S608 - a constant
REFUSALS = (ChannelPreconditionFailed, ConnectionFrameError, ConnectionSyntaxError)
"""How the broker ends the channel, or the connection, over a message that is too large or that it cannot read."""


class Replays:
    """Publishes on one channel, which must have confirms and raise for returned messages.

    Letters are locked while they are published, a few at a time, and marked in the same transaction: several processes
    share a replay, a cancelled one ends after those few, and a crash in between publishes them twice at worst, which
    the ledger makes harmless. While the broker takes nothing, the letters stay where they are; what ends the channel
    even alone waits again, with a note, so that the others can go.
    """

    def __init__(
        self, database: Database, channel: AbstractChannel, metrics: AggregatorMetrics, clock: Clock, stop: Stop
    ) -> None:
        self._database = database
        self._channel = channel
        self._metrics = metrics
        self._clock = clock
        self._stop = stop
        self._alone = 0
        self._aggregator = f"aggregator {socket.gethostname()}:{os.getpid()}"

    async def round(self) -> bool:
        """One step of every running replay, whatever becomes of the others; True while there is something to publish.

        Raises BrokerUnavailable where nothing could be published.
        """
        async with self._database.acquire() as connection:
            for row in await connection.fetch(FINISH):
                log.info("replay completed", replay_id=str(row["replay_id"]))
            running = await connection.fetch(FIND_RUNNING)
        done = 0
        trouble: BrokerUnavailable | None = None
        for replay_id, total in running:
            if self._stop.is_set():
                return False
            try:
                done += await self._step(replay_id, queue_for(total))
            except BrokerUnavailable as error:
                trouble = error
        if trouble and not done:
            raise trouble
        return done > 0

    async def _step(self, replay_id: UUID, queue: str) -> int:
        """Publishes some letters of a replay, or lets them wait again, and answers how many; raises what went wrong."""
        async with self._database.transaction() as connection:
            taken = await connection.fetch(TAKE_LETTERS, replay_id, 1 if self._alone else LETTERS_AT_ONCE)
            letters = [letter for letter in taken if not letter["is_unwanted"]]
            if len(letters) < len(taken):
                await connection.execute(GIVE_UP, [row["dead_letter_id"] for row in taken if row["is_unwanted"]], [])
            outcomes = await asyncio.gather(
                *(self._publish(replay_id, letter, queue) for letter in letters), return_exceptions=True
            )
            published = [letter["dead_letter_id"] for letter, error in zip(letters, outcomes, strict=True) if not error]
            if published:
                crash_point("aggregator.replayed")
                await connection.execute(MARK_PUBLISHED, published)
            failed = {letter["dead_letter_id"]: error for letter, error in zip(letters, outcomes, strict=True) if error}
            unavailable = await self._give_up(connection, failed, is_alone=len(letters) == 1)
        self._metrics.replayed_dead_letters.inc(len(published))
        self._take_care(unavailable)
        if unavailable:
            raise unavailable[0]
        return len(taken)

    def _take_care(self, unavailable: list[BrokerUnavailable]) -> None:
        """How many letters to publish one by one from now on."""
        if any(is_refusal(error) for error in unavailable):
            self._alone = LETTERS_AT_ONCE  # one of them ended the channel, and the others with it
        elif unavailable:
            # What was not confirmed may wait in the connection and arrive all the same: one shows how it is.
            self._alone = 1
        else:
            self._alone = max(0, self._alone - 1)

    async def _publish(self, replay_id: UUID, letter: asyncpg.Record, queue: str) -> None:
        message = replayed_message(replay_id, letter["body"], letter["headers"], letter["properties"])
        with transport_errors():
            # The library's own timeout only begins once its connection is back.
            async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
                await self._channel.default_exchange.publish(message, queue, mandatory=True)

    async def _give_up(
        self, connection: Connection, failed: dict[UUID, BaseException], *, is_alone: bool
    ) -> list[BrokerUnavailable]:
        """Letters that no broker can be sent wait again: a replay of them would never end. Answers the other errors."""
        others: list[BrokerUnavailable] = []
        for dead_letter_id, error in failed.items():
            if isinstance(error, BrokerUnavailable) and not (is_alone and is_refusal(error)):
                others.append(error)
                continue
            log.error("a dead letter cannot be published", dead_letter_id=str(dead_letter_id), error=repr(error))
            note = Attempt.made(f"it cannot be published: {error}", self._clock.now(), self._aggregator)
            await connection.execute(GIVE_UP, [dead_letter_id], as_header([note]))
        return others


def queue_for(letters: int) -> str:
    """Where a replay of so many letters goes: a big one must not stand before the beginnings of all uploads."""
    return INGEST_QUEUE if letters <= MOST_FIRST else BULK_QUEUE


def is_refusal(error: BrokerUnavailable) -> bool:
    """Whether the broker is there, and would not have what it was sent."""
    return isinstance(error.__cause__, REFUSALS)


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
