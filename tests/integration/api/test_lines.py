"""A job's lines: order, paging, filters, and what a line looks like."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.api.context import Context
from services.api.line_items import Line
from shared.clock import Clock
from tests.integration.api.conftest import build_reading_app
from tests.integration.api.owner import Owner
from tests.integration.api.seed import NOON, Record, Rejected, Seed

OTHER_DAY = date(2025, 6, 2)


def numbers(items: list[Any]) -> list[int]:
    return [item["line_no"] for item in items]


@pytest.fixture
async def mixed(ann: Owner, seed: Seed) -> UUID:
    """Four batches over two days, stored out of order; batch 2 (lines 7 and 8) is missing, as a dead letter is."""
    job_id = await seed.job(ann.user_id)
    at = {"logged_at": NOON, "severity": 9}
    await seed.batch(
        job_id, 3, [Record(9, "late", at | {"severity": 17}), Rejected(10, b"late \xc3\xa9")], stored_on=OTHER_DAY
    )
    await seed.batch(job_id, 0, [Record(1, "One 100%", at), Rejected(2), Record(3, "under_score", at)])
    stack = b"Traceback:\n  File x\nError: back\\slash"
    columns = {"severity": 21, "logged_at": NOON + timedelta(hours=1), "line_count": 3, "raw": stack}
    await seed.batch(job_id, 1, [Record(4, "Traceback", columns)], line_count=3)
    await seed.batch(job_id, 4, [Record(11, "no level, no time, Näme")])
    return job_id


async def test_every_line_once_and_in_order(ann: Owner, mixed: UUID) -> None:
    for limit in (1, 2, 3, 100):
        pages = await ann.pages(f"/api/jobs/{mixed}/lines", limit=limit)
        assert [number for page in pages for number in numbers(page)] == [1, 2, 3, 4, 9, 10, 11]
        assert all(len(page) <= limit for page in pages)


FILTERS: list[tuple[dict[str, str], list[int]]] = [
    ({"level": "error"}, [9]),
    ({"level": "error,fatal"}, [4, 9]),
    ({"level": "unknown"}, [11]),
    ({"level": "trace"}, []),
    ({"q": "one"}, [1]),
    ({"q": "100%"}, [1]),
    ({"q": "%"}, [1]),
    ({"q": "_"}, [3]),
    ({"q": "\\"}, [4]),
    ({"q": "error: BACK"}, [4]),  # only in the original text
    ({"q": "é"}, [10]),
    ({"q": "NÄME"}, [11]),
    ({"q": "e"}, [1, 2, 3, 4, 9, 10, 11]),
    ({"q": "'; DROP TABLE jobs; --"}, []),
    ({"since": "2025-01-31T12:00:00Z"}, [1, 3, 4, 9]),
    ({"since": "2025-01-31T13:00:00.000001+01:00"}, [4]),
    ({"until": "2025-01-31T12:00:00Z"}, []),
    ({"until": "2025-01-31T13:00:00Z"}, [1, 3, 9]),
    ({"reason": "any"}, [2, 10]),
    ({"reason": "broken_json"}, [2, 10]),
    ({"reason": "too_long"}, []),
    ({"reason": "any", "q": "late"}, [10]),
    ({"reason": "any", "level": "error"}, []),
    ({"level": "error", "q": "LATE", "since": "2025-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, [9]),
]


@pytest.mark.parametrize("limit", [1, 1000])
async def test_filters(ann: Owner, mixed: UUID, limit: int) -> None:
    path = f"/api/jobs/{mixed}/lines"
    found = [(query, numbers(await ann.all_items(path, limit=limit, **query))) for query, _ in FILTERS]
    assert found == FILTERS


async def test_a_record_has_every_field(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id)
    columns = {
        "logged_at": NOON,
        "severity": 13,
        "logger": "app.http",
        "hostname": "web-1",
        "pid": 42,
        "client_ip": "2001:db8::1",
        "method": "GET",
        "url": "/a?b=c",
        "status": 200,
        "bytes": 5_000_000_000,
        "duration_ms": 1.5,
        "user_id": "u1",
        "trace_id": "t1",
        "referer": "http://r.example/",
        "user_agent": "curl/8",
        "attrs": {"nested": {"a": [1, None, "x"]}},
        "raw": b'\x00raw \xff "text"',
        "format": "json",
    }
    await seed.batch(job_id, 0, [Record(1, "hello", columns), Rejected(2, b"a\xf0b", "too_long"), Record(3, "plain")])
    first, second, third = await ann.all_items(f"/api/jobs/{job_id}/lines")
    assert first == {
        "line_no": 1,
        "line_count": 1,
        "logged_at": "2025-01-31T12:00:00Z",
        "level": "warn",
        "severity": 13,
        "message": "hello",
        "logger": "app.http",
        "hostname": "web-1",
        "pid": 42,
        "client_ip": "2001:db8::1",
        "method": "GET",
        "url": "/a?b=c",
        "status": 200,
        "bytes": 5_000_000_000,
        "duration_ms": 1.5,
        "user_id": "u1",
        "trace_id": "t1",
        "attrs": {"referer": "http://r.example/", "user_agent": "curl/8", "nested": {"a": [1, None, "x"]}},
        "raw": '\x00raw \ufffd "text"',
        "format": "json",
    }
    assert (second["reason"], second["raw"], second["message"], second["level"]) == ("too_long", "aðb", None, None)
    assert second["attrs"] == {"detail": "why"}
    assert (third["raw"], third["message"], third["level"], third["attrs"]) == ("plain", "plain", "unknown", {})
    assert set(second) == set(Line.model_fields)
    assert set(third) == set(Line.model_fields) - {"reason"}
    for item in (first, second, third):
        Line.model_validate(item)


async def test_the_original_text_is_readable_in_the_inputs_charset(ann: Owner, seed: Seed) -> None:
    for charset, shown in (
        ("koi8-r", "Привет é"),
        ("no such charset", "\ufffd" * 6 + " é"),
        (None, "\ufffd" * 6 + " é"),
    ):
        job_id = await seed.job(ann.user_id, charset=charset)
        await seed.batch(job_id, 0, [Rejected(1, "Привет".encode("koi8-r") + b" e"), Record(2, "é")])
        items = await ann.all_items(f"/api/jobs/{job_id}/lines")
        assert [item["raw"] for item in items] == [shown.replace("é", "e"), "é"]


async def test_deep_attributes_come_through(ann: Owner, seed: Seed) -> None:
    deep = json.loads('{"a":' * 600 + "1" + "}" * 600)
    job_id = await seed.job(ann.user_id)
    await seed.batch(job_id, 0, [Record(1, "deep", {"attrs": deep})])
    (item,) = await ann.all_items(f"/api/jobs/{job_id}/lines")
    assert item["attrs"] == deep


async def test_a_long_job_pages_evenly(ann: Owner, seed: Seed) -> None:
    job_id = await seed.job(ann.user_id)
    await seed.many(job_id, batches=70, lines_per_batch=30)
    pages = await ann.pages(f"/api/jobs/{job_id}/lines", limit=500)
    assert [len(page) for page in pages] == [500, 500, 500, 500, 100]
    assert [number for page in pages for number in numbers(page)] == list(range(1, 2101))
    errors = await ann.pages(f"/api/jobs/{job_id}/lines", limit=100, level="error")
    assert [len(page) for page in errors] == [100, 100, 10]
    assert numbers(await ann.all_items(f"/api/jobs/{job_id}/lines", q="line 2100")) == [2100]


async def test_another_jobs_lines_stay_out(ann: Owner, seed: Seed) -> None:
    jobs = [await seed.job(ann.user_id) for _ in range(2)]
    for job_id in jobs:
        await seed.batch(job_id, 0, [Record(1, str(job_id)), Rejected(2, str(job_id).encode())])
    for job_id in jobs:
        items = await ann.all_items(f"/api/jobs/{job_id}/lines")
        assert [item["raw"] for item in items] == [str(job_id)] * 2


async def test_a_page_of_long_lines_ends_early(ann: Owner, seed: Seed, context: Context) -> None:
    job_id = await seed.job(ann.user_id)
    size = context.settings.max_page_bytes // 4
    rows: list[Record | Rejected] = [Record(n, "x" * size) if n % 2 else Rejected(n, b"y" * size) for n in range(1, 11)]
    await seed.batch(job_id, 0, rows[:7])
    await seed.batch(job_id, 1, rows[7:])
    pages = await ann.pages(f"/api/jobs/{job_id}/lines", limit=1000)
    assert [numbers(page) for page in pages] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]


async def test_a_search_that_takes_long_answers_with_what_it_has(ann: Owner, seed: Seed, context: Context) -> None:
    job_id = await seed.job(ann.user_id)
    await seed.many(job_id, batches=100, lines_per_batch=10)
    ticks = iter(range(10**6))
    impatient = replace(context, clock=Clock(now=context.clock.now, monotonic=lambda: float(next(ticks))))
    ann.http._transport.app = build_reading_app(impatient)  # type: ignore[attr-defined]
    pages = await ann.pages(f"/api/jobs/{job_id}/lines", limit=50, q="line 777")
    assert len(pages) > 5
    assert numbers([item for page in pages for item in page]) == [777]


async def test_a_cursor_is_good_for_its_job_and_filters_only(ann: Owner, mixed: UUID, seed: Seed) -> None:
    path = f"/api/jobs/{mixed}/lines"
    cursor = (await ann.get(path, limit=1))["next_cursor"]
    other = await seed.job(ann.user_id)
    assert (await ann.ask(f"{path}?cursor={cursor}&limit=7")).status_code == 200
    for refused in (
        f"{path}?cursor={cursor}&level=error",
        f"{path}?cursor={cursor}&q=x",
        f"/api/jobs/{other}/lines?cursor={cursor}",
        f"/api/jobs?cursor={cursor}",
        f"{path}?cursor={cursor[:-2]}",
        f"{path}?cursor=💥",
    ):
        answer = await ann.ask(refused)
        assert (answer.status_code, answer.json()["title"]) == (422, "Bad cursor"), refused


async def test_a_job_without_lines(ann: Owner, seed: Seed) -> None:
    for status in ("receiving", "completed", "failed", "interrupted"):
        job_id = await seed.job(ann.user_id, status=status, lines_read=0)
        assert await ann.get(f"/api/jobs/{job_id}/lines") == {"items": [], "next_cursor": None}
