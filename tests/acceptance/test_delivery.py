"""What the workers and the aggregator make of messages, good and bad, published by hand."""

from collections.abc import AsyncIterator

import aio_pika
import pytest

from shared.identifiers import new_job_id
from tests.support.by_hand import (
    Channel,
    Database,
    enter_job,
    id_of,
    line_batch,
    open_channel,
    publish,
    spoil,
    start_replay,
    wait_for_value,
)
from tests.support.suite import Suite, wait_for
from tests.support.user import User, assert_conserved


@pytest.fixture
async def database(suite: Suite) -> AsyncIterator[Database]:
    connection = await suite.connect()
    yield connection
    await connection.close()


@pytest.fixture
async def channel(suite: Suite) -> AsyncIterator[Channel]:
    async with open_channel(suite) as channel:
        yield channel


def outcomes(suite: Suite, name: str) -> float:
    return sum(worker.metric("logmill_worker_batches_total", outcome=name) for worker in suite.workers)


async def test_batches_out_of_order_and_three_times_each_count_once(
    suite: Suite, user: User, database: Database, channel: Channel
) -> None:
    job_id = await enter_job(database, batches=10, lines=20, owner_id=id_of(user))
    before = outcomes(suite, "duplicate")
    for number in reversed(range(10)):
        for _ in range(3):
            await publish(channel, line_batch(job_id, number, b"10.0.0.1 one\nERROR two\n"))
    ended = user.wait(str(job_id))
    wait_for("the copies to be recognised", lambda: outcomes(suite, "duplicate") == before + 20)
    assert (ended["status"], ended["lines_stored"]) == ("completed", 20)
    assert [line["line_no"] for line in user.lines(str(job_id))] == list(range(1, 21))
    assert sum(user.get(f"/api/stats/{job_id}")["level_distribution"].values()) == 20
    assert await database.fetchval("SELECT count(*) FROM partials WHERE job_id = $1", job_id) == 0


async def test_a_poisonous_batch_is_kept_and_its_neighbours_are_stored(
    user: User, database: Database, channel: Channel
) -> None:
    job_id = await enter_job(database, batches=3, lines=3, owner_id=id_of(user))
    poison = line_batch(job_id, 1, b"broken\n")
    poison.body = poison.body[:-1] + b"X"
    for message in (line_batch(job_id, 0, b"one\n"), poison, line_batch(job_id, 2, b"three\n")):
        await publish(channel, message)
    ended = user.wait(str(job_id))
    assert_conserved(ended)
    assert ended["status"] == "completed_with_errors"
    assert (ended["lines_stored"], ended["lines_dead_lettered"]) == (2, 1)
    assert "1 dead-lettered" in ended["error_message"]
    kept = await database.fetchrow("SELECT * FROM dead_letters WHERE job_id = $1", job_id)
    assert kept is not None
    assert kept["body"] == poison.body
    assert kept["reason"] == "bad_checksum"


async def test_a_batch_both_stored_and_dead_counts_as_stored(user: User, database: Database, channel: Channel) -> None:
    job_id = await enter_job(database, batches=1, lines=1, owner_id=id_of(user))
    await publish(channel, line_batch(job_id, 0, b"one\n"))
    assert user.wait(str(job_id))["status"] == "completed"
    await publish(channel, spoil(line_batch(job_id, 0, b"one\n")))
    folded = "SELECT EXISTS (SELECT FROM dead_letters WHERE job_id = $1 AND folded_at IS NOT NULL)"
    await wait_for_value(database, True, folded, job_id)
    assert_conserved(user.job(str(job_id)))
    assert user.job(str(job_id))["lines_dead_lettered"] == 0


async def test_a_batch_of_a_deleted_job_leaves_nothing(suite: Suite, database: Database, channel: Channel) -> None:
    before, gone = outcomes(suite, "orphaned"), new_job_id()
    await database.execute("INSERT INTO job_tombstones (job_id) VALUES ($1)", gone)
    await publish(channel, line_batch(gone, 0, b"one\n"))
    wait_for("the batch to be settled", lambda: outcomes(suite, "orphaned") == before + 1)
    for table in ("log_records", "batches"):
        assert await database.fetchval(f"SELECT count(*) FROM {table} WHERE job_id = $1", gone) == 0


@pytest.mark.usefixtures("user")
async def test_a_batch_of_a_job_that_nobody_knows_is_kept_also_when_it_is_replayed(
    database: Database, channel: Channel
) -> None:
    """What a restored database does not have any more, or another one has, is nobody's to drop."""
    job_id = new_job_id()
    sent = line_batch(job_id, 0, b"of the unknown job %s\n" % job_id.hex.encode())
    await publish(channel, sent)
    kept = "SELECT count(*) FROM dead_letters WHERE reason = 'unknown_job' AND job_id IS NULL AND body = $1"
    await wait_for_value(database, 1, kept, sent.body)
    replay_id = await start_replay(database, "body = $1", sent.body)
    ended = "SELECT (status, published, dead_again)::text FROM replays WHERE replay_id = $1"
    await wait_for_value(database, "(completed,1,1)", ended, replay_id)
    assert await database.fetchval(kept, sent.body) == 1


async def test_parts_of_an_over_long_line_are_all_kept(user: User, database: Database, channel: Channel) -> None:
    job_id = await enter_job(database, batches=3, lines=1, owner_id=id_of(user))
    for number, body in enumerate((b"begin ", b"middle ", b"end\n")):
        await publish(channel, line_batch(job_id, number, body, first_line=1, line_part=number))
    ended = user.wait(str(job_id))
    assert (ended["status"], ended["lines_read"], ended["lines_stored"]) == ("completed", 1, 1)
    parts = await database.fetch("SELECT body FROM line_parts WHERE job_id = $1 ORDER BY batch_no", job_id)
    assert [bytes(part["body"]) for part in parts] == [b"middle ", b"end\n"]


async def test_a_lost_part_of_an_over_long_line_is_told(user: User, database: Database, channel: Channel) -> None:
    job_id = await enter_job(database, batches=2, lines=1, owner_id=id_of(user))
    await publish(channel, line_batch(job_id, 0, b"begin ", first_line=1, line_part=0))
    await publish(channel, spoil(line_batch(job_id, 1, b"end\n", first_line=1, line_part=1)))
    ended = user.wait(str(job_id))
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
async def test_foreign_messages_become_dead_letters_at_once(
    suite: Suite, channel: Channel, message: aio_pika.Message
) -> None:
    before = suite.aggregator.metric("logmill_aggregator_dead_letters_total")
    await publish(channel, message)
    wait_for(
        "it to be recorded",
        lambda: suite.aggregator.metric("logmill_aggregator_dead_letters_total") == before + 1,
    )
