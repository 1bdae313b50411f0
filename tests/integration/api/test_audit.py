"""Who did what: recorded with the action or not at all, and told to those it concerns."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.api.audit import record
from services.api.context import Context
from tests.integration.api.owner import Owner
from tests.integration.api.seed import Seed

PATH = "/api/audit"
LETTERS = "/api/dead-letters"


async def actions(owner: Owner, **query: object) -> list[tuple[str, str]]:
    return [(event["user_email"].split("@")[0], event["action"]) for event in await owner.all_items(PATH, **query)]


async def test_an_event(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id)
    letter_id = await seed.dead_letter(job_id)
    await ann.ask(f"{LETTERS}/{letter_id}", "DELETE")
    (event,) = await ann.all_items(PATH)
    assert event.pop("audit_id") > 0
    assert event.pop("happened_at").endswith("Z")
    assert event == {
        "user_email": "ann@example.org",
        "action": "dead_letters.discard",
        "job_id": str(job_id),
        "dead_letter_id": str(letter_id),
        "replay_id": None,
        "details": {"filter": {"dead_letter_id": str(letter_id)}, "letters": 1},
    }


async def test_it_is_recorded_in_the_actions_own_transaction(ann: Owner, context: Context) -> None:
    job_id = uuid4()

    async def act(error: type[Exception] | None) -> None:
        async with context.database.transaction() as connection:
            await record(connection, ann.user_id, "job.delete", job_id=job_id, details={"file_name": "a.log"})
            if error is not None:
                raise error

    with pytest.raises(ZeroDivisionError):
        await act(ZeroDivisionError)
    assert await actions(ann) == []
    await act(None)
    (event,) = await ann.all_items(PATH, job_id=job_id)
    assert (event["action"], event["job_id"], event["details"]) == ("job.delete", str(job_id), {"file_name": "a.log"})


async def test_what_did_nothing_is_not_recorded(ann: Owner, seed: Seed) -> None:
    letter_id = await seed.dead_letter(await seed.job(ann.user_id), state="stored")
    refused = [
        ("POST", f"/{letter_id}/replay"),
        ("DELETE", f"/{letter_id}"),
        ("POST", "/replay"),
        ("DELETE", "?all=true"),
    ]
    for method, path in refused:
        await ann.ask(LETTERS + path, method)
    assert await actions(ann) == []


async def two_jobs(ann: Owner, bob: Owner, seed: Seed) -> dict[str, UUID]:
    """A letter of Ann's and one of Bob's."""
    anns, bobs = await seed.job(ann.user_id), await seed.job(bob.user_id)
    letters = {"anns letter": await seed.dead_letter(anns), "bobs letter": await seed.dead_letter(bobs)}
    return {"anns": anns, "bobs": bobs, **letters}


async def test_owners_see_what_others_did_to_what_is_theirs(ann: Owner, bob: Owner, boss: Owner, seed: Seed) -> None:
    ids = await two_jobs(ann, bob, seed)
    await boss.ask(f"{LETTERS}/replay", "POST", params={"q": "valueerror"})
    await boss.ask(f"{LETTERS}/{await seed.dead_letter(ids['anns'], 1)}", "DELETE")
    replayed, discarded = ("boss", "dead_letters.replay"), ("boss", "dead_letters.discard")
    expected: list[tuple[Owner, dict[str, UUID], list[tuple[str, str]]]] = [
        (boss, {}, [discarded, replayed]),
        (boss, {"job_id": ids["bobs"]}, [replayed]),
        (boss, {"dead_letter_id": ids["anns letter"]}, [replayed]),
        (ann, {}, [discarded]),
        (ann, {"job_id": ids["anns"]}, [discarded, replayed]),
        (ann, {"dead_letter_id": ids["anns letter"]}, [replayed]),
        (ann, {"job_id": ids["bobs"]}, []),
        (ann, {"dead_letter_id": ids["bobs letter"]}, []),
        (ann, {"job_id": ids["anns"], "dead_letter_id": ids["bobs letter"]}, []),
        (ann, {"job_id": uuid4()}, []),
        (bob, {}, []),
        (bob, {"job_id": ids["bobs"]}, [replayed]),
    ]
    for owner, query, found in expected:
        assert await actions(owner, **query) == found, (owner.email, query)


async def test_an_action_on_letters_of_several_owners_hides_its_filter(
    ann: Owner, bob: Owner, boss: Owner, seed: Seed
) -> None:
    ids = await two_jobs(ann, bob, seed)
    await boss.ask(f"{LETTERS}/replay", "POST", params={"q": "valueerror"})
    seen = [(await owner.all_items(PATH, dead_letter_id=ids["anns letter"]))[0]["details"] for owner in (ann, boss)]
    assert seen == [{}, {"filter": {"q": "valueerror"}, "letters": 2}]
    assert (await ann.get(f"{LETTERS}/{ids['anns letter']}"))["history"][0]["details"] == {}


async def test_events_outlive_what_they_are_about(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id)
    await seed.dead_letter(job_id)
    await ann.ask(LETTERS, "DELETE", params={"job_id": str(job_id)})
    await seed.change("DELETE FROM jobs WHERE job_id = $1", job_id)
    assert await actions(ann, job_id=job_id) == [("ann", "dead_letters.discard")]


async def test_an_event_of_a_user_that_is_gone(boss: Owner, bob: Owner, seed: Seed) -> None:
    await seed.dead_letter(await seed.job(bob.user_id))
    await bob.ask(LETTERS, "DELETE", params={"all": "true"})
    await seed.change("DELETE FROM users WHERE user_id = $1", bob.user_id)
    (event,) = await boss.all_items(PATH)
    assert event["user_email"] is None


async def test_the_history_of_a_letter_is_in_order(ann: Owner, boss: Owner, seed: Seed) -> None:
    letter_id = await seed.dead_letter(await seed.job(ann.user_id))
    replay = (await ann.ask(f"{LETTERS}/{letter_id}/replay", "POST")).json()
    await ann.ask(replay["links"]["cancel"], "POST")
    again = (await boss.ask(f"{LETTERS}/replay", "POST")).json()
    await boss.ask(again["links"]["cancel"], "POST")
    await ann.ask(LETTERS, "DELETE", params={"all": "true"})
    history: list[dict[str, Any]] = (await ann.get(f"{LETTERS}/{letter_id}"))["history"]
    found = [(event["user_email"].split("@")[0], event["action"]) for event in history]
    replayed = "dead_letters.replay"
    assert found == [("ann", replayed), ("boss", replayed), ("ann", "dead_letters.discard")]


async def test_pages_are_newest_first(ann: Owner, context: Context) -> None:
    async with context.database.transaction() as connection:
        for number in range(5):
            await record(connection, ann.user_id, "job.cancel", job_id=uuid4(), details={"number": number})
    for limit in (1, 2, 5):
        found = [event["details"]["number"] for event in await ann.all_items(PATH, limit=limit)]
        assert found == [4, 3, 2, 1, 0], limit
    for query in ({"cursor": "x"}, {"job_id": "7"}, {"dead_letter_id": "x"}, {"limit": "0"}):
        assert (await ann.ask(PATH, params=query)).status_code == 422, query
