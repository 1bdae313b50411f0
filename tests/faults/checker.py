"""What became of every line, in Jepsen's words, from the rows themselves.

attempted: in a file a client sent, or began to. acknowledged: in a file for which a client got its 202. stored: found
in the database, rejected lines among them. recovered: stored though nobody was promised it. dead-lettered: waits with
the dead letters. lost: acknowledged and nowhere. duplicated: there more than once. unexpected: there, but sent by
nobody, or with other bytes.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from shared.lines import LF, count_lines
from shared.messages import decompress
from shared.severity import LEVELS, UNKNOWN
from tests.faults.lines import LONG_LINE_BYTES, Content
from tests.faults.uploads import Journal

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

WHOLE_BYTES = 4096
OPEN = ("receiving", "processing")
JOBS = "SELECT * FROM jobs WHERE source <> 'github' ORDER BY job_id"
BATCHES = "SELECT * FROM batches WHERE job_id = $1 ORDER BY batch_no"
STORED = """
SELECT line_no, line_count, coalesce(raw, convert_to(message, 'UTF8')) AS body, false AS is_rejected
FROM log_records WHERE job_id = $1
UNION ALL SELECT line_no, line_count, raw, true FROM rejected_lines WHERE job_id = $1
ORDER BY line_no
"""
PARTS = "SELECT line_no, body FROM line_parts WHERE job_id = $1 ORDER BY line_no, batch_no"
DEAD = """
SELECT headers, body FROM dead_letters d
WHERE job_id = $1 AND NOT EXISTS (SELECT FROM batches b WHERE b.job_id = d.job_id AND b.batch_no = d.batch_no)
"""
ORPHANS = "SELECT count(*) FROM log_records r WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.job_id = r.job_id)"
LEFT_OVER = """
SELECT
    (SELECT count(*) FROM partials) AS partials,
    (SELECT count(*) FROM dead_letters WHERE folded_at IS NULL AND job_id IS NOT NULL) AS "unfolded dead letters",
    (SELECT count(*) FROM removed_jobs) AS "removed jobs with records"
"""
LEVEL = f"coalesce((ARRAY{list(LEVELS)})[(severity + 3) / 4], '{UNKNOWN}')"
WRONG_ROLLUPS = f"""
WITH recounted AS (
    SELECT job_id, 'level' AS dimension, date_trunc('minute', logged_at) AS bucket, {LEVEL} AS value,
        count(*) AS records
    FROM log_records WHERE logged_at IS NOT NULL GROUP BY 1, 3, 4
    UNION ALL
    SELECT job_id, 'status', date_trunc('minute', logged_at), status::text, count(*)
    FROM log_records WHERE logged_at IS NOT NULL AND status IS NOT NULL GROUP BY 1, 3, 4
), kept AS (SELECT * FROM rollups WHERE dimension IN ('level', 'status'))
SELECT job_id, dimension, bucket, value, kept.records AS kept, recounted.records AS recounted
FROM kept FULL JOIN recounted USING (job_id, dimension, bucket, value)
WHERE kept.records IS DISTINCT FROM recounted.records
ORDER BY 1, 2, 3, 4
"""


@dataclass
class Verdict:
    """Lines by what became of them; `violations` are promises broken, in words."""

    attempted: int = 0
    acknowledged: int = 0
    stored: int = 0
    recovered: int = 0
    dead_lettered: int = 0
    lost: int = 0
    duplicated: int = 0
    unexpected: int = 0
    violations: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "violations"}

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept. A dead letter is none broken: its lines are there, and can be replayed."""
        return not (self.lost or self.duplicated or self.unexpected or self.violations)


@dataclass
class Found:
    """What there is of one job: each line's bytes, as often as it is there."""

    stored: defaultdict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    dead: defaultdict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    rejected: int = 0
    batches: list[asyncpg.Record] = field(default_factory=list)


async def check(connection: Connection, journal: Journal) -> Verdict:
    """Reads everything back and compares it with what was sent; call it once the suite is quiet."""
    verdict = Verdict(attempted=sum(content.line_count for content in journal.attempted.values()))
    verdict.acknowledged = sum(journal.attempted[upload].line_count for upload in set(journal.acknowledged.values()))
    jobs = {str(job["job_id"]): job for job in await connection.fetch(JOBS)}
    for job_id, upload in journal.acknowledged.items():
        if job_id not in jobs:
            verdict.lost += journal.attempted[upload].line_count
            verdict.violations.append(f"job {job_id}, which has upload {upload}, is gone")
    promised = set(journal.acknowledged.values())
    recovered: dict[int, set[int]] = defaultdict(set)
    for job_id, job in jobs.items():
        content = journal.expected(job["file_name"])
        found = await gather(connection, job["job_id"])
        if content is None:
            verdict.unexpected += len(found.stored)
            verdict.violations.append(f"job {job_id} is of {job['file_name']}, which nobody sent")
            continue
        judge_lines(verdict, content, found, is_promised=job_id in journal.acknowledged, job=job)
        verdict.violations += [f"job {job_id} ({job['file_name']}): {text}" for text in judge_job(job, content, found)]
        if content.upload not in promised:
            recovered[content.upload] |= set(found.stored)
    verdict.recovered = sum(map(len, recovered.values()))
    await check_whole(connection, verdict)
    return verdict


