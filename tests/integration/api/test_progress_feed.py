"""What the database tells of jobs no event told of."""

from uuid import UUID

from services.api.progress.feed import look_up_once
from services.api.progress.hub import Hub
from shared.clock import SYSTEM_CLOCK
from shared.database import Connection, Database
from shared.identifiers import new_job_id


async def enter_user(connection: Connection) -> UUID:
    user_id = new_job_id()
    await connection.execute(
        "INSERT INTO users (user_id, email, password_hash) VALUES ($1, $2, 'none')", user_id, f"{user_id}@example.com"
    )
    return user_id


async def enter_job(connection: Connection, owner: UUID, status: str) -> UUID:
    job_id = new_job_id()
    await connection.execute(
        "INSERT INTO jobs (job_id, owner_id, source, file_name, status) VALUES ($1, $2, 'upload', 'a.log', $3)",
        job_id,
        owner,
        status,
    )
    return job_id


async def test_a_job_that_began_unheard_of_is_found_and_followed_to_its_end(database: Database) -> None:
    hub = Hub(SYSTEM_CLOCK)
    async with database.acquire() as connection:
        alice, bob = await enter_user(connection), await enter_user(connection)
        begun = await enter_job(connection, alice, "processing")
        await enter_job(connection, alice, "cancelled")
        await enter_job(connection, bob, "processing")
    with hub.watch(alice, None) as watch:
        await look_up_once(hub, database)
        assert [progress.job_id for progress in watch.take()] == [begun]
        async with database.acquire() as connection:
            await connection.execute("UPDATE jobs SET status = 'cancelled' WHERE job_id = $1", begun)
        await look_up_once(hub, database)
        assert [(progress.job_id, progress.status) for progress in watch.take()] == [(begun, "cancelled")]
        await look_up_once(hub, database)
        assert watch.take() == []


async def test_who_watches_a_job_that_is_removed_is_told(database: Database) -> None:
    hub = Hub(SYSTEM_CLOCK)
    async with database.acquire() as connection:
        alice = await enter_user(connection)
        job_id = await enter_job(connection, alice, "receiving")
    with hub.watch(alice, None) as watch:
        await look_up_once(hub, database)
        assert [progress.status for progress in watch.take()] == ["receiving"]
        async with database.acquire() as connection:
            await connection.execute("DELETE FROM jobs WHERE job_id = $1", job_id)
        await look_up_once(hub, database)
        told = [(progress.job_id, progress.status, progress.error_message) for progress in watch.take()]
        assert told == [(job_id, "cancelled", "the job was removed")]
        await look_up_once(hub, database)
        assert watch.take() == []
