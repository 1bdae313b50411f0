"""Everybody's jobs are their own: another's is answered exactly as one that does not exist."""

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
OF_A_JOB = [(o.method, o.path) for o in HERE if "{job_id}" in o.path] + [("GET", "/api/rollups?job_id={job_id}")]
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


@pytest.mark.parametrize(("method", "path"), [pair for pair in OF_A_JOB if "?" not in pair[1]])
async def test_what_is_no_id_is_a_missing_job(ann: Owner, method: str, path: str) -> None:
    missing = same(await ann.ask(path.format(job_id=uuid4()), method))
    for text in NOT_IDS:
        assert same(await ann.ask(path.replace("{job_id}", text), method)) == missing, text


async def test_an_id_may_be_written_in_capitals(ann: Owner, seed: Seed) -> None:
    job_id = str(await seed.job(ann.user_id)).upper()
    assert (await ann.get(f"/api/jobs/{job_id}"))["job_id"] == job_id.lower()


@pytest.mark.parametrize("operation", WITH_LOGIN, ids=lambda o: f"{o.method} {o.path}")
async def test_no_login_is_401(http: httpx.AsyncClient, seed: Seed, bob: Owner, operation: AnyOperation) -> None:
    job_id = await seed.job(bob.user_id)
    path = operation.path.format(job_id=job_id, api_key_id=uuid4(), name="till")
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Cookie": "logmill_session=nonsense"}):
        arguments = BODIES.get(f"{operation.method} {operation.path}", {})
        answer = await http.request(operation.method, path, headers=headers, **arguments)
        assert (answer.status_code, answer.json()["title"]) == (401, "Login needed"), headers


async def test_lists_show_ones_own_only(ann: Owner, bob: Owner, seed: Seed) -> None:
    await seed.job(bob.user_id)
    assert await ann.all_items("/api/jobs") == []
    assert (await ann.get("/api/stats"))["jobs"] == 0
    assert await ann.all_items("/api/rollups") == []
