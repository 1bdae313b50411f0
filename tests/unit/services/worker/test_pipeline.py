"""One delivery's way through a real parser, to a database that is not there."""

import zlib
from asyncio import CancelledError
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import polars as pl
import pytest
import zstandard
from prometheus_client import CollectorRegistry

from services.worker import bisection, pipeline
from services.worker.bisection import Bisection, RowsRefused
from services.worker.metrics import WorkerMetrics
from services.worker.panics import ParserPanicError
from services.worker.pipeline import Delivery, Pipeline
from services.worker.settings import WorkerSettings
from services.worker.settlement import Ack, DeadLetter, GiveBack, Retry, Settlement
from services.worker.writer import Rows, Writer
from shared.attempts import Attempt
from shared.clock import Clock
from shared.database import Connection
from shared.errors import DatabaseUnavailable
from shared.lifecycle import Stop
from shared.messages import LineBatch

BODY = b"10.0.0.1 one\nERROR two\n"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "version": 1,
    "job_id": str(UUID(int=7)),
    "batch_no": 0,
    "first_line": 1,
    "line_count": 2,
    "byte_offset": 0,
    "body_bytes": len(BODY),
    "crc32": zlib.crc32(BODY),
}
POISON = {**GOOD, "crc32": 1}
WORKER = "here:42"


class Absent(Writer):
    """A database that is away for the first `tries` writes; sets `stop` when it has been asked `stop_at` times."""

    def __init__(self, tries: int, stop: Stop, stop_at: int = 0) -> None:
        self.tries, self.stop, self.stop_at = tries, stop, stop_at
        self.asked: list[Rows] = []
        self.unwanted: str | None = None

    async def look(self, _batch: LineBatch) -> str | None:
        return self.unwanted

    def today(self) -> date:
        return NOW.date()

    async def write(self, _batch: LineBatch, rows: Rows) -> str:
        self.asked.append(rows)
        if len(self.asked) == self.stop_at:
            self.stop.set()
        if len(self.asked) <= self.tries:
            raise DatabaseUnavailable("away")
        return "stored"


class Parts:
    """A pipeline and what it was made of."""

    def __init__(self, tries: int = 0, stop_at: int = 0) -> None:
        self.registry = CollectorRegistry()
        stop = Stop()
        self.writer = Absent(tries, stop, stop_at)
        clock = Clock(now=lambda: NOW)
        self.pipeline = Pipeline(WorkerSettings(), self.writer, WorkerMetrics(self.registry), clock, stop, WORKER)

    async def process(self, headers: dict[str, Any]) -> Settlement:
        return await self.pipeline.process(_delivery(headers))


def _delivery(headers: dict[str, Any]) -> Delivery:
    return Delivery(zstandard.ZstdCompressor().compress(BODY), "line_batch", headers, NOW)


@pytest.mark.parametrize(
    ("header", "attempts"),
    [
        (["a", "b"], (Attempt("a"), Attempt("b"))),
        ([{"at": "then", "error": "e", "worker": "w"}], (Attempt("e", "then", "w"),)),
        ([], ()),
        (5, ()),
        ("ab", ()),
        ([1, 2], ()),
        (["a", None], ()),
        ({"a": 1}, ()),
        (None, ()),
    ],
)
def test_attempts_are_a_list_of_tables_or_texts_or_none(header: object, attempts: tuple[Attempt, ...]) -> None:
    assert _delivery({"attempts": header}).attempts == attempts


@pytest.mark.parametrize("attempts", [5, None, "x", [b"\xff"], {"a": []}])
async def test_poison_is_dead_lettered_whatever_its_history(attempts: object) -> None:
    settlement = await Parts().process({**POISON, "attempts": attempts})
    assert isinstance(settlement, DeadLetter)
    assert settlement.reason == "bad_checksum"
    assert [attempt.error.partition(":")[0] for attempt in settlement.attempts] == ["PoisonMessage"]


async def test_a_batch_is_parsed_once_however_often_it_is_written() -> None:
    parts = Parts(tries=3)
    assert await parts.process(GOOD) == Ack("stored")
    assert len(parts.writer.asked) == 4
    assert all(rows is parts.writer.asked[0] for rows in parts.writer.asked)
    assert parts.registry.get_sample_value("logmill_worker_parse_seconds_count") == 1


