"""Dead letters over HTTP: who sees which, and what they hold."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.integration.api.owner import Owner
from tests.integration.api.seed import NOON, Seed

PATH = "/api/dead-letters"


@pytest.fixture
async def job_id(ann: Owner, seed: Seed) -> UUID:
    """A job of Ann's that ended with errors."""
    return await seed.job(ann.user_id, status="completed_with_errors", file_name="app.log")


async def ids_of(owner: Owner, **query: object) -> list[str]:
    return [item["dead_letter_id"] for item in await owner.all_items(PATH, **query)]


async def state_of(owner: Owner, letter_id: UUID) -> str:
    found: str = (await owner.get(f"{PATH}/{letter_id}"))["state"]
    return found


async def test_a_letter_in_a_list(ann: Owner, seed: Seed, job_id: UUID) -> None:
    attempts = [{"at": "2025-01-31T12:00:00+00:00", "error": "ValueError: no", "worker": "host:1"}]
    letter_id = await seed.dead_letter(job_id, 7, dead_lettered_at=NOON, changed_at=NOON, attempts=attempts)
    (letter,) = await ann.all_items(PATH)
    assert letter.pop("body_bytes") > 0
    assert letter == {
        "dead_letter_id": str(letter_id),
        "job_id": str(job_id),
        "file_name": "app.log",
        "batch_no": 7,
        "first_line": 1,
        "line_count": 2,
        "reason": "attempts_exhausted",
        "detail": "ValueError: no",
        "state": "waiting",
        "attempts": 1,
        "replays": 0,
        "dead_lettered_at": "2025-01-31T12:00:00Z",
        "changed_at": "2025-01-31T12:00:00Z",
    }


async def test_pages_are_newest_first(ann: Owner, seed: Seed, job_id: UUID) -> None:
    same = [await seed.dead_letter(job_id, number, dead_lettered_at=NOON) for number in range(3)]
    newer = [await seed.dead_letter(job_id, 3 + n, dead_lettered_at=NOON + timedelta(seconds=n)) for n in range(1, 3)]
    expected = [str(letter_id) for letter_id in [*reversed(newer), *sorted(same, reverse=True)]]
    for limit in (1, 2, 5, 50):
        assert await ids_of(ann, limit=limit) == expected, limit


async def test_a_cursor_is_good_for_its_filter_only(ann: Owner, seed: Seed, job_id: UUID) -> None:
    await seed.dead_letters(job_id, 3)
    cursor = (await ann.get(PATH, limit=1))["next_cursor"]
    for query in ({"state": "all"}, {"q": "x"}, {"job_id": str(job_id)}):
        assert (await ann.ask(PATH, params={"cursor": cursor, **query})).status_code == 422, query


