"""The list of jobs, and one job."""

from datetime import timedelta

import httpx

from tests.integration.api.owner import Owner
from tests.integration.api.seed import NOON, Seed


async def test_a_job_has_every_field(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(
        ann.user_id,
        file_name="access.log",
        status="completed_with_errors",
        lines_read=10,
        lines_stored=7,
        lines_rejected=2,
        lines_dead_lettered=1,
        bytes_received=1000,
        bytes_total=1000,
        format_counts={"combined": 9},
        content_sha256=bytes(range(32)),
        created_at=NOON,
        started_at=NOON + timedelta(seconds=1),
        completed_at=NOON + timedelta(seconds=2, microseconds=5),
    )
    assert await ann.get(f"/api/jobs/{job_id}") == {
        "job_id": str(job_id),
        "file_name": "access.log",
        "source": "upload",
        "status": "completed_with_errors",
        "error_message": None,
        "notice": None,
        "lines_read": 10,
        "lines_stored": 7,
        "lines_rejected": 2,
        "lines_dead_lettered": 1,
        "bytes_received": 1000,
        "bytes_total": 1000,
        "format_counts": {"combined": 9},
        "content_sha256": bytes(range(32)).hex(),
        "created_at": "2025-01-31T12:00:00Z",
        "started_at": "2025-01-31T12:00:01Z",
        "completed_at": "2025-01-31T12:00:02.000005Z",
        "failed_at": None,
    }


async def test_jobs_come_newest_first_in_pages_and_only_ones_own(ann: Owner, bob: Owner, seed: Seed) -> None:
    # two pairs were created in the same instant: the id decides
    jobs = [await seed.job(ann.user_id, created_at=NOON + timedelta(seconds=number // 2)) for number in range(7)]
    await seed.job(bob.user_id)
    pages = await ann.pages("/api/jobs", limit=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    listed = [item for page in pages for item in page]
    assert {item["job_id"] for item in listed} == {str(job) for job in jobs}
    assert listed == sorted(listed, key=lambda item: (item["created_at"], item["job_id"]), reverse=True)
    assert listed[0] == await ann.get(f"/api/jobs/{listed[0]['job_id']}")


async def test_jobs_by_status(ann: Owner, seed: Seed) -> None:
    for status in ("processing", "failed", "completed", "completed"):
        await seed.job(ann.user_id, status=status)
    for status, count in (("completed", 2), ("failed,processing", 2), ("cancelled", 0), ("", 4)):
        assert len(await ann.all_items("/api/jobs", status=status, limit=1)) == count
    assert (await ann.ask("/api/jobs?status=done")).status_code == 422


async def test_limits_and_cursors(ann: Owner, bob: Owner, seed: Seed) -> None:
    for _ in range(3):
        await seed.job(ann.user_id)
    assert len((await ann.get("/api/jobs", limit=1_000_000_000))["items"]) == 3
    cursor = (await ann.get("/api/jobs", limit=1))["next_cursor"]
    for path in (
        "/api/jobs?cursor=garbage",
        f"/api/jobs?cursor={cursor}&status=completed",
        f"/auth/api-keys?cursor={cursor}",
        "/api/jobs?limit=0",
        "/api/jobs?limit=-1",
        "/api/jobs?limit=1e2",
    ):
        answer = await ann.ask(path)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), path
    assert (await bob.ask(f"/api/jobs?cursor={cursor}")).status_code == 422


async def test_hostile_names_are_plain_text(http: httpx.AsyncClient, ann: Owner, seed: Seed) -> None:
    name = "<script>alert(1)</script>\u202e\"';drop\x1b]"
    job_id = await seed.job(ann.user_id, file_name=name)
    answer = await ann.ask(f"/api/jobs/{job_id}")
    assert answer.json()["file_name"] == name
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
