"""A round by itself, against an api that answers from a table: what is asked, counted and waited for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from cli.canary.account import Account
from cli.canary.exchange import understood
from cli.canary.lines import KnownLines, known_lines
from cli.canary.metrics import CanaryMetrics
from cli.canary.probing import Canary
from cli.canary.rounds import Limits
from cli.canary.settings import CanarySettings
from cli.client import ApiClient
from shared.clock import Clock
from shared.errors import TransientError
from tests.unit.cli.stub import Answer, StubApi, problem

JOB_ID = "00000000-0000-4000-8000-000000000001"
LEFT_ID = "00000000-0000-4000-8000-000000000002"
JOB = f"/api/jobs/{JOB_ID}"
LINES = 10
NOW = datetime(2026, 3, 5, 6, 7, 8, tzinfo=UTC)
SETTINGS = CanarySettings("http://127.0.0.1:1", "canary@localhost", "p", "", 0, 30, LINES, 3, Limits(10, 100))


@dataclass
class Bench:
    """A canary, the api that it asks, and the time that passes only here."""

    api: StubApi
    canary: Canary
    registry: CollectorRegistry
    seconds: list[float] = field(default_factory=lambda: [1000.0])

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"logmill_canary_{name}", labels)


def bench(monkeypatch: pytest.MonkeyPatch, table: dict[str, Answer | list[Answer]]) -> Bench:
    api = StubApi({"POST /auth/login": {"access_token": "token"}, "GET /api/jobs": page(), **table})
    monkeypatch.setattr("cli.canary.account.ApiClient", partial(ApiClient, transport=httpx.MockTransport(api)))
    monkeypatch.setattr("cli.canary.probing.uuid4", lambda: type("Id", (), {"hex": "0123abcd" * 4}))
    registry, seconds = CollectorRegistry(), [1000.0]
    clock = Clock(lambda: NOW + timedelta(seconds=seconds[0]), lambda: seconds[0])
    canary = Canary(SETTINGS, Account(SETTINGS.url, "canary@localhost", "p"), CanaryMetrics(registry), clock)
    return Bench(api, canary, registry, seconds)


def page(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": None}


def job(status: str = "completed", name: str = "logmill-canary-0123abcd-1.log", job_id: str = JOB_ID) -> dict[str, Any]:
    counts = {"lines_read": LINES, "lines_stored": LINES, "lines_rejected": 0, "lines_dead_lettered": 0}
    return {"job_id": job_id, "file_name": name, "status": status, **counts}


def written() -> KnownLines:
    return known_lines("canary-0123abcd-r1", LINES, NOW + timedelta(seconds=1000))


def healthy() -> dict[str, Answer | list[Answer]]:
    """What an api answers that has stored the first round."""
    known = written()
    single = [{"line_no": number, "raw": text} for number, text in enumerate(known.texts[:5], 1)]
    trace = {"line_no": 6, "raw": "\n".join(known.texts[5:])}
    return {
        "POST /upload": {"job_id": JOB_ID},
        f"GET {JOB}": job(),
        f"GET {JOB}/lines": page(*single, trace),
        f"GET {JOB}/export": httpx.Response(200, content=known.content),
        f"GET /api/stats/{JOB_ID}": {"level_distribution": {**known.levels, "fatal": 0}},
        "GET /api/rollups": page(*({"group": level, "lines": count} for level, count in known.levels.items())),
    }


async def test_a_good_round(monkeypatch: pytest.MonkeyPatch) -> None:
    it = bench(monkeypatch, healthy())
    with pytest.raises(TransientError, match="no round has ended yet"):
        await it.canary.check()
    assert await it.canary.round() == 30
    await it.canary.check()
    assert (it.value("lines_written_total"), it.value("lines_read_back_total")) == (LINES, LINES)
    assert (it.value("lines_late_total"), it.value("lines_waiting"), it.value("up")) == (0, 0, 1)
    assert it.value("last_success_timestamp_seconds") == (NOW + timedelta(seconds=1000)).timestamp()
    assert it.value("readable_seconds_count") == 1


@pytest.mark.parametrize(
    ("answer", "result", "pause_seconds"),
    [
        (problem(429, "Too many"), "refused", 30),
        (httpx.Response(429, headers={"Retry-After": "90"}), "refused", 90),
        (httpx.Response(503, headers={"Retry-After": "45"}), "refused", 45),
        (problem(502, "Bad gateway"), "failed", 30),
        (problem(500, "Internal error"), "failed", 30),
        (httpx.Response(202, json={"welcome": "to this network"}), "failed", 30),
        (httpx.ConnectError("refused"), "failed", 30),
    ],
)
async def test_an_upload_that_comes_to_nothing_is_told_and_no_line_of_it_awaited(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, result: str, pause_seconds: float
) -> None:
    it = bench(monkeypatch, {"POST /upload": answer})
    assert await it.canary.round() == pause_seconds
    assert (it.value("writes_total", result=result), it.value("lines_written_total")) == (1, 0)
    assert (it.value("up"), it.value("last_success_timestamp_seconds")) == (0, 0)
    with pytest.raises(TransientError):
        await it.canary.check()


async def test_what_may_have_come_in_and_what_an_earlier_run_left_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [
        job(name="logmill-canary-fedcba98-12.log", job_id=LEFT_ID),
        job(name="logmill-canary-notes.log", job_id="somebody's"),
        job(name="logmill-canary-0123abcd-1.log"),
    ]
    it = bench(monkeypatch, {**healthy(), "GET /api/jobs": page(*others), f"DELETE /api/jobs/{LEFT_ID}": {}})
    await it.canary.round()
    assert [asked for asked in it.api.asked if asked.startswith("DELETE")] == [f"DELETE /api/jobs/{LEFT_ID}"]


@pytest.mark.parametrize(
    ("answer", "asked", "told"),
    [
        (httpx.Response(401), 1, "/auth/login answered 401 (Unauthorized)"),
        (httpx.Response(404), 2, "/auth/login answered 404 (Not Found)"),
    ],
)
async def test_a_login_that_is_refused_is_told_once(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, asked: int, told: str
) -> None:
    taken = problem(409, "Email taken")
    it = bench(monkeypatch, {"POST /auth/login": answer, "POST /auth/register": taken})
    await it.canary.round()
    assert it.canary.trouble == told
    assert it.api.asked.count("POST /auth/login") == asked


async def test_an_api_that_stops_answering_makes_nothing_late(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = healthy()
    answers[f"GET {JOB}"] = [httpx.ConnectError("refused")]
    it = bench(monkeypatch, answers)
    for _ in range(3):
        await it.canary.round()
        it.seconds[0] += 1000
    assert (it.value("lines_late_total"), it.value("lines_missing_total")) == (0, 0)
    assert it.value("up") == 0


async def test_a_job_that_cannot_be_read_keeps_no_other_from_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = healthy()
    answers["POST /upload"] = [
        httpx.Response(202, json={"job_id": LEFT_ID}),
        httpx.Response(202, json={"job_id": JOB_ID}),
    ]
    answers[f"GET /api/jobs/{LEFT_ID}"] = problem(500, "Internal error")
    it = bench(monkeypatch, answers)
    for _ in range(2):
        await it.canary.round()
    assert (it.value("reads_total", result="done"), it.value("reads_total", result="failed")) == (1, 2)


def test_answers_of_something_else_are_errors() -> None:
    with pytest.raises(Exception, match="the api answers something else than"):
        understood({"items": 3}, list[int])