async def gather(connection: Connection, job_id: UUID) -> Found:
    """Every line of one job, from the rows."""
    found = Found(batches=await connection.fetch(BATCHES, job_id))
    parts: defaultdict[int, bytes] = defaultdict(bytes)
    for row in await connection.fetch(PARTS, job_id):
        parts[row["line_no"]] += row["body"]
    for row in await connection.fetch(STORED, job_id):
        found.rejected += row["line_count"] if row["is_rejected"] else 0
        body = row["body"] + parts[row["line_no"]].removesuffix(LF)
        add_lines(found.stored, row["line_no"], row["line_count"], body.split(LF))
    for row in await connection.fetch(DEAD, job_id):
        headers = parsed(row["headers"])
        if not headers.get("line_part"):
            body = decompress(row["body"], headers)
            add_lines(found.dead, headers["first_line"], count_lines(body), body.removesuffix(LF).split(LF))
    return found


def add_lines(lines: defaultdict[int, list[bytes]], first: int, count: int, bodies: list[bytes]) -> None:
    """Enters `count` lines; where there are not as many, what is there says so by its place."""
    for number, body in enumerate(bodies[:count] + [b""] * (count - len(bodies)), first):
        lines[number].append(body)
    for body in bodies[count:]:
        lines[-first].append(body)


def judge_lines(verdict: Verdict, content: Content, found: Found, *, is_promised: bool, job: asyncpg.Record) -> None:
    """Adds up one job's lines. A job that says it is complete has promised as much as a 202."""
    expected = dict(enumerate(content.lines(), 1))
    is_whole = is_promised or job["sealed_at"] is not None
    verdict.stored += len(found.stored)
    verdict.dead_lettered += len(found.dead.keys() - found.stored.keys())
    verdict.duplicated += sum(len(bodies) - 1 for bodies in found.stored.values())
    wrong = [
        number
        for number, bodies in found.stored.items()
        if any(not is_line(body, expected.get(number), may_be_cut=not is_whole) for body in bodies)
    ]
    verdict.unexpected += len(wrong)
    if wrong:
        number = min(wrong)
        told = f"line {number} is {found.stored[number][0][:80]!r}, not {expected.get(number, b'(none)')[:80]!r}"
        verdict.violations.append(f"job {job['job_id']} ({job['file_name']}): {len(wrong)} lines are others: {told}")
    if is_whole:
        missing = sorted(expected.keys() - found.stored.keys() - found.dead.keys())
        verdict.lost += len(missing)
        if missing:
            told = f"{len(missing)} lines lost, from line {missing[0]} on"
            verdict.violations.append(f"job {job['job_id']} ({job['file_name']}): {told}")


def is_line(body: bytes, expected: bytes | None, *, may_be_cut: bool) -> bool:
    """Whether these are the line's bytes. Of one that comes in parts, an upload that broke off may lack some."""
    if expected is None or not may_be_cut or len(expected) < LONG_LINE_BYTES:
        return body == expected
    return len(body) <= len(expected) and expected.startswith(body[:WHOLE_BYTES])


def judge_job(job: asyncpg.Record, content: Content, found: Found) -> Iterable[str]:
    """What is wrong with the job's own numbers, its status and its ledger."""
    accounted = job["lines_stored"] + job["lines_rejected"] + job["lines_dead_lettered"]
    if job["status"] in OPEN:
        yield f"is still {job['status']}: {job['batches_done']} of {job['batches_total']} batches done"
    if job["lines_read"] != accounted:
        yield f"{job['status']}: {job['lines_read']} lines read, {accounted} accounted for"
    rows = sum(map(len, found.stored.values()))
    if (job["lines_stored"] + job["lines_rejected"], job["lines_rejected"]) != (rows, found.rejected):
        yield f"counts {job['lines_stored']} stored, {job['lines_rejected']} rejected; {rows} and {found.rejected} are"
    if job["sealed_at"] is not None and job["lines_read"] != content.line_count:
        yield f"counts {job['lines_read']} lines of {content.line_count}"
    if job["sealed_at"] is not None and job["status"] not in (*OPEN, *expected_status(found)):
        yield f"is {job['status']}: {job['error_message']}"
    for batch in found.batches:
        there = sum(len(found.stored.get(batch["first_line"] + place, ())) for place in range(batch["line_count"]))
        if not batch["line_count"] == batch["lines_stored"] + batch["lines_rejected"] == there:
            yield f"batch {batch['batch_no']} has {there} of {batch['line_count']} lines"


def expected_status(found: Found) -> tuple[str, ...]:
    """How a sealed job has to end."""
    return ("completed_with_errors",) if found.rejected or found.dead else ("completed", "completed_with_errors")


async def check_whole(connection: Connection, verdict: Verdict) -> None:
    """What belongs to no single job: rows without one, rollups, and what should have been worked off."""
    orphans = await connection.fetchval(ORPHANS)
    verdict.unexpected += orphans
    if orphans:
        verdict.violations.append(f"{orphans} records belong to no job")
    left = await connection.fetchrow(LEFT_OVER)
    assert left is not None
    verdict.violations += [f"{count} {what} are left" for what, count in left.items() if count]
    wrong = await connection.fetch(WRONG_ROLLUPS)
    for row in wrong[:5]:
        place = f"job {row['job_id']}, {row['dimension']} {row['value']} at {row['bucket']:%H:%M}"
        verdict.violations.append(f"{place}: the rollup says {row['kept']}, the records are {row['recounted']}")
    if len(wrong) > 5:
        verdict.violations.append(f"{len(wrong)} rollups are wrong in all")


async def dead_letters_by_reason(connection: Connection) -> Counter[str]:
    """Those that wait."""
    rows = await connection.fetch(
        "SELECT reason, count(*) AS letters FROM dead_letters WHERE state IN ('waiting', 'replaying') GROUP BY reason"
    )
    return Counter({row["reason"]: row["letters"] for row in rows})


def parsed(value: object) -> Mapping[str, Any]:
    """A jsonb column's object, which asyncpg hands over as text."""
    return dict(json.loads(value)) if isinstance(value, str) else {}