async def test_a_stop_gives_a_held_batch_back() -> None:
    parts = Parts(tries=1000, stop_at=2)
    assert await parts.process(GOOD) == GiveBack()
    assert len(parts.writer.asked) == 2


async def test_a_batch_held_too_long_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "LONGEST_HOLD_SECONDS", 0)
    assert await Parts(tries=1000).process(GOOD) == GiveBack()


async def test_one_that_runs_alone_is_not_held_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "LONGEST_HOLD_ALONE_SECONDS", 0)
    assert await Parts(tries=1000).pipeline.process(_delivery(GOOD), alone=True) == GiveBack()


@pytest.mark.parametrize("outcome", ["duplicate", "cancelled", "orphaned"])
async def test_what_nobody_wants_is_not_parsed(outcome: str) -> None:
    parts = Parts()
    parts.writer.unwanted = outcome
    assert await parts.process(GOOD) == Ack(outcome)
    assert parts.registry.get_sample_value("logmill_worker_parse_seconds_count") == 0


async def test_neither_attempts_nor_logs_tell_a_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """PostgreSQL's DETAIL has the row."""
    refusal: asyncpg.PostgresError = asyncpg.NotNullViolationError("null value in column")
    refusal.detail = "Failing row contains (secret)."
    parts = Parts()

    async def refuse(_batch: LineBatch, _rows: Rows) -> str:
        raise RuntimeError("another") from refusal

    monkeypatch.setattr(parts.writer, "write", refuse)
    settlements = [await parts.process({**GOOD, "attempts": ["a"] * failed}) for failed in (0, 2)]
    told = f"{settlements}{capsys.readouterr()}"
    assert "NotNullViolationError: null value in column" in told
    assert "a line batch failed unexpectedly" in told
    assert "secret" not in told


class Panic(BaseException):
    """What native code raises."""


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (Panic("index out of bounds"), "ParserPanicError: Panic: index out of bounds"),
        (SystemExit(3), "ParserPanicError: SystemExit: 3"),
        (KeyboardInterrupt(), "ParserPanicError: KeyboardInterrupt: "),
        (CancelledError(), "ParserPanicError: CancelledError: "),
        (GeneratorExit(), "ParserPanicError: GeneratorExit: "),
        (StopIteration(), "ParserPanicError: StopIteration"),
        (MemoryError(), "MemoryError: "),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (ValueError("half of a pair: \ud800"), "ValueError: half of a pair: ?"),
    ],
)
async def test_whatever_parsing_raises_is_a_failed_attempt(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, error: str
) -> None:
    monkeypatch.setattr(pipeline, "parse_batch", fail_with(raised))
    assert await Parts().process(GOOD) == Retry((Attempt(error, NOW.isoformat(), WORKER),))


async def test_a_panic_over_refused_records_is_a_failed_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = Parts()

    async def refuse(_batch: LineBatch, _rows: Rows) -> str:
        raise RowsRefused("not this one")

    async def find_refused(_batch: LineBatch, _rows: Rows) -> dict[int, str]:
        return {0: "not this one"}

    monkeypatch.setattr(parts.writer, "write", refuse)
    monkeypatch.setattr(parts.writer, "find_refused", find_refused)
    monkeypatch.setattr(pipeline, "reject", fail_with(Panic("out of bounds")))
    told = "ParserPanicError: Panic: out of bounds"
    assert await parts.process(GOOD) == Retry((Attempt(told, NOW.isoformat(), WORKER),))


async def test_a_panic_while_records_are_searched_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bisection, "encode_records", fail_with(Panic("out of bounds")))
    search = Bisection(cast(Connection, None), "nowhere", pl.DataFrame({"line_no": [1]}), UUID(int=7), NOW.date())
    with pytest.raises(ParserPanicError, match="Panic: out of bounds"):
        await search.find()


def fail_with(error: BaseException) -> Callable[..., None]:
    def fail(*_args: object, **_named: object) -> None:
        raise error

    return fail
