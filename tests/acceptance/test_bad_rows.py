"""Records that PostgreSQL refuses cost nobody else anything: their lines are rejected, the others stored."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from shared.severity import level_of
from tests.support.suite import Suite
from tests.support.user import User, assert_conserved

CHECK = "ALTER TABLE log_records ADD CONSTRAINT no_refusals CHECK (message NOT LIKE '%refuse me%')"
RAISE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.message LIKE '%refuse me%' THEN RAISE EXCEPTION 'not this one: %', repeat('x', 100000); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refusing BEFORE INSERT ON log_records FOR EACH ROW EXECUTE FUNCTION refuse();
"""
NOTHING = "ALTER TABLE log_records ADD CONSTRAINT no_records CHECK (message IS NULL) NOT VALID"

TIME = b"2026-01-01 00:%02d:%02d,000"
TRACE = b'Traceback (most recent call last):\n  File "a.py", line 1, in a\nValueError: refuse me\n'
SETTINGS = {"LOGMILL_RETRY_DELAY_SECONDS": "0.1"}


def record(number: int) -> tuple[bytes, bool]:
    """The lines of a record, and whether it is refused: a handful, the first and the last among them."""
    when = TIME % (number // 60 % 60, number % 60)
    match number:
        case 0 | 2999:
            return when + b" INFO please refuse me\n", True
        case 700 | 1500:
            return when + b" ERROR it broke\n" + TRACE, True
        case 701:
            return b"caf\xe9 refuse me \x00 once\n", True
        case 1200:
            return b'{"level": "warn", "msg": "refuse me, please", "n": 1}\n', True
        case 1201:
            return b'{"broken": \n', False
        case 2000:
            return when + b' ERROR it broke\nTraceback (most recent call last):\n  File "a.py", line 1, in a\n', False
    return when + b" WARN nothing wrong with 10.0.0.%d\n" % (number % 7), False


RECORDS = [record(number) for number in range(3000)]
CONTENT = b"".join(lines for lines, _ in RECORDS)
REFUSED = [lines for lines, is_refused in RECORDS if is_refused]


async def alter(suite: Suite, statement: str) -> None:
    """For all partitions there are, and those to come."""
    database = await suite.connect()
    try:
        await database.execute(statement)
    finally:
        await database.close()


async def recount(suite: Suite, job_id: UUID) -> dict[str, int]:
    """The levels of what is stored, record by record."""
    database = await suite.connect()
    try:
        rows = await database.fetch("SELECT severity FROM log_records WHERE job_id = $1", job_id)
    finally:
        await database.close()
    return dict(Counter(level_of(row["severity"]) for row in rows))


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("statement", "state"), [(CHECK, "23514"), (RAISE, "P0001")], ids=["constraint", "trigger"])
def test_a_bad_row_costs_only_itself(own_suite: Suite, statement: str, state: str) -> None:
    own_suite.start_all(workers=1, **SETTINGS)
    asyncio.run(alter(own_suite, statement))
    with User(own_suite.api_url) as user:
        job_id = user.upload(CONTENT)
        job = user.wait(job_id)
        rejected = list(user.lines(job_id, reason="refused_by_database"))
        stats = user.get(f"/api/stats/{job_id}")
        raw = user.http.get(f"/api/jobs/{job_id}/export", params={"format": "raw"}).raise_for_status().content
    assert_conserved(job)
    assert job["lines_read"] == CONTENT.count(b"\n")
    assert job["lines_dead_lettered"] == 0
    assert job["lines_rejected"] == sum(lines.count(b"\n") for lines in REFUSED) + 1
    assert raw == CONTENT
    assert [line["line_count"] for line in rejected] == [lines.count(b"\n") for lines in REFUSED]
    levels = {level: records for level, records in stats["level_distribution"].items() if records}
    assert levels == asyncio.run(recount(own_suite, UUID(job_id)))
    assert sum(levels.values()) == len(RECORDS) - len(REFUSED) - 1
    worker = own_suite.workers[0]
    assert worker.metric("logmill_worker_lines_total", outcome="rejected") == job["lines_rejected"]
    assert worker.metric("logmill_worker_batches_total", outcome="retried") == 0
    assert state in worker.read_log()


@pytest.mark.timeout(120)
def test_where_all_rows_are_refused_none_is_to_blame(own_suite: Suite) -> None:
    """Something is wrong with the table: the batch can be replayed once that is mended, so no line is rejected."""
    own_suite.start_all(workers=1, **SETTINGS)
    asyncio.run(alter(own_suite, NOTHING))
    with User(own_suite.api_url) as user:
        job = user.wait(user.upload(CONTENT))
    assert_conserved(job)
    assert job["status"] == "completed_with_errors"
    assert job["lines_dead_lettered"] == job["lines_read"]
