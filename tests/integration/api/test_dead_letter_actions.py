"""Replaying and discarding dead letters over HTTP: what is taken, what is refused, and why."""

import asyncio
from uuid import UUID, uuid4

import pytest

from services.api.auth.accounts import User
from services.api.context import Context
from services.api.dead_letters.filters import LetterFilter
from services.api.dead_letters.replaying import call_back, start_replay
from services.api.replays import Replay
from shared.database import Database
from tests.integration.api.owner import Owner
from tests.integration.api.seed import NOON, Record, Seed

PATH = "/api/dead-letters"


@pytest.fixture
async def job_id(ann: Owner, seed: Seed) -> UUID:
    """A job of Ann's that ended with errors."""
    return await seed.job(ann.user_id, status="completed_with_errors", file_name="app.log")


async def state_of(owner: Owner, letter_id: UUID) -> str:
    found: str = (await owner.get(f"{PATH}/{letter_id}"))["state"]
    return found


async def test_replaying_one(ann: Owner, seed: Seed, job_id: UUID) -> None:
    letter_id, other = await seed.dead_letter(job_id), await seed.dead_letter(job_id, 1)
    answer = await ann.ask(f"{PATH}/{letter_id}/replay", "POST")
    replay = answer.json()
    assert answer.status_code == 202
    assert (replay["status"], replay["total"], replay["waiting"], replay["published"]) == ("running", 1, 1, 0)
    assert replay["filter"] == {"dead_letter_id": str(letter_id)}
    letter = await ann.get(f"{PATH}/{letter_id}")
    assert (letter["state"], letter["replays"]) == ("replaying", 1)
    (event,) = letter["history"]
    assert (event["action"], event["user_email"]) == ("dead_letters.replay", "ann@example.org")
    assert await state_of(ann, other) == "waiting"
    again = await ann.ask(f"{PATH}/{letter_id}/replay", "POST")
    assert (again.status_code, again.json()["title"]) == (409, "Already replaying")
    assert await ann.get(replay["links"]["self"]) == replay


async def change_letter(seed: Seed, job_id: UUID, letter_id: UUID, how: str) -> None:
    changes = {
        "published long ago": "state = 'replaying', published_at = now() - interval '11 minutes', replay_id = $2",
        "published just now": "state = 'replaying', published_at = now() - interval '9 minutes', replay_id = $2",
        "not published yet": "state = 'replaying', replay_id = $2",
        "its replay is gone": "state = 'replaying'",
        "stored": "state = 'stored', body = ''",
        "discarded": "state = 'discarded', body = ''",
        "without headers": "headers = '{}'",
        "another's headers": "headers = headers || '{\"batch_no\": 8}'",
        "capital letters": "headers = headers || jsonb_build_object('job_id', upper(job_id::text))",
    }
    if how == "of a cancelled job":
        await seed.change("UPDATE jobs SET status = 'cancelled' WHERE job_id = $1", job_id)
    elif "$2" in (change := changes[how]):
        replay_id = uuid4()
        await seed.change(
            "INSERT INTO replays (replay_id, user_id, filter, total)"
            " SELECT $1, owner_id, '{}', 1 FROM jobs WHERE job_id = $2",
            replay_id,
            job_id,
        )
        await seed.change(f"UPDATE dead_letters SET {change} WHERE dead_letter_id = $1", letter_id, replay_id)
    else:
        await seed.change(f"UPDATE dead_letters SET {change} WHERE dead_letter_id = $1", letter_id)


REPLAYABLE: list[tuple[str, str | None]] = [
    ("published long ago", None),
    ("its replay is gone", None),
    ("capital letters", None),
    ("published just now", "Already replaying"),
    ("not published yet", "Already replaying"),
    ("stored", "Already stored"),
    ("discarded", "Discarded"),
    ("without headers", "Not replayable"),
    ("another's headers", "Not replayable"),
    ("of a cancelled job", "Job cancelled"),
]


