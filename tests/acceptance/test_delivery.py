"""What the workers and the aggregator make of messages, good and bad, published by hand."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import aio_pika
import asyncpg
import pytest

from shared.identifiers import new_job_id
from shared.lines import count_lines
from shared.messages import InputHints, LineBatch, encode
from shared.topology import INGEST_QUEUE
from tests.support.suite import POLL_SECONDS, READY_SECONDS, Suite, wait_for
from tests.support.user import User, assert_conserved


class Job:
    """A job whose batches the test publishes itself."""

    def __init__(self, database: "asyncpg.Connection[asyncpg.Record]", channel: aio_pika.abc.AbstractChannel) -> None:
        self.job_id = new_job_id()
        self._database = database
        self._channel = channel

    async def enter(self, user: User, *, batches: int, lines: int) -> None:
        owner = UUID(user.get("/auth/me")["user_id"])
        await self._database.execute(
            "INSERT INTO jobs (job_id, owner_id, source, file_name, status, batches_total, lines_read, sealed_at)"
            " VALUES ($1, $2, 'upload', 'by hand', 'processing', $3, $4, now())",
            self.job_id,
            owner,
            batches,
            lines,
        )

    def message(self, batch_no: int, first_line: int, body: bytes, line_part: int | None = None) -> aio_pika.Message:
        lines = 0 if line_part else count_lines(body)
        batch = LineBatch(self.job_id, batch_no, first_line, lines, 0, body, InputHints(), line_part)
        return encode(batch, datetime.now(UTC))

    async def publish(self, message: aio_pika.Message) -> None:
        await self._channel.default_exchange.publish(message, INGEST_QUEUE)

    async def count(self, table: str) -> int:
        found = await self._database.fetchval(f"SELECT count(*) FROM {table} WHERE job_id = $1", self.job_id)
        assert isinstance(found, int)
        return found

    async def wait_for_row(self, table: str, condition: str) -> None:
        """Returns once the job has a row in `table` that fulfils the condition."""
        query = f"SELECT EXISTS (SELECT FROM {table} WHERE job_id = $1 AND {condition})"
        async with asyncio.timeout(READY_SECONDS):
            while not await self._database.fetchval(query, self.job_id):  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(POLL_SECONDS)


@pytest.fixture
async def job(suite: Suite) -> AsyncIterator[Job]:
    database = await suite.connect()
    broker = await aio_pika.connect(suite.environment["RABBITMQ_URL"])
    try:
        yield Job(database, await broker.channel(on_return_raises=True))
    finally:
        await broker.close()
        await database.close()


def outcomes(suite: Suite, name: str) -> float:
    return sum(worker.metric("logmill_worker_batches_total", outcome=name) for worker in suite.workers)


async def test_batches_out_of_order_and_three_times_each_count_once(suite: Suite, user: User, job: Job) -> None:
    await job.enter(user, batches=10, lines=20)
    before = outcomes(suite, "duplicate")
    for number in reversed(range(10)):
        for _ in range(3):
            await job.publish(job.message(number, 1 + 2 * number, b"10.0.0.1 one\nERROR two\n"))
    ended = user.wait(str(job.job_id))
    wait_for("the copies to be recognised", lambda: outcomes(suite, "duplicate") == before + 20)
    assert (ended["status"], ended["lines_stored"]) == ("completed", 20)
    assert [line["line_no"] for line in user.lines(str(job.job_id))] == list(range(1, 21))
    assert sum(user.get(f"/api/stats/{job.job_id}")["level_distribution"].values()) == 20
    assert await job.count("partials") == 0


async def test_a_poisonous_batch_is_kept_and_its_neighbours_are_stored(suite: Suite, user: User, job: Job) -> None:
    await job.enter(user, batches=3, lines=3)
    poison = job.message(1, 2, b"broken\n")
    poison.body = poison.body[:-1] + b"X"
    for message in (job.message(0, 1, b"one\n"), poison, job.message(2, 3, b"three\n")):
        await job.publish(message)
    ended = user.wait(str(job.job_id))
    assert_conserved(ended)
    assert ended["status"] == "completed_with_errors"
    assert (ended["lines_stored"], ended["lines_dead_lettered"]) == (2, 1)
    assert "1 dead-lettered" in ended["error_message"]
    kept = await job._database.fetchrow("SELECT * FROM dead_letters WHERE job_id = $1", job.job_id)
    assert kept is not None
    assert kept["body"] == poison.body
    assert kept["reason"] == "bad_checksum"


async def test_a_batch_both_stored_and_dead_counts_as_stored(suite: Suite, user: User, job: Job) -> None:
    await job.enter(user, batches=1, lines=1)
    await job.publish(job.message(0, 1, b"one\n"))
    assert user.wait(str(job.job_id))["status"] == "completed"
    poison = job.message(0, 1, b"one\n")
    poison.headers["crc32"] = 1
    await job.publish(poison)
    await job.wait_for_row("dead_letters", "folded_at IS NOT NULL")
    assert_conserved(user.job(str(job.job_id)))
    assert user.job(str(job.job_id))["lines_dead_lettered"] == 0


async def test_a_batch_of_a_deleted_job_leaves_nothing(suite: Suite, job: Job) -> None:
    before = outcomes(suite, "orphaned")
    await job.publish(job.message(0, 1, b"one\n"))
    wait_for("the batch to be settled", lambda: outcomes(suite, "orphaned") == before + 1)
    assert await job.count("log_records") == await job.count("batches") == 0


async def test_parts_of_an_over_long_line_are_all_kept(suite: Suite, user: User, job: Job) -> None:
    await job.enter(user, batches=3, lines=1)
    await job.publish(job.message(0, 1, b"begin ", 0))
    await job.publish(job.message(1, 1, b"middle ", 1))
    await job.publish(job.message(2, 1, b"end\n", 2))
    ended = user.wait(str(job.job_id))
    assert (ended["status"], ended["lines_read"], ended["lines_stored"]) == ("completed", 1, 1)
    parts = await job._database.fetch("SELECT body FROM line_parts WHERE job_id = $1 ORDER BY batch_no", job.job_id)
    assert [bytes(part["body"]) for part in parts] == [b"middle ", b"end\n"]


async def test_a_lost_part_of_an_over_long_line_is_told(suite: Suite, user: User, job: Job) -> None:
    await job.enter(user, batches=2, lines=1)
    await job.publish(job.message(0, 1, b"begin ", 0))
    poison = job.message(1, 1, b"end\n", 1)
    poison.headers["crc32"] = 1
    await job.publish(poison)
    ended = user.wait(str(job.job_id))
    assert_conserved(ended)
    assert ended["status"] == "completed_with_errors"
    assert ended["error_message"] == "of 1 lines, the rest of an over-long one dead-lettered"


@pytest.mark.parametrize(
    "message",
    [
        aio_pika.Message(b""),
        aio_pika.Message(b"text", type="line_batch", headers={"version": 1}),
        aio_pika.Message(b"{}", type="line_batch", headers={"version": 99}),
        aio_pika.Message(b"\xff" * 100, content_type="image/png", headers={"job_id": "../etc", "batch_no": 2**40}),
    ],
)
async def test_foreign_messages_become_dead_letters_at_once(suite: Suite, job: Job, message: aio_pika.Message) -> None:
    before = suite.aggregator.metric("logmill_aggregator_dead_letters_total")
    await job.publish(message)
    wait_for(
        "it to be recorded",
        lambda: suite.aggregator.metric("logmill_aggregator_dead_letters_total") == before + 1,
    )