FILTERS: list[tuple[dict[str, str], set[str]]] = [
    ({}, {"died", "under way"}),
    ({"state": "all"}, {"died", "under way", "stored", "gone"}),
    ({"state": "waiting"}, {"died"}),
    ({"state": "stored,discarded"}, {"stored", "gone"}),
    ({"reason": "bad_checksum"}, {"died"}),
    ({"reason": "BAD_CHECKSUM"}, set()),
    ({"q": "CHECKSUM"}, {"died"}),
    ({"q": "100%"}, {"under way"}),
    ({"q": "1_0"}, set()),
    ({"q": "back\\slash", "state": "all"}, {"stored"}),
    ({"q": "app.log"}, {"died", "under way"}),
    ({"q": "app_log"}, set()),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
async def test_filters(ann: Owner, seed: Seed, job_id: UUID, query: dict[str, str], expected: set[str]) -> None:
    letters = {
        "died": await seed.dead_letter(job_id, 0, reason="bad_checksum", detail="crc32"),
        "under way": await seed.dead_letter(job_id, 1, state="replaying", detail="at 100% load"),
        "stored": await seed.dead_letter(job_id, 2, state="stored", body=b"", detail="a back\\slash"),
        "gone": await seed.dead_letter(job_id, 3, state="discarded", body=b""),
    }
    names = {str(letter_id): name for name, letter_id in letters.items()}
    assert {names[found] for found in await ids_of(ann, **query)} == expected


REFUSED: list[tuple[str, str, dict[str, str], str]] = [
    ("GET", PATH, {"state": "dead"}, "state.0"),
    ("GET", PATH, {"state": "waiting,dead"}, "state.1"),
    ("GET", PATH, {"job_id": "7"}, "job_id"),
    ("GET", PATH, {"q": "\0"}, "q"),
    ("GET", PATH, {"q": "x" * 1001}, "q"),
    ("GET", PATH, {"reason": "x" * 201}, "reason"),
    ("GET", PATH, {"limit": "0"}, "limit"),
    ("GET", PATH + "/groups", {"state": "dead"}, "state.0"),
    ("POST", PATH + "/replay", {"reson": "bad_checksum"}, "reson"),
    ("POST", PATH + "/replay", {"job_id": "", "reason": "attempts_exhausted"}, "job_id"),
    ("DELETE", PATH, {"job_id": "", "reason": "attempts_exhausted"}, "job_id"),
    ("DELETE", PATH, {"job_id": "", "all": "true"}, "job_id"),
    ("DELETE", PATH, {}, ""),
    ("DELETE", PATH, {"all": "false"}, ""),
    ("DELETE", PATH, {"state": "waiting"}, ""),
    ("DELETE", PATH, {"all": "true", "reason": "x"}, ""),
    ("DELETE", PATH, {"all": "true", "reson": "x"}, "reson"),
]


@pytest.mark.parametrize(("method", "path", "query", "pointer"), REFUSED)
async def test_wrong_filters_are_named(
    ann: Owner, seed: Seed, job_id: UUID, method: str, path: str, query: dict[str, str], pointer: str
) -> None:
    letter_id = await seed.dead_letter(job_id)
    answer = await ann.ask(path, method, params=query)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert await state_of(ann, letter_id) == "waiting"


async def test_groups(ann: Owner, bob: Owner, seed: Seed, job_id: UUID) -> None:
    other = await seed.job(ann.user_id, status="failed")
    later = NOON + timedelta(minutes=5)
    for number in range(3):
        await seed.dead_letter(job_id, number, reason="bad_checksum", detail="old", dead_lettered_at=NOON)
    await seed.dead_letter(other, 0, reason="bad_checksum", detail="d" * 2000, dead_lettered_at=later)
    await seed.dead_letter(job_id, 3, dead_lettered_at=NOON)
    await seed.dead_letter(job_id, 4, state="stored", body=b"")
    await seed.dead_letter(await seed.job(bob.user_id))
    page = await ann.get(PATH + "/groups")
    times = {"first_at": "2025-01-31T12:00:00Z", "last_at": "2025-01-31T12:00:00Z"}
    assert page == {
        "items": [
            {"reason": "bad_checksum", "letters": 4, "lines": 8, "jobs": 2}
            | {**times, "last_at": "2025-01-31T12:05:00Z", "detail": "d" * 1000},
            {"reason": "attempts_exhausted", "letters": 1, "lines": 2, "jobs": 1, **times, "detail": "ValueError: no"},
        ],
        "next_cursor": None,
    }
    assert [group["letters"] for group in (await ann.get(PATH + "/groups", job_id=job_id))["items"]] == [3, 1]


async def test_how_many_wait(ann: Owner, bob: Owner, boss: Owner, seed: Seed, job_id: UUID) -> None:
    path = PATH + "/count"
    for number, state in enumerate(("waiting", "waiting", "replaying", "stored", "discarded")):
        await seed.dead_letter(job_id, number, state=state)
    await seed.dead_letter(None)
    assert [await owner.get(path) for owner in (ann, bob, boss)] == [{"waiting": n} for n in (2, 0, 3)]
    await seed.dead_letters(await seed.job(bob.user_id), 10_001)
    assert [await owner.get(path) for owner in (ann, bob, boss)] == [{"waiting": n} for n in (2, 10_000, 10_000)]


async def test_one_letter(ann: Owner, seed: Seed, job_id: UUID) -> None:
    attempts = ["an old one", {"at": "2025-01-31T12:00:00+00:00", "error": "again", "worker": "host:1"}]
    letter_id = await seed.dead_letter(
        job_id, 7, "grüß\x00e\n".encode(), attempts=attempts, trace="in parse", detail="d" * 2000
    )
    letter = await ann.get(f"{PATH}/{letter_id}")
    assert letter["payload"] == {"text": "grüß\x00e\n", "encoding": "lines", "bytes": 9, "is_cut": False}
    assert letter["attempts_made"] == [{"at": None, "error": "an old one", "worker": None}, attempts[1]]
    assert letter["headers"]["batch_no"] == 7
    assert letter["properties"] == {"type": "line_batch", "message_id": f"{job_id}:7"}
    assert (letter["trace"], letter["attempts"], letter["history"]) == ("in parse", 2, [])
    assert letter["detail"] == "d" * 2000


async def test_one_letter_that_is_nothing_of_ours(boss: Owner, seed: Seed) -> None:
    letter_id = await seed.dead_letter(None, body=b"\x80", headers={}, line_count=0)
    await seed.change("UPDATE dead_letters SET batch_no = NULL, first_line = NULL, body = $1", b"\x80 not ours")
    letter = await boss.get(f"{PATH}/{letter_id}")
    encoded = base64.b64encode(b"\x80 not ours").decode()
    assert letter["payload"] == {"text": encoded, "encoding": "base64", "bytes": 10, "is_cut": False}
    assert (letter["job_id"], letter["file_name"], letter["batch_no"]) == (None, None, None)
    answer = await boss.ask(f"{PATH}/{letter_id}/payload")
    assert answer.content == b"\x80 not ours"
    assert f'filename="dead-letter-{letter_id}.bin"' in answer.headers["content-disposition"]


async def test_a_payload_is_a_download(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id, file_name='../<b>"ü".log.gz')
    body = b"<script>\xff\x00\n" * 20_000
    letter_id = await seed.dead_letter(job_id, 3, body)
    answer = await ann.ask(f"{PATH}/{letter_id}/payload")
    assert (answer.status_code, answer.content) == (200, body)
    headers = answer.headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-disposition"].startswith('attachment; filename="batch-3-of-.._')
    shown = (await ann.get(f"{PATH}/{letter_id}"))["payload"]
    assert (shown["bytes"], shown["is_cut"]) == (len(body), True)
    assert 65_533 <= len(shown["text"]) <= 65_536
    assert shown["text"].startswith("<script>\ufffd\x00\n")


@pytest.mark.parametrize(("state", "title"), [("stored", "Already stored"), ("discarded", "Discarded")])
async def test_what_is_gone_is_no_payload(ann: Owner, seed: Seed, job_id: UUID, state: str, title: str) -> None:
    letter_id = await seed.dead_letter(job_id, state=state)
    await seed.change("UPDATE dead_letters SET body = ''")
    answer = await ann.ask(f"{PATH}/{letter_id}/payload")
    assert (answer.status_code, answer.json()["title"]) == (409, title)
    assert (await ann.get(f"{PATH}/{letter_id}"))["payload"]["bytes"] == 0


async def test_owners_see_their_own_and_operators_all(ann: Owner, bob: Owner, boss: Owner, seed: Seed) -> None:
    anns = await seed.dead_letter(await seed.job(ann.user_id, status="failed"))
    bobs = await seed.dead_letter(await seed.job(bob.user_id, status="failed"))
    nobodys = await seed.dead_letter(None)
    for owner, seen in ((ann, {anns}), (bob, {bobs}), (boss, {anns, bobs, nobodys})):
        assert set(await ids_of(owner)) == {str(letter_id) for letter_id in seen}
        groups = (await owner.get(PATH + "/groups"))["items"]
        assert sum(group["letters"] for group in groups) == len(seen)
        for letter_id in (anns, bobs, nobodys):
            statuses = [(await owner.ask(f"{PATH}/{letter_id}{rest}")).status_code for rest in ("", "/payload")]
            assert statuses == [200 if letter_id in seen else 404] * 2


async def test_nobody_acts_on_others_letters(ann: Owner, bob: Owner, seed: Seed, job_id: UUID) -> None:
    letter_id = await seed.dead_letter(job_id)
    nobodys = await seed.dead_letter(None)
    for method, path, status in (
        ("POST", f"{PATH}/{letter_id}/replay", 404),
        ("DELETE", f"{PATH}/{letter_id}", 404),
        ("POST", f"{PATH}/{nobodys}/replay", 404),
        ("DELETE", f"{PATH}/{nobodys}", 404),
        ("POST", f"{PATH}/replay?job_id={job_id}", 404),
        ("DELETE", f"{PATH}?job_id={job_id}", 404),
        ("GET", f"{PATH}?job_id={job_id}", 404),
        ("GET", f"{PATH}/groups?job_id={job_id}", 404),
        ("POST", f"{PATH}/replay", 409),
        ("DELETE", f"{PATH}?all=true", 200),
    ):
        answer = await bob.ask(path, method)
        assert answer.status_code == status, path
    assert await state_of(ann, letter_id) == "waiting"


async def test_an_operator_is_one_from_one_request_to_the_next(bob: Owner, seed: Seed, job_id: UUID) -> None:
    await seed.dead_letter(job_id)
    found: list[Any] = []
    for is_operator in (False, True, False):
        await seed.change("UPDATE users SET is_operator = $2 WHERE user_id = $1", bob.user_id, is_operator)
        found.append(((await bob.get("/auth/me"))["is_operator"], len(await ids_of(bob))))
    assert found == [(False, 0), (True, 1), (False, 0)]
