"""A job counted once more: one that is sound, and every kind of damage found and named."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from services.api.context import Context
from services.api.export.stretches import Source
from services.api.verify import rows
from services.api.verify.content import check_content
from services.api.verify.places import FIND_JOB, read_places
from services.api.verify.sums import COUNT_RECORDS
from shared.database import Database
from shared.messages import InputHints, LineBatch, encode
from shared.severity import LEVELS, UNKNOWN, level_of
from shared.summary import RollupRow, Summary
from tests.integration.api.owner import Owner
from tests.integration.api.seed import NOON, TODAY, Record, Rejected, Seed, minute

ERROR, INFO = 17, 9
CONTENT = b"line 1\nline 2\n\xff broken\nline 4\ndead 5\ndead 6\nlong 7, and its rest\nlast 8\n"
COUNTERS = {"lines_read": 8, "lines_stored": 5, "lines_rejected": 1, "lines_dead_lettered": 2}
CHECKS = [
    "ended",
    "lines_read",
    "lines_stored",
    "lines_rejected",
    "lines_dead_lettered",
    "batches",
    "batches_misplaced",
    "partials",
    "records",
    "rejected_lines",
    "batches_unlike_ledger",
    "lines_repeated",
    "lines_out_of_place",
    "days_in_ledger",
    "summary_records",
    "summary_levels",
    "summary_statuses",
    "rollups_level",
    "rollups_status",
    "content",
    "unchanged",
]


def record(line_no: int, message: str, severity: int | None, at: int | None, **columns: Any) -> Record:
    """At that many seconds after noon."""
    logged_at = None if at is None else NOON + timedelta(seconds=at)
    return Record(line_no, message, {"severity": severity, "logged_at": logged_at, **columns})


@pytest.fixture
async def job_id(ann: Owner, seed: Seed, database: Database) -> UUID:
    return await sound_job(ann, seed, database)


async def sound_job(ann: Owner, seed: Seed, database: Database) -> UUID:
    """A job whose six batches hold records, a rejected line, a dead letter, and an over-long line in two parts."""
    sha256 = hashlib.sha256(CONTENT).digest()
    columns = {"content_sha256": sha256, "lines_sha256": sha256, "ends_in_newline": True, "batches_total": 6}
    job_id = await seed.job(ann.user_id, status="completed_with_errors", **COUNTERS, **columns)
    await seed.batch(job_id, 0, [record(1, "line 1", INFO, 0, status=200), record(2, "line 2", ERROR, 59)])
    await seed.batch(job_id, 1, [Rejected(3), record(4, "line 4", None, None, status=404)])
    await enter_dead_letter(database, job_id)
    await seed.batch(job_id, 3, [record(7, "long 7", INFO, 60, status=200, raw=b"long 7")])
    await run(database, "INSERT INTO batches VALUES ($1, 4, 7, 0, 0, 0, $2)", job_id, TODAY)
    await run(database, "INSERT INTO line_parts VALUES ($1, 7, $2, 4, 14)", job_id, b", and its rest\n")
    await seed.batch(job_id, 5, [record(8, "last 8", INFO, 61)])
    await seed.summary(
        job_id,
        Summary(records=5, levels={"info": 3, "error": 1, "unknown": 1}, statuses={"200": 2, "404": 1}),
    )
    levels = [("info", 0, 1), ("error", 0, 1), ("info", 1, 2)]
    rollups = [RollupRow("level", minute(at), level, count) for level, at, count in levels]
    statuses = [RollupRow("status", minute(at), "200", 1) for at in (0, 1)]
    await seed.rollups(job_id, [*rollups, *statuses, RollupRow("keyword", minute(0), "error", 7)])
    return job_id


async def enter_dead_letter(database: Database, job_id: UUID) -> None:
    message = encode(LineBatch(job_id, 2, 5, 2, 0, b"dead 5\ndead 6\n", InputHints()), NOON)
    await run(
        database,
        "INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, first_line, line_count, reason, detail, headers,"
        " body, folded_at) VALUES ($1, $2, 2, 5, 2, 'bad_luck', '', $3, $4, now())",
        uuid4(),
        job_id,
        dict(message.headers),
        message.body,
    )


async def run(database: Database, sql: str, *arguments: object) -> None:
    async with database.acquire() as connection:
        await connection.execute(sql, *arguments)


async def verify(owner: Owner, job_id: UUID) -> tuple[Any, dict[str, Any]]:
    """The answer, and those of its checks that do not hold by name."""
    answer = await owner.get(f"/api/jobs/{job_id}/verify")
    wrong = {check["name"]: check for check in answer["checks"] if not check["ok"]}
    assert answer["adds_up"] is (not wrong)
    return answer, wrong


async def test_a_sound_job_adds_up(ann: Owner, job_id: UUID) -> None:
    answer, wrong = await verify(ann, job_id)
    assert wrong == {}
    assert (answer["job_id"], answer["status"]) == (str(job_id), "completed_with_errors")
    assert [check["name"] for check in answer["checks"]] == CHECKS
    found = {check["name"]: (check["expected"], check["found"], check["detail"]) for check in answer["checks"]}
    assert found["lines_read"] == (8, 8, None)
    assert found["batches"] == (6, 6, None)
    assert found["rollups_level"] == (4, 4, None)
    assert found["content"] == (hashlib.sha256(CONTENT).hexdigest(),) * 2 + (None,)


async def test_however_many_batches_are_read_at_once(
    ann: Owner, job_id: UUID, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for damage, names in (("SELECT $1::uuid", set()), (REPEAT_LAST, {*WRONG_ROWS, "lines_repeated", *WRONG_SUMS})):
        await run(database, damage, job_id)
        for batches_at_once in (1, 2, 3, 5, 6):
            monkeypatch.setattr(rows, "BATCHES_AT_ONCE", batches_at_once)
            assert set((await verify(ann, job_id))[1]) == names | ({"content"} if names else set())


REPEAT_LAST = "INSERT INTO log_records SELECT * FROM log_records WHERE job_id = $1 AND line_no = 8"
WRONG_ROWS = ("records", "batches_unlike_ledger")
WRONG_SUMS = ("summary_records", "summary_levels", "rollups_level")
OTHER_DAY = (
    "INSERT INTO log_records (job_id, line_no, stored_on, line_count, message, format)"
    " VALUES ($1, 9, '2025-06-02', 1, 'stray', 'plain')"
)

DAMAGE: list[tuple[str, set[str], str]] = [
    ("UPDATE jobs SET lines_read = 9 WHERE job_id = $1", {"lines_read"}, "together"),
    ("UPDATE jobs SET lines_stored = 6, lines_read = 9 WHERE job_id = $1", {"lines_stored"}, ""),
    ("UPDATE jobs SET lines_rejected = 0, lines_read = 7 WHERE job_id = $1", {"lines_rejected"}, ""),
    ("UPDATE jobs SET lines_dead_lettered = 1, lines_read = 7 WHERE job_id = $1", {"lines_dead_lettered"}, ""),
    ("UPDATE jobs SET batches_total = 8 WHERE job_id = $1", {"batches"}, "missing: 6, 7"),
    ("UPDATE jobs SET batches_total = 5 WHERE job_id = $1", {"batches"}, "1 more than there should be"),
    ("DELETE FROM dead_letters WHERE job_id = $1", {"batches", "lines_dead_lettered"}, "missing: 2"),
    (
        "DELETE FROM batches WHERE job_id = $1 AND batch_no = 0",
        {"batches", "lines_stored", "records", "lines_out_of_place"},
        "in no batch of the ledger",
    ),
    (
        "UPDATE batches SET first_line = 6 WHERE job_id = $1 AND batch_no = 3",
        {"batches_misplaced", "batches_unlike_ledger", "lines_out_of_place", "content"},
        "batch 3",
    ),
    ("UPDATE dead_letters SET first_line = 6 WHERE job_id = $1", {"batches_misplaced"}, "batch 2, 3"),
    ("INSERT INTO partials VALUES ($1, 5, '')", {"partials"}, "1 batches are still to be added"),
    (
        "DELETE FROM log_records WHERE job_id = $1 AND line_no = 2",
        {*WRONG_ROWS, *WRONG_SUMS, "content"},
        "batch 0 (from line 1 on): 1 stored and 0 rejected, not 2 and 0",
    ),
    (REPEAT_LAST, {*WRONG_ROWS, "lines_repeated", *WRONG_SUMS, "content"}, "more than once"),
    (
        "UPDATE log_records SET line_no = 1 WHERE job_id = $1 AND line_no = 2",
        {"lines_repeated"},
        "more than once",
    ),
    (
        "UPDATE log_records SET line_no = 6 WHERE job_id = $1 AND line_no = 7",
        {"batches_unlike_ledger", "lines_out_of_place", "content"},
        "batch 3 (from line 7 on): 0 stored",
    ),
    (
        "UPDATE log_records SET line_no = 100 WHERE job_id = $1 AND line_no = 8",
        {"batches_unlike_ledger", "lines_out_of_place", "content"},
        "in no batch",
    ),
    (OTHER_DAY, {"days_in_ledger"}, "other days"),
    (
        "DELETE FROM rejected_lines WHERE job_id = $1",
        {"rejected_lines", "batches_unlike_ledger", "content"},
        "1 stored and 0 rejected, not 1 and 1",
    ),
    (
        "INSERT INTO rejected_lines SELECT * FROM rejected_lines WHERE job_id = $1",
        {"rejected_lines", "batches_unlike_ledger", "lines_repeated", "content"},
        "more than once",
    ),
    ("DELETE FROM job_stats WHERE job_id = $1", {"summary_records", "summary_levels", "summary_statuses"}, "info: 0"),
    (
        "UPDATE rollups SET records = 3 WHERE job_id = $1 AND value = 'error' AND dimension = 'level'",
        {"rollups_level"},
        "error: 3 told, 1 found",
    ),
    (
        "UPDATE rollups SET bucket = bucket + interval '1 hour' WHERE job_id = $1 AND value = 'error'",
        {"rollups_level"},
        "error: as many, but at other minutes",
    ),
    ("DELETE FROM rollups WHERE job_id = $1 AND dimension = 'status'", {"rollups_status"}, "200: 0 told, 2 found"),
    (
        "UPDATE log_records SET severity = 9 WHERE job_id = $1 AND line_no = 2",
        {"summary_levels", "rollups_level"},
        "error: 1 told, 0 found",
    ),
    (
        "UPDATE log_records SET status = 500 WHERE job_id = $1 AND line_no = 1",
        {"summary_statuses", "rollups_status"},
        "500: 0 told, 1 found",
    ),
    (
        "UPDATE log_records SET logged_at = logged_at + interval '1 minute' WHERE job_id = $1 AND line_no = 2",
        {"rollups_level"},
        "error: as many, but at other minutes",
    ),
    ("UPDATE log_records SET message = 'line X' WHERE job_id = $1 AND line_no = 2", {"content"}, "not those"),
    ("UPDATE line_parts SET body = 'x' WHERE job_id = $1", {"content"}, "not those"),
    ("UPDATE jobs SET ends_in_newline = false WHERE job_id = $1", {"content"}, "not those"),
    (
        "UPDATE dead_letters SET body = 'nothing' WHERE job_id = $1",
        {"content"},
        "the bytes of batch 2, a dead letter, cannot be unpacked",
    ),
    (
        "UPDATE jobs SET status = 'interrupted', lines_read = 9, batches_total = NULL WHERE job_id = $1",
        {"lines_read"},
        "together",
    ),
    (
        "WITH gone AS (DELETE FROM dead_letters WHERE job_id = $1)"
        " UPDATE jobs SET status = 'interrupted', batches_total = NULL, lines_dead_lettered = 0 WHERE job_id = $1",
        {"lines_read", "batches"},
        "missing: 2",
    ),
]


async def test_damage_is_found_and_named(ann: Owner, seed: Seed, database: Database) -> None:
    await run(database, "SELECT ensure_log_partition('2025-06-02')")
    for damage, names, said in DAMAGE:
        job_id = await sound_job(ann, seed, database)
        await run(database, damage, job_id)
        _, wrong = await verify(ann, job_id)
        assert set(wrong) == names, damage
        assert any(said in (check["detail"] or "") for check in wrong.values()), (damage, wrong)


UNCOMPARED: list[tuple[str, str]] = [
    ("UPDATE jobs SET lines_sha256 = NULL, content_sha256 = '\\x00' WHERE job_id = $1", "an older release"),
    ("UPDATE dead_letters SET state = 'discarded', body = '' WHERE job_id = $1", "then discarded"),
    (
        "UPDATE jobs SET status = 'interrupted', batches_total = NULL, lines_sha256 = NULL, content_sha256 = NULL"
        " WHERE job_id = $1",
        "its upload broke off",
    ),
]


async def test_what_cannot_be_compared_is_said(ann: Owner, seed: Seed, database: Database) -> None:
    for change, said in UNCOMPARED:
        job_id = await sound_job(ann, seed, database)
        await run(database, change, job_id)
        answer, wrong = await verify(ann, job_id)
        content = next(check for check in answer["checks"] if check["name"] == "content")
        assert wrong == {}, change
        assert content["detail"].startswith("not comparable: ")
        assert said in content["detail"]


async def test_an_older_job_whose_bytes_are_as_they_came_in_is_compared(
    ann: Owner, job_id: UUID, database: Database
) -> None:
    await run(database, "UPDATE jobs SET lines_sha256 = NULL WHERE job_id = $1", job_id)
    answer, wrong = await verify(ann, job_id)
    assert wrong == {}
    assert next(check for check in answer["checks"] if check["name"] == "content")["found"] is not None


async def test_a_cancelled_job_lacks_what_nobody_wants(ann: Owner, job_id: UUID, database: Database) -> None:
    await run(database, "UPDATE jobs SET status = 'cancelled', batches_total = 9 WHERE job_id = $1", job_id)
    answer, wrong = await verify(ann, job_id)
    assert wrong == {}
    batches = next(check for check in answer["checks"] if check["name"] == "batches")
    assert (batches["found"], batches["detail"]) == (6, "3 of 9 never taken in: it was cancelled")


BREAK_OFF = """
UPDATE jobs SET status = 'interrupted', batches_total = NULL, content_sha256 = NULL, lines_sha256 = NULL,
    lines_read = lines_stored + lines_rejected + dead.lines, lines_dead_lettered = dead.lines
