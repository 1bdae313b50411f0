"""A batch's sums agree with a recount, record by record."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from services.worker.summarise import summarise
from shared.parsing import ParsedBatch, ParseHints, parse_batch
from shared.severity import level_of

KEYWORDS = ["Error", "timeout"]
LINES = (
    b'10.0.0.1 - - [01/Jan/2026:00:00:01 +0000] "GET /a?x=1 HTTP/1.1" 200 5 "-" "-"\n'
    b'10.0.0.2 - - [01/Jan/2026:00:00:59 +0000] "GET /a?x=2 HTTP/1.1" 500 5 "-" "-"\n'
    b'10.0.0.1 - - [01/Jan/2026:00:01:00 +0000] "GET /error?y HTTP/1.1" 404 5 "-" "-"\n'
    b"2026-01-01 00:01:30,000 ERROR connection TimeOut, timeout and error\n"
    b"2026-01-01 00:01:31,000 INFO took 25ms\n"
    b"no time, no level\n"
    b"\n"
)


def parsed(body: bytes) -> ParsedBatch:
    return parse_batch(body, first_line=1, hints=ParseHints(received_at=datetime(2026, 2, 1, tzinfo=UTC)))


@pytest.mark.parametrize("body", [LINES, LINES * 50, b"", b"\n", b'{"level":"info"}\n{"broken\n' * 3])
def test_every_sum_is_a_recount(body: bytes) -> None:
    batch = parsed(body)
    partial = summarise(batch, KEYWORDS)
    summary, records = partial.summary, batch.records.rows(named=True)
    hits = [(r, k.lower()) for r in records for k in KEYWORDS if k.lower() in r["message"].lower()]
    statuses = [r for r in records if r["status"] is not None]
    assert summary.records == len(records)
    assert summary.lines_stored + summary.lines_rejected == body.count(b"\n")
    assert summary.levels == Counter(level_of(r["severity"]) for r in records)
    assert summary.statuses == Counter(str(r["status"]) for r in statuses)
    assert summary.keywords == Counter(keyword for _, keyword in hits)
    assert dict(summary.top_ips(99)) == Counter(r["client_ip"] for r in records if r["client_ip"])
    assert dict(summary.top_paths(99)) == Counter(r["url"].split("?")[0] for r in records if r["url"])
    times = [r["logged_at"] for r in records if r["logged_at"]]
    assert (summary.first_logged_at, summary.last_logged_at) == (min(times, default=None), max(times, default=None))
    expected = Counter(
        [("level", minute(r), level_of(r["severity"])) for r in records if r["logged_at"]]
        + [("status", minute(r), str(r["status"])) for r in statuses if r["logged_at"]]
        + [("keyword", minute(r), keyword) for r, keyword in hits if r["logged_at"]]
    )
    assert {(row.dimension, row.bucket, row.value): row.records for row in partial.rollups} == expected
    assert len(partial.rollups) == len(expected)


def minute(record: dict[str, datetime]) -> datetime:
    return record["logged_at"].replace(second=0, microsecond=0)


def test_the_lines_above_hold_what_is_counted() -> None:
    summary = summarise(parsed(LINES), KEYWORDS).summary
    assert summary.keywords == {"error": 2, "timeout": 1}
    assert summary.statuses == {"200": 1, "500": 1, "404": 1}
    assert dict(summary.top_paths(9)) == {"/a": 2, "/error": 1}
    assert summary.unique_ips == 2


def test_no_keywords() -> None:
    assert summarise(parsed(LINES), []).summary.keywords == {}
