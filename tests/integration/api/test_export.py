"""Exports: the bytes that came in, and every line of a page's filters without its limit."""

import csv
import io
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from services.api.context import Context
from services.api.export import stretches
from services.api.export.raw import LinesMissing, raw_chunks
from services.api.export.stretches import Source, line_stretches
from services.api.line_filters import LineChoice, LineFilter
from services.api.line_items import Line
from shared.database import Database
from shared.errors import InputError, LogmillError
from shared.messages import InputHints, LineBatch, encode
from tests.integration.api.owner import Owner
from tests.integration.api.seed import NOON, Record, Rejected, Seed
from tests.integration.api.test_lines import FILTERS

OTHER_DAY = date(2025, 6, 2)


@dataclass
class Input:
    """A job whose batches are written one after the other, by what became of them."""

    seed: Seed
    database: Database
    job_id: UUID
    batch_no: int = 0
    days: list[date] = field(default_factory=lambda: [date(2025, 6, 1), OTHER_DAY])

    async def stored(self, *rows: Record | Rejected, line_count: int | None = None) -> None:
        day = self.days[self.batch_no % len(self.days)]
        await self.seed.batch(self.job_id, self.batch_no, list(rows), line_count=line_count, stored_on=day)
        self.batch_no += 1

    async def part(self, line_no: int, body: bytes) -> None:
        line_bytes = len(body.removesuffix(b"\n"))
        await self._execute(
            "INSERT INTO batches VALUES ($1, $2, $3, 0, 0, 0, '2025-06-01')", self.job_id, self.batch_no, line_no
        )
        await self._execute(
            "INSERT INTO line_parts (job_id, batch_no, line_no, line_bytes, body) VALUES ($1, $2, $3, $4, $5)",
            self.job_id,
            self.batch_no,
            line_no,
            line_bytes,
            body,
        )
        self.batch_no += 1

    async def dead(self, first_line: int, body: bytes, part: int | None = None, **headers: Any) -> None:
        batch = LineBatch(self.job_id, self.batch_no, first_line, 0, 0, body, InputHints(), part)
        message = encode(batch, NOON)
        await self._execute(
            "INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, reason, detail, headers, body)"
            " VALUES ($1, $2, $3, 'bad_luck', '', $4, $5)",
            uuid4(),
            self.job_id,
            self.batch_no,
            {**message.headers, **headers},
            message.body,
        )
        self.batch_no += 1

    async def _execute(self, sql: str, *arguments: object) -> None:
        async with self.database.acquire() as connection:
            await connection.execute(sql, *arguments)


@pytest.fixture
def new_input(ann: Owner, seed: Seed, database: Database) -> Callable[..., Any]:
    async def enter(**columns: Any) -> Input:
        values = {"status": "completed", "ends_in_newline": True, **columns}
        return Input(seed, database, await seed.job(ann.user_id, **values))

    return enter


async def export(owner: Owner, job_id: UUID, **query: str) -> bytes:
    answer = await owner.ask(f"/api/jobs/{job_id}/export", params=query)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_raw_is_what_came_in(ann: Owner, new_input: Callable[..., Any]) -> None:
    job = await new_input()
    await job.stored(
        Record(1, "shown", {"raw": b"\xef\xbb\xbfexact \xff\x00\r"}),
        Rejected(2, b'{"broken'),
        Record(3, "whole line"),
        Record(4, ""),
    )
    stack = b"Error: x\r\n  at a\r\n\r"
    await job.stored(Record(5, "Error", {"raw": stack, "line_count": 3}), line_count=3)
    await job.dead(8, b"nobody\ncould store\n\n")
    await job.stored(Record(11, "after it"), Record(12, "Grüße"))
    await job.stored(Record(13, "cut", {"raw": b"begin "}))
    await job.part(13, b"middle ")
    await job.dead(13, b"lost ", part=2)
    await job.part(13, b"end\n")
    await job.stored(Rejected(14, b"begin again "))
    await job.part(14, b"\n\n"[:1])
    await job.dead(15, b"first part of a third ", part=0)
    await job.part(15, b"and its end\n")
    await job.stored(Record(16, "last"))
    assert await export(ann, job.job_id, format="raw") == (
        b'\xef\xbb\xbfexact \xff\x00\r\n{"broken\nwhole line\n\n'
        b"Error: x\r\n  at a\r\n\r\n"
        b"nobody\ncould store\n\n"
        b"after it\nGr\xc3\xbc\xc3\x9fe\n"
        b"begin middle lost end\nbegin again \nfirst part of a third and its end\nlast\n"
    )


