"""Everybody's jobs, dead letters and replays are their own: another's is answered as one that does not exist."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.api import reads, served_elsewhere
from services.api.operations import AnyOperation
from tests.integration.api.owner import Owner
from tests.integration.api.seed import Record, Rejected, Seed

BODIES: dict[str, dict[str, Any]] = {"POST /auth/api-keys": {"json": {"name": "x"}}}
HERE = [operation for operation in (*reads.OPERATIONS, *served_elsewhere.OPERATIONS) if operation.path != "/upload"]
WITH_LOGIN = [operation for operation in HERE if operation.login]
OF_A_JOB = [
    *((o.method, o.path) for o in HERE if "{job_id}" in o.path),
    ("GET", "/api/rollups?job_id={job_id}"),
    ("GET", "/api/dead-letters?job_id={job_id}"),
    ("GET", "/api/dead-letters/groups?job_id={job_id}"),
    ("POST", "/api/dead-letters/replay?job_id={job_id}"),
    ("DELETE", "/api/dead-letters?job_id={job_id}"),
]
OF_A_LETTER = [(o.method, o.path) for o in HERE if "{dead_letter_id}" in o.path]
OF_A_REPLAY = [(o.method, o.path) for o in HERE if "{replay_id}" in o.path]
OF_A_SECRET = [(o.method, o.path) for o in HERE if "{webhook_secret_id}" in o.path]
OF_AN_ID = [pair for pair in (*OF_A_JOB, *OF_A_LETTER, *OF_A_REPLAY, *OF_A_SECRET) if "?" not in pair[1]]
ID = re.compile(r"{\w+_id}")
NOT_IDS = [
    "1",
    "not-a-uuid",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "x" * 10_000,
    "{00000000-0000-4000-8000-000000000000}",
    "urn:uuid:00000000-0000-4000-8000-000000000000",
    "00000000000040008000000000000000",
    "00000000-0000-4000-8000-00000000000０",
]


def same(answer: httpx.Response) -> dict[str, Any]:
    """What two refusals must not differ in."""
    problem = answer.json()
    assert problem.pop("request_id") == answer.headers["x-request-id"]
    problem.pop("instance")
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "content-length")}
    return {"status": answer.status_code, "headers": headers, "problem": problem}


@pytest.mark.parametrize(("method", "path"), OF_A_JOB)
async def test_anothers_job_is_a_missing_one(ann: Owner, bob: Owner, seed: Seed, method: str, path: str) -> None:
    job_id = await seed.job(bob.user_id, status="completed")
    await seed.batch(job_id, 0, [Record(1), Rejected(2)])
    theirs = await ann.ask(path.format(job_id=job_id), method)
    missing = await ann.ask(path.format(job_id=uuid4()), method)
    assert same(theirs) == same(missing)
    assert theirs.status_code == 404
    assert theirs.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), [*OF_A_LETTER, *OF_A_REPLAY])
async def test_anothers_letter_and_replay_are_missing_ones(
    ann: Owner, bob: Owner, seed: Seed, method: str, path: str
) -> None:
    job_id = await seed.job(bob.user_id, status="completed_with_errors")
    letter_id = await seed.dead_letter(job_id)
    replay = (await bob.ask(f"/api/dead-letters/{await seed.dead_letter(job_id, 1)}/replay", "POST")).json()
    theirs = await ann.ask(path.format(dead_letter_id=letter_id, replay_id=replay["replay_id"]), method)
    missing = await ann.ask(path.format(dead_letter_id=uuid4(), replay_id=uuid4()), method)
    assert same(theirs) == same(missing)
    assert theirs.status_code == 404
    states = {item["state"] for item in await bob.all_items("/api/dead-letters")}
    assert states == {"waiting", "replaying"}


@pytest.mark.parametrize(("method", "path"), OF_AN_ID)
async def test_what_is_no_id_is_a_missing_one(ann: Owner, method: str, path: str) -> None:
    missing = same(await ann.ask(ID.sub(str(uuid4()), path), method))
    assert missing["status"] == 404
    for text in NOT_IDS:
        assert same(await ann.ask(ID.sub(text, path), method)) == missing, text


async def test_an_id_may_be_written_in_capitals(ann: Owner, seed: Seed) -> None:
    job_id = str(await seed.job(ann.user_id)).upper()
    assert (await ann.get(f"/api/jobs/{job_id}"))["job_id"] == job_id.lower()


@pytest.mark.parametrize("operation", WITH_LOGIN, ids=lambda o: f"{o.method} {o.path}")
async def test_no_login_is_401(http: httpx.AsyncClient, seed: Seed, bob: Owner, operation: AnyOperation) -> None:
    job_id = await seed.job(bob.user_id)
    path = ID.sub(str(uuid4()), operation.path.replace("{job_id}", str(job_id)).replace("{name}", "till"))
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Cookie": "logmill_session=nonsense"}):
        arguments = BODIES.get(f"{operation.method} {operation.path}", {})
        answer = await http.request(operation.method, path, headers=headers, **arguments)
        assert (answer.status_code, answer.json()["title"]) == (401, "Login needed"), headers


async def test_lists_show_ones_own_only(ann: Owner, bob: Owner, seed: Seed) -> None:
    await seed.dead_letter(await seed.job(bob.user_id))
    await bob.ask("/api/dead-letters/replay", "POST")
    for path in ("/api/jobs", "/api/dead-letters", "/api/dead-letters/groups", "/api/replays", "/api/audit"):
        assert await ann.all_items(path) == [], path
        assert len(await bob.all_items(path)) == 1, path
    assert (await ann.get("/api/stats"))["jobs"] == 0
    assert await ann.all_items("/api/rollups") == []