FROM (SELECT coalesce(sum(line_count), 0) AS lines FROM dead_letters WHERE job_id = $1) AS dead WHERE job_id = $1
"""
HOLES: list[tuple[str, tuple[int, ...], int, int]] = [
    ("DELETE FROM dead_letters WHERE job_id = $1", (2,), 5, 1),
    ("UPDATE dead_letters SET batch_no = 9, first_line = NULL WHERE job_id = $1", (2, 6, 7, 8), 6, 4),
    (f"UPDATE dead_letters SET batch_no = {2**31 - 1}, first_line = NULL WHERE job_id = $1", (2, 6, 7), 6, 2**31 - 6),
]


async def test_a_hole_in_what_broke_off_was_never_taken_in(ann: Owner, seed: Seed, database: Database) -> None:
    for change, _, found, missing in HOLES:
        job_id = await sound_job(ann, seed, database)
        await run(database, change, job_id)
        await run(database, BREAK_OFF, job_id)
        answer, wrong = await verify(ann, job_id)
        assert wrong == {}, change
        batches = next(check for check in answer["checks"] if check["name"] == "batches")
        assert (batches["found"], batches["expected"]) == (found, found), change
        assert batches["detail"] == f"{missing} of {missing + found} never taken in: its upload broke off"


async def test_gaps_are_counted_and_the_first_are_named(ann: Owner, seed: Seed, database: Database) -> None:
    for change, first, _, missing in HOLES:
        job_id = await sound_job(ann, seed, database)
        await run(database, change, job_id)
        async with database.acquire() as connection:
            places = await read_places(connection, job_id, None)
        assert (tuple(places.first_missing), places.missing) == (first[:3], missing), change


async def test_a_job_under_way_says_what_does_not_hold_yet(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id, status="processing", lines_read=4, batches_total=2)
    await seed.batch(job_id, 0, [Record(1), Record(2)])
    answer, wrong = await verify(ann, job_id)
    assert not answer["adds_up"]
    assert wrong["ended"]["detail"] == "still under way: it is processing"
    assert wrong["batches"]["detail"] == "missing: 1"
    assert {"lines_read", "lines_stored", "summary_records"} <= set(wrong)


async def test_a_job_of_nothing_adds_up(ann: Owner, seed: Seed) -> None:
    empty = hashlib.sha256(b"").digest()
    job_id = await seed.job(
        ann.user_id, status="completed", batches_total=0, content_sha256=empty, lines_sha256=empty, ends_in_newline=True
    )
    assert (await verify(ann, job_id))[1] == {}


async def test_another_jobs_rows_are_not_its_own(ann: Owner, bob: Owner, job_id: UUID, seed: Seed) -> None:
    other = await seed.job(bob.user_id)
    await seed.batch(other, 0, [record(line, "theirs", ERROR, 0, status=500) for line in range(1, 10)])
    await seed.rollups(other, [RollupRow("level", minute(0), "error", 9)])
    assert (await verify(ann, job_id))[1] == {}
    assert (await bob.ask(f"/api/jobs/{job_id}/verify")).status_code == 404


async def test_one_at_a_time_for_each_user(ann: Owner, bob: Owner, job_id: UUID, context: Context) -> None:
    async with context.verifications.take(ann.user_id):
        answer = await ann.ask(f"/api/jobs/{job_id}/verify")
        assert (answer.status_code, answer.json()["title"]) == (429, "Too many verifications")
        assert (await bob.ask(f"/api/jobs/{job_id}/verify")).status_code == 404
    assert (await verify(ann, job_id))[1] == {}


async def test_nobody_is_counted_for_who_has_left(context: Context, ann: Owner, job_id: UUID) -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []}, receive)
    source = Source(context, job_id, ann.user_id)
    async with context.database.acquire() as connection:
        job = await connection.fetchrow(FIND_JOB, job_id)
    assert job is not None
    with pytest.raises(ClientDisconnect):
        await check_content(source, job, request)


async def test_levels_are_those_of_the_severity_numbers(ann: Owner, seed: Seed, database: Database) -> None:
    severities = [None, -5, -4, -3, -2, -1, *range(30), 32767]
    job_id = await seed.job(ann.user_id)
    for line, severity in enumerate(severities, 1):
        await seed.batch(job_id, line, [record(line, "x", severity, 0)])
    async with database.acquire() as connection:
        for line, severity in enumerate(severities, 1):
            place = (job_id, line, line, [TODAY], list(LEVELS), UNKNOWN)
            (row,) = await connection.fetch(COUNT_RECORDS, *place)
            assert (row["dimension"], row["value"], row["records"]) == ("level", level_of(severity), 1), severity