ENDS: list[tuple[bool | None, list[str], bytes]] = [
    (True, ["a", "b"], b"a\nb\n"),
    (False, ["a", "b"], b"a\nb"),
    (None, ["a", "b"], b"a\nb\n"),
    (True, [""], b"\n"),
    (True, ["", "", ""], b"\n\n\n"),
    (False, ["a", "", "b"], b"a\n\nb"),
    (True, [], b""),
    (False, [], b""),
]


@pytest.mark.parametrize(("ends_in_newline", "lines", "expected"), ENDS)
@pytest.mark.parametrize("lines_per_batch", [1, 2])
async def test_raw_ends_as_the_input_did(
    ann: Owner,
    new_input: Callable[..., Any],
    ends_in_newline: bool | None,
    lines: list[str],
    expected: bytes,
    lines_per_batch: int,
) -> None:
    job = await new_input(ends_in_newline=ends_in_newline)
    rows = [Record(number, text) for number, text in enumerate(lines, 1)]
    for start in range(0, len(rows), lines_per_batch):
        await job.stored(*rows[start : start + lines_per_batch])
    assert await export(ann, job.job_id, format="raw") == expected


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [("part", b"more", b"begin more"), ("dead part", b"more", b"begin more"), ("dead", b"x\ny", b"begin \nx\ny")],
)
async def test_raw_of_an_input_that_ends_in_an_odd_place(
    ann: Owner, new_input: Callable[..., Any], kind: str, body: bytes, expected: bytes
) -> None:
    job = await new_input(ends_in_newline=False)
    await job.stored(Record(1, "begin "))
    match kind:
        case "part":
            await job.part(1, body)
        case "dead part":
            await job.dead(1, body, part=1)
        case "dead":
            await job.dead(2, body)
    assert await export(ann, job.job_id, format="raw") == expected


async def test_a_batch_both_stored_and_dead_comes_once(ann: Owner, new_input: Callable[..., Any]) -> None:
    job = await new_input()
    await job.stored(Record(1, "one"))
    job.batch_no = 0
    await job.dead(1, b"one\n")
    assert await export(ann, job.job_id, format="raw") == b"one\n"


async def test_a_long_job_comes_in_stretches(
    ann: Owner, seed: Seed, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "LINES_AT_ONCE", 7)
    job_id = await seed.job(ann.user_id, status="completed")
    await seed.many(job_id, batches=9, lines_per_batch=30)
    lines = [f"line {number}" for number in range(1, 271)]
    assert await export(ann, job_id, format="raw") == "".join(f"{line}\n" for line in lines).encode()
    items = [json.loads(line) for line in (await export(ann, job_id)).splitlines()]
    assert [item["raw"] for item in items] == lines
    source = Source(context, job_id, ann.user_id)
    stretch_sizes = [len(rows) async for rows in line_stretches(source, LineFilter.of(LineChoice()))]
    assert (sum(stretch_sizes), max(stretch_sizes)) == (270, 7)
    errors = (await export(ann, job_id, level="error")).splitlines()
    assert len(errors) == 27


@pytest.fixture
async def mixed(ann: Owner, seed: Seed) -> UUID:
    """As the job of the same name whose FILTERS are tried out on pages."""
    job_id = await seed.job(ann.user_id, file_name="mixed.log.gz")
    at = {"logged_at": NOON, "severity": 9}
    await seed.batch(
        job_id, 3, [Record(9, "late", at | {"severity": 17}), Rejected(10, b"late \xc3\xa9")], stored_on=OTHER_DAY
    )
    await seed.batch(job_id, 0, [Record(1, "One 100%", at), Rejected(2), Record(3, "under_score", at)])
    stack = b"Traceback:\n  File x\nError: back\\slash"
    columns = {"severity": 21, "logged_at": datetime(2025, 1, 31, 13, tzinfo=UTC), "line_count": 3, "raw": stack}
    await seed.batch(job_id, 1, [Record(4, "Traceback", columns)], line_count=3)
    await seed.batch(job_id, 4, [Record(11, "no level, no time, Näme")])
    return job_id