@pytest.mark.parametrize(("how", "refused"), REPLAYABLE)
async def test_what_can_be_replayed(ann: Owner, seed: Seed, job_id: UUID, how: str, refused: str | None) -> None:
    letter_id = await seed.dead_letter(job_id)
    await change_letter(seed, job_id, letter_id, how)
    answer = await ann.ask(f"{PATH}/{letter_id}/replay", "POST")
    assert (answer.status_code, answer.json().get("title")) == ((409, refused) if refused else (202, None))
    many = await ann.ask(f"{PATH}/replay", "POST")
    assert (many.status_code, many.json()["title"]) == (409, "Nothing to replay")
    assert many.json()["detail"].startswith("Of the dead letters that match, none can be replayed: 1 ")


async def test_a_letter_without_a_job_cannot_be_replayed(boss: Owner, seed: Seed) -> None:
    letter_id = await seed.dead_letter(None)
    answer = await boss.ask(f"{PATH}/{letter_id}/replay", "POST")
    assert (answer.status_code, answer.json()["title"]) == (409, "Not replayable")


async def test_replaying_a_filter(ann: Owner, bob: Owner, boss: Owner, seed: Seed, job_id: UUID) -> None:
    wanted = [await seed.dead_letter(job_id, n, reason="bad_checksum") for n in range(3)]
    others = [
        await seed.dead_letter(job_id, 3),
        await seed.dead_letter(job_id, 4, state="stored", reason="bad_checksum"),
    ]
    bobs = await seed.dead_letter(await seed.job(bob.user_id), reason="bad_checksum")
    query = {"reason": "bad_checksum", "job_id": str(job_id)}
    replay = (await boss.ask(f"{PATH}/replay", "POST", params=query)).json()
    assert (replay["total"], replay["filter"]) == (3, query)
    assert {await state_of(ann, letter_id) for letter_id in wanted} == {"replaying"}
    assert [await state_of(ann, letter_id) for letter_id in others] == ["waiting", "stored"]
    assert await state_of(bob, bobs) == "waiting"
    (event,) = (await ann.get(f"{PATH}/{wanted[0]}"))["history"]
    assert (event["user_email"], event["details"]) == ("boss@example.org", {"filter": query, "letters": 3})
    nothing = await ann.ask(f"{PATH}/replay", "POST", params=query)
    told = "Of the dead letters that match, none can be replayed: 3 being replayed already, 1 stored already."
    assert (nothing.status_code, nothing.json()["detail"]) == (409, told)


async def test_replaying_all(ann: Owner, bob: Owner, seed: Seed, job_id: UUID) -> None:
    await seed.dead_letters(job_id, 5)
    bobs = await seed.dead_letter(await seed.job(bob.user_id))
    answer = await ann.ask(f"{PATH}/replay", "POST")
    assert (answer.status_code, answer.json()["total"]) == (202, 5)
    assert await state_of(bob, bobs) == "waiting"
    empty = await ann.ask(f"{PATH}/replay", "POST", params={"q": "nowhere"})
    assert (empty.status_code, empty.json()["detail"]) == (409, "There is no dead letter that matches.")


