"""The same content twice by the same owner counts once."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import httpx
import pytest

from tests.support.load import Gate, chunks
from tests.support.suite import POLL_SECONDS, READY_SECONDS, Suite, wait_for
from tests.support.user import User

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONTENT = b"".join(b"2024-05-01 12:00:%02d INFO the same words\n" % second for second in range(60))
TABLES = (
    "jobs",
    "batches",
    "partials",
    "rejected_lines",
    "line_parts",
    "dead_letters",
    "job_stats",
    "rollups",
)


def send(user: User, content: Any, name: str = "test.log", **query: str) -> httpx.Response:
    return user.http.post("/upload", params={"name": name, **query}, content=content, timeout=120)


def send_form(user: User, *files: tuple[str, bytes], **query: str) -> httpx.Response:
    return user.http.post("/upload", params=query, files=[("file", file) for file in files], timeout=120)


def links(job_id: str) -> dict[str, str]:
    return {
        "self": f"/api/jobs/{job_id}",
        "lines": f"/api/jobs/{job_id}/lines",
        "stats": f"/api/stats/{job_id}",
        "stream": f"/stream/{job_id}",
    }


def job_ids(user: User) -> list[str]:
    return [job["job_id"] for job in user.get("/api/jobs")["items"]]


async def rows_left(suite: Suite, user: User, kept: set[str]) -> dict[str, int]:
    """Rows by table that hang on none of the `kept` jobs, of all users' jobs made after the first of them.

    Those of `log_records` once the aggregator has deleted what it is to delete.
    """
    connection = await suite.connect()
    try:
        at_once = await _rows(connection, TABLES, kept)
        async with asyncio.timeout(READY_SECONDS):
            while await connection.fetchval("SELECT EXISTS (SELECT FROM removed_jobs)"):  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(POLL_SECONDS)
        return at_once | await _rows(connection, ("log_records",), kept)
    finally:
        await connection.close()


async def _rows(connection: Connection, tables: Iterable[str], kept: set[str]) -> dict[str, int]:
    found = {}
    for table in tables:
        sql = f"SELECT count(*) FROM {table} WHERE job_id > $1 AND NOT job_id = ANY ($2::uuid[])"
        found[table] = await connection.fetchval(sql, UUID(min(kept)), list(kept))
    return {table: count for table, count in found.items() if count}


async def test_the_same_twice_is_refused_with_the_first_ones_link(suite: Suite, user: User) -> None:
    first = user.upload(CONTENT, "first.log")
    user.wait(first)
    before = user.get("/api/stats")
    answer = send(user, CONTENT, "second.log")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert problem["type"] == "urn:logmill:problem:duplicate"
    assert (problem["job_id"], problem["links"]) == (first, links(first))
    assert answer.headers["location"] == f"/api/jobs/{first}"
    assert first in problem["detail"]
    assert "again=true" in problem["detail"]
    assert job_ids(user) == [first]
    assert user.get("/api/stats") == before
    assert await rows_left(suite, user, {first}) == {}


async def test_a_big_duplicate_leaves_nothing_though_workers_are_at_it(suite: Suite, user: User) -> None:
    content = CONTENT * 20_000  # 54 MB: most of it is stored before the last of it is sent
    first = user.upload(chunks(content))
    user.wait(first)
    dead = dead_lettered(suite)
    assert send(user, chunks(content)).json()["job_id"] == first
    wait_for("the queue to be empty", lambda: _is_empty(user))
    assert await rows_left(suite, user, {first}) == {}
    assert user.job(first)["lines_stored"] == 60 * 20_000
    assert dead_lettered(suite) == dead


def dead_lettered(suite: Suite) -> float:
    return sum(worker.metric("logmill_worker_batches_total", outcome="dead_lettered") for worker in suite.workers)


def _is_empty(user: User) -> bool:
    queue = user.get("/api/queue-status")["queues"]["logs_ingest"]
    return not queue["ready"] and not queue["unacked"]


def test_again_takes_it_once_more(user: User) -> None:
    first = user.upload(CONTENT)
    second = user.upload(CONTENT, again="true")
    assert first != second
    assert {user.wait(job)["lines_stored"] for job in (first, second)} == {60}
    assert send(user, CONTENT).json()["job_id"] == first
    assert send(user, CONTENT, again="false").status_code == 409
    refusal = send(user, b"other\n", again="maybe")
    assert (refusal.status_code, "again" in refusal.json()["detail"]) == (422, True)


def test_another_users_content_is_nobodys_business(suite: Suite, user: User) -> None:
    user.upload(CONTENT)
    with User(suite.api_url) as other:
        assert other.wait(other.upload(CONTENT))["lines_stored"] == 60


def test_nothing_is_never_the_same(user: User) -> None:
    assert [user.wait(user.upload(b""))["status"] for _ in range(2)] == ["completed"] * 2


def test_what_broke_off_does_not_count(suite: Suite, user: User) -> None:
    with pytest.raises(RuntimeError):
        user.upload(_breaking_off(CONTENT))
    wait_for("the job to be marked", lambda: _statuses(user) == ["interrupted"])
    assert user.wait(user.upload(CONTENT))["lines_stored"] == 60


def _statuses(user: User) -> list[str]:
    return [job["status"] for job in user.get("/api/jobs")["items"]]


def _breaking_off(content: bytes) -> Iterator[bytes]:
    yield content
    raise RuntimeError("the client is gone")


async def test_files_of_a_form(suite: Suite, user: User) -> None:
    first = user.upload(CONTENT, "first.log")
    user.wait(first)
    answer = send_form(user, ("new.log", b"new\n"), ("copy.log", CONTENT), ("new-copy.log", b"new\n"))
    told = answer.json()
    new, copy, new_copy = told["jobs"]
    assert (answer.status_code, told["job_id"]) == (202, new["job_id"])
    assert answer.headers["location"] == f"/api/jobs/{new['job_id']}"
    assert new == {
        "job_id": new["job_id"],
        "file_name": "new.log",
        "status": "processing",
        "links": links(new["job_id"]),
    }
    assert copy == {
        "job_id": first,
        "file_name": "first.log",
        "status": "completed",
        "links": links(first),
        "duplicate": True,
    }
    assert new_copy == {**new, "duplicate": True}
    assert set(job_ids(user)) == {first, new["job_id"]}
    assert user.wait(new["job_id"])["lines_stored"] == 1
    assert await rows_left(suite, user, {first, new["job_id"]}) == {}


def test_a_form_of_nothing_new(user: User) -> None:
    jobs = [user.upload(content) for content in (b"a\n", b"b\n")]
    answer = send_form(user, ("b.log", b"b\n"), ("a.log", b"a\n"))
    assert (answer.status_code, answer.json()["job_id"]) == (409, jobs[1])
    again = send_form(user, ("b.log", b"b\n"), ("a.log", b"a\n"), again="true")
    assert again.status_code == 202
    assert len(job_ids(user)) == 4


async def test_of_the_same_sent_at_the_same_time_exactly_one_stays(suite: Suite, user: User) -> None:
    gates = [Gate(CONTENT * 1000) for _ in range(6)]
    with ThreadPoolExecutor(len(gates)) as pool:
        sending = [pool.submit(send, user, gate) for gate in gates]
        for gate in gates:
            assert gate.half_sent.wait(60)
        for gate in gates:
            gate.open.set()
        answers = [sent.result(120) for sent in sending]
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409, 409]
    (kept,) = job_ids(user)
    assert {answer.json()["job_id"] for answer in answers} == {kept}
    assert user.wait(kept)["lines_stored"] == 60_000
    wait_for("the queue to be empty", lambda: _is_empty(user))
    assert await rows_left(suite, user, {kept}) == {}


def test_forms_that_cross_each_other_do_not_block(user: User) -> None:
    files = [(f"{number}.log", b"number %d\n" % number) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        orders = [files, files[::-1], files[4:] + files[:4], files[::-1]]
        answers = list(pool.map(lambda order: send_form(user, *order), orders))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert sorted(job["file_name"] for job in user.get("/api/jobs")["items"]) == [name for name, _ in files]


def test_who_watches_a_duplicate_is_told(user: User) -> None:
    first = user.upload(CONTENT * 1000)
    user.wait(first)
    gate = Gate(CONTENT * 1000)
    with user.stream("/stream") as events, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send, user, gate)
        assert gate.half_sent.wait(60)
        begun = next(event for event in events if event.data["job_id"] != first)
        gate.open.set()
        ended = next(event for event in events if event.data["job_id"] != first and event.name != "progress")
        assert sending.result(60).status_code == 409
    assert ended.data["job_id"] == begun.data["job_id"]
    assert (ended.name, ended.data["status"]) == ("cancelled", "cancelled")
    assert ended.data["error_message"] in (f"the same content as job {first}", "the job was removed")


def test_uploads_are_counted_by_outcome(suite: Suite, user: User) -> None:
    def counted(result: str) -> float:
        return suite.api.metric("logmill_api_uploads_total", result=result)

    accepted, duplicate, lines = (
        counted("accepted"),
        counted("duplicate"),
        suite.api.metric("logmill_api_lines_read_total"),
    )
    user.upload(CONTENT)
    send(user, CONTENT)
    assert (counted("accepted") - accepted, counted("duplicate") - duplicate) == (1, 1)
    assert suite.api.metric("logmill_api_lines_read_total") - lines == 60


def test_formats_are_counted_by_line(user: User) -> None:
    content = CONTENT + b'{"level":"info","msg":"x"}\n' * 30 + b"level=info msg=x ts=2024-05-01T12:00:00Z\n" * 20
    job = user.wait(user.upload(content))
    assert sum(job["format_counts"].values()) == job["lines_read"] == 110
    assert len(job["format_counts"]) == 3
    assert job["format_counts"]["json"] == 30
    assert user.get(f"/api/stats/{job['job_id']}")["format_counts"] == job["format_counts"]