async def test_filters_are_those_of_lines(ann: Owner, mixed: UUID) -> None:
    found = []
    for query, _ in FILTERS:
        items = [json.loads(line) for line in (await export(ann, mixed, **query)).splitlines()]
        assert items == await ann.all_items(f"/api/jobs/{mixed}/lines", limit=1000, **query)
        found.append((query, [item["line_no"] for item in items]))
    assert found == FILTERS


async def test_csv_has_the_same_lines(ann: Owner, mixed: UUID) -> None:
    text = (await export(ann, mixed, format="csv")).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    items = await ann.all_items(f"/api/jobs/{mixed}/lines", limit=1000)
    assert [int(row["line_no"]) for row in rows] == [item["line_no"] for item in items]
    for row, item in zip(rows, items, strict=True):
        assert set(row) == set(Line.model_fields)
        assert json.loads(row["attrs"]) == item["attrs"]
        assert row["raw"] == item["raw"]
        assert row["reason"] == item.get("reason", "")
        assert row["logged_at"] == (item["logged_at"] or "")
    only = (await export(ann, mixed, format="csv", reason="any")).decode()
    assert only.count("\r\n") == 3


HEADERS = [
    ({}, "application/x-ndjson", "mixed.log.ndjson"),
    ({"format": "ndjson"}, "application/x-ndjson", "mixed.log.ndjson"),
    ({"format": "csv"}, "text/csv; charset=utf-8; header=present", "mixed.log.csv"),
    ({"format": "raw"}, "application/octet-stream", "mixed.log"),
]


@pytest.mark.parametrize(("query", "media_type", "name"), HEADERS)
async def test_headers(
    ann: Owner, mixed: UUID, database: Database, query: dict[str, str], media_type: str, name: str
) -> None:
    async with database.acquire() as connection:
        await connection.execute("UPDATE jobs SET status = 'completed' WHERE job_id = $1", mixed)
        await connection.execute("INSERT INTO batches VALUES ($1, 2, 7, 0, 0, 0, '2025-06-01')", mixed)
    for method in ("GET", "HEAD"):
        answer = await ann.ask(f"/api/jobs/{mixed}/export", method, params=query)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        assert answer.headers["content-disposition"] == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
        assert answer.headers["cache-control"] == "no-store"
        assert "content-length" not in answer.headers
        assert (answer.content == b"") is (method == "HEAD")


REFUSED: list[tuple[str, dict[str, str], int, str]] = [
    ("completed", {"format": "xml"}, 422, "format"),
    ("completed", {"format": "raw", "level": "error"}, 422, "level"),
    ("completed", {"format": "raw", "q": "x"}, 422, "q"),
    ("completed", {"format": "raw", "since": "2025-01-01T00:00:00Z"}, 422, "since"),
    ("completed", {"format": "raw", "until": "2025-01-01T00:00:00Z"}, 422, "until"),
    ("completed", {"format": "raw", "reason": "any"}, 422, "reason"),
    ("completed", {"format": "csv", "since": "yesterday"}, 422, "since"),
    ("receiving", {"format": "raw"}, 409, "ended"),
    ("processing", {"format": "raw"}, 409, "ended"),
]


@pytest.mark.parametrize(("status", "query", "expected", "said"), REFUSED)
async def test_refusals(ann: Owner, seed: Seed, status: str, query: dict[str, str], expected: int, said: str) -> None:
    job_id = await seed.job(ann.user_id, status=status)
    answer = await ann.ask(f"/api/jobs/{job_id}/export", params=query)
    assert answer.status_code == expected
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("status", ["completed", "completed_with_errors", "failed", "cancelled", "interrupted"])
async def test_any_job_that_has_ended_and_lacks_nothing_gives_its_bytes(ann: Owner, seed: Seed, status: str) -> None:
    job_id = await seed.job(ann.user_id, status=status, batches_total=None if status == "interrupted" else 1)
    await seed.batch(job_id, 0, [Record(1, "one")])
    assert await export(ann, job_id, format="raw") == b"one\n"