async def test_two_replays_at_once_share_the_letters(ann: Owner, seed: Seed, job_id: UUID) -> None:
    await seed.dead_letters(job_id, 200)
    answers = await asyncio.gather(*(ann.ask(f"{PATH}/replay", "POST") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert sum(answer.json()["total"] for answer in answers if answer.status_code == 202) == 200


async def test_twenty_thousand_letters(ann: Owner, seed: Seed, job_id: UUID) -> None:
    await seed.dead_letters(job_id, 20_000)
    replay = (await ann.ask(f"{PATH}/replay", "POST")).json()
    assert replay["total"] == 20_000
    assert (await ann.get(replay["links"]["self"]))["waiting"] == 20_000
    cancelled = (await ann.ask(replay["links"]["cancel"], "POST")).json()
    assert (cancelled["status"], cancelled["waiting"]) == ("cancelled", 20_000)
    (group,) = (await ann.get(PATH + "/groups"))["items"]
    assert (group["letters"], group["lines"]) == (20_000, 200_000)
    assert (await ann.ask(PATH, "DELETE", params={"all": "true"})).json() == {"discarded": 20_000}


async def test_discarding_one(ann: Owner, seed: Seed, job_id: UUID) -> None:
    letter_id = await seed.dead_letter(job_id)
    for _ in range(2):
        assert (await ann.ask(f"{PATH}/{letter_id}", "DELETE")).status_code == 204
    letter = await ann.get(f"{PATH}/{letter_id}")
    assert (letter["state"], letter["body_bytes"], letter["line_count"]) == ("discarded", 0, 2)
    assert letter["headers"]["batch_no"] == 0
    assert [event["action"] for event in letter["history"]] == ["dead_letters.discard"]
    assert await ann.all_items(PATH) == []


@pytest.mark.parametrize(("state", "title"), [("stored", "Already stored"), ("replaying", "Already replaying")])
async def test_what_cannot_be_discarded(ann: Owner, seed: Seed, job_id: UUID, state: str, title: str) -> None:
    letter_id = await seed.dead_letter(job_id, state=state)
    answer = await ann.ask(f"{PATH}/{letter_id}", "DELETE")
    assert (answer.status_code, answer.json()["title"]) == (409, title)
    answer = await ann.ask(PATH, "DELETE", params={"all": "true"})
    assert (answer.status_code, answer.json()) == (200, {"discarded": 0})
    assert await state_of(ann, letter_id) == state


async def test_discarding_a_filter(ann: Owner, bob: Owner, seed: Seed, job_id: UUID) -> None:
    gone = [await seed.dead_letter(job_id, n, reason="bad_checksum") for n in range(2)]
    kept = [
        await seed.dead_letter(job_id, 2),
        await seed.dead_letter(await seed.job(ann.user_id), reason="bad_checksum"),
    ]
    bobs = await seed.dead_letter(await seed.job(bob.user_id), reason="bad_checksum")
    query = {"reason": "bad_checksum", "job_id": str(job_id)}
    assert (await ann.ask(PATH, "DELETE", params=query)).json() == {"discarded": 2}
    assert (await ann.ask(PATH, "DELETE", params=query)).json() == {"discarded": 0}
    assert [await state_of(ann, letter_id) for letter_id in [*gone, *kept]] == ["discarded"] * 2 + ["waiting"] * 2
    assert await state_of(bob, bobs) == "waiting"
    (event,) = (await ann.get(f"{PATH}/{gone[1]}"))["history"]
    assert (event["action"], event["details"]) == ("dead_letters.discard", {"filter": query, "letters": 2})


async def test_a_discarded_letter_is_missing_in_the_raw_export(ann: Owner, seed: Seed) -> None:
    columns = {"lines_read": 3, "batches_total": 2, "ends_in_newline": True}
    job_id = await seed.job(ann.user_id, status="completed_with_errors", **columns)
    await seed.batch(job_id, 0, [Record(1, "hello")])
    letter_id = await seed.dead_letter(job_id, 1, b"one\ntwo\n")
    path = f"/api/jobs/{job_id}/export?format=raw"
    assert (await ann.ask(path)).content == b"hello\none\ntwo\n"
    await ann.ask(f"{PATH}/{letter_id}", "DELETE")
    answer = await ann.ask(path)
    assert (answer.status_code, answer.json()["title"]) == (409, "Lines missing")
    assert "discarded" in answer.json()["detail"]


async def act(database: Database, user: User, wanted: LetterFilter) -> Replay | None:
    async with database.transaction() as connection:
        return await start_replay(connection, user, wanted, "job.retry")


async def test_a_jobs_letters_are_replayed_and_called_back(
    ann: Owner, seed: Seed, context: Context, job_id: UUID
) -> None:
    user = User(ann.user_id, ann.email, NOON, is_operator=False, session_id=None, api_key_id=None)
    letter_id = await seed.dead_letter(job_id)
    assert await act(context.database, user, LetterFilter(job_id=uuid4())) is None
    replay = await act(context.database, user, LetterFilter(job_id=job_id))
    assert replay is not None
    assert (replay.total, await state_of(ann, letter_id)) == (1, "replaying")
    (event,) = await ann.all_items("/api/audit", job_id=job_id)
    assert (event["action"], event["replay_id"]) == ("job.retry", str(replay.replay_id))
    async with context.database.transaction() as connection:
        await call_back(connection, job_id)
    assert await state_of(ann, letter_id) == "waiting"