INCOMPLETE: list[tuple[dict[str, Any], list[int], list[int], str | None]] = [
    ({"status": "completed", "batches_total": 3, "lines_read": 3}, [0, 1, 2], [], None),
    ({"status": "completed_with_errors", "batches_total": 3, "lines_read": 2}, [0, 2], [1], None),
    ({"status": "failed", "batches_total": 3, "lines_read": 3}, [0, 2], [], "1 of 3 batches never arrived"),
    ({"status": "failed", "batches_total": 3, "lines_read": 3}, [0, 1], [], "1 of 3 batches never arrived"),
    ({"status": "failed", "batches_total": 3, "lines_read": 4}, [0, 1, 2], [], "1 of 4 lines never arrived"),
    ({"status": "interrupted", "lines_read": 2}, [0, 1], [], None),
    ({"status": "interrupted", "lines_read": 3}, [0, 1], [], "not all are stored yet: 2 are"),
    ({"status": "interrupted", "lines_read": 3}, [0, 2], [], "not all are stored yet: 2 are"),
    ({"status": "interrupted", "lines_read": 2}, [0, 2], [], "1 of its first 3 batches never came in"),
]


@pytest.mark.parametrize(("columns", "stored", "dead", "said"), INCOMPLETE)
async def test_raw_is_all_or_refused(
    ann: Owner,
    new_input: Callable[..., Any],
    columns: dict[str, Any],
    stored: list[int],
    dead: list[int],
    said: str | None,
) -> None:
    job = await new_input(**columns)
    for number in sorted(stored + dead):
        job.batch_no = number
        line = f"line {number}"
        await (job.stored(Record(number + 1, line)) if number in stored else job.dead(number + 1, f"{line}\n".encode()))
    answer = await ann.ask(f"/api/jobs/{job.job_id}/export", params={"format": "raw"})
    if said is None:
        assert answer.content == b"".join(b"line %d\n" % number for number in sorted(stored + dead))
    else:
        assert (answer.status_code, said in answer.json()["detail"]) == (409, True), answer.text
    assert len((await export(ann, job.job_id)).splitlines()) == len(stored)


@pytest.mark.parametrize(("batches", "total"), [([0, 2], None), ([0, 1, 2, 3, 5], None), ([0, 1], 3), ([0, 1], 1)])
async def test_a_batch_that_is_nowhere_breaks_off(
    ann: Owner, context: Context, new_input: Callable[..., Any], batches: list[int], total: int | None
) -> None:
    job = await new_input()
    for number in batches:
        job.batch_no = number
        await job.stored(Record(number + 1))
    chunks = raw_chunks(Source(context, job.job_id, ann.user_id), ends_in_newline=True, batches_total=total)
    with pytest.raises(LinesMissing):
        _ = [chunk async for chunk in chunks]


async def test_a_job_that_is_removed_meanwhile_breaks_off(
    ann: Owner, seed: Seed, context: Context, database: Database
) -> None:
    async def remove(job_id: UUID) -> None:
        async with database.acquire() as connection:
            await connection.execute("DELETE FROM jobs WHERE job_id = $1", job_id)

    for kind in ("raw", "lines"):
        job_id = await seed.job(ann.user_id, status="completed")
        await seed.many(job_id, batches=6, lines_per_batch=2)
        source = Source(context, job_id, ann.user_id)
        parts: Any = (
            raw_chunks(source, ends_in_newline=True)
            if kind == "raw"
            else line_stretches(source, LineFilter.of(LineChoice()))
        )
        assert await anext(parts)
        await remove(job_id)
        with pytest.raises(InputError):
            await anext(parts)


async def test_lines_that_are_missing_break_off(ann: Owner, seed: Seed, context: Context, database: Database) -> None:
    job_id = await seed.job(ann.user_id, status="completed")
    await seed.many(job_id, batches=1, lines_per_batch=3)
    async with database.acquire() as connection:
        await connection.execute("DELETE FROM log_records WHERE job_id = $1 AND line_no = 2", job_id)
    with pytest.raises(LinesMissing):
        await anext(raw_chunks(Source(context, job_id, ann.user_id), ends_in_newline=True))


@pytest.mark.parametrize("damage", [{"body_bytes": 1}, {"body_bytes": None}])
async def test_a_dead_letter_that_cannot_be_read_breaks_off(
    context: Context, new_input: Callable[..., Any], ann: Owner, damage: dict[str, Any]
) -> None:
    job = await new_input()
    await job.dead(1, b"one\n", **damage)
    with pytest.raises(LogmillError):
        await anext(raw_chunks(Source(context, job.job_id, ann.user_id), ends_in_newline=True))


async def test_a_wrong_checksum_does_not_keep_the_bytes_back(ann: Owner, new_input: Callable[..., Any]) -> None:
    job = await new_input()
    await job.dead(1, b"one\n", crc32=zlib.crc32(b"two\n"))
    assert await export(ann, job.job_id, format="raw") == b"one\n"


async def test_what_breaks_off_has_no_end(ann: Owner, new_input: Callable[..., Any]) -> None:
    job = await new_input()
    await job.dead(1, b"one\n", body_bytes=7)
    with capture_logs() as logged, pytest.raises(AssertionError):  # the test client's own, for want of an end
        await ann.ask(f"/api/jobs/{job.job_id}/export", params={"format": "raw"})
    assert [(event["event"], event["log_level"]) for event in logged] == [("an export broke off", "warning")]


async def test_no_connection_is_held_while_the_client_reads(
    ann: Owner, seed: Seed, context: Context, database: Database
) -> None:
    job_id = await seed.job(ann.user_id, status="completed")
    await seed.many(job_id, batches=6, lines_per_batch=2)
    patient = [raw_chunks(Source(context, job_id, ann.user_id), ends_in_newline=True) for _ in range(50)]
    for chunks in patient:
        await anext(chunks)
    assert not context.searches.locked()
    async with database.acquire() as connection:
        open_transactions = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        )
    assert open_transactions == 0
    for chunks in patient:
        await chunks.aclose()  # type: ignore[attr-defined]


CUTS = [
    ("é" * 3, b"\xc3\xa9\xc3\xa9\xc3\xa9", "ééé", 6),
    ("é\ufffd", b"\xc3\xa9\xc3", "é", 3),
    ("field only", b'{"msg": "field only', '{"msg": "field only', 19),
    ("ascii", None, "ascii", 5),
    ("aÃ", b"a\xc3", "a", 2),
    ("a\ufffd", b"a\xe2\x82", "a", 3),
]


@pytest.mark.parametrize(("message", "raw", "shown", "kept_bytes"), CUTS)
async def test_an_over_long_line_is_shown_cut(
    ann: Owner, new_input: Callable[..., Any], message: str, raw: bytes | None, shown: str, kept_bytes: int
) -> None:
    job = await new_input()
    attrs = {"a": 1, "truncated": "no"}
    await job.stored(Record(1, message, {"raw": raw, "attrs": attrs}))
    await job.part(1, b"x" * 1_000_000)
    await job.part(1, b"\xa9y\n")
    await job.stored(Record(2, "short"))
    marker = f" … [line of {kept_bytes + 1_000_002:,} bytes, cut after {kept_bytes:,}]"
    first, second = await ann.all_items(f"/api/jobs/{job.job_id}/lines")
    assert first["message"] == ("a" if raw and raw[:1] == b"a" else message.rstrip("\ufffd")) + marker
    assert first["raw"] == shown + marker
    assert first["attrs"] == {"a": 1, "line_bytes": kept_bytes + 1_000_002, "truncated": True}
    assert (second["message"], second["raw"], second["attrs"]) == ("short", "short", {})
    exported = [json.loads(line) for line in (await export(ann, job.job_id)).splitlines()]
    assert exported == [first, second]
    for item in exported:
        Line.model_validate(item)


async def test_an_over_long_rejected_line_is_shown_cut(ann: Owner, new_input: Callable[..., Any]) -> None:
    job = await new_input()
    await job.stored(Rejected(1, b'{"a": "\xe2\x82'))
    await job.part(1, b"\xac")
    (item,) = await ann.all_items(f"/api/jobs/{job.job_id}/lines")
    assert (item["message"], item["raw"]) == (None, '{"a": " … [line of 10 bytes, cut after 9]')
    assert item["attrs"] == {"detail": "why", "line_bytes": 10, "truncated": True}
