"""`logmill upload` when the api takes nothing just now: offered again, for a while, and said."""

import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.progress import Progress

from cli.answers import ApiBusy
from cli.progress_bars import Bar, Bars
from cli.upload import send_when_taken
from tests.unit.cli.stub import Answer, StubApi, problem, run

JOB = "00000000-0000-4000-8000-000000000011"
BUSY = problem(503, "Not available now", **{"Retry-After": "0"})
TAKEN = httpx.Response(202, json={"jobs": [{"job_id": JOB}]})
DONE: dict[str, Any] = {
    "job_id": JOB,
    "file_name": "a\x1b[2J.log",
    "status": "completed",
    "lines_read": 1,
    "lines_stored": 1,
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a\x1b[2J.log"
    path.write_bytes(b"one\n")
    return path


def routes(api: StubApi) -> list[str]:
    return [asked.partition("?")[0] for asked in api.asked]


def test_a_busy_api_is_asked_until_it_takes_a_file_and_only_then_gets_it(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    asked: list[Answer] = [httpx.ConnectError("away"), BUSY, httpx.Response(204)]
    api = StubApi({"POST /upload": [BUSY, BUSY, TAKEN], "HEAD /upload": asked, f"GET /api/jobs/{JOB}": DONE})
    result = run(monkeypatch, api, "upload", str(file))
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{JOB}\tcompleted\t1\ta\\x1b[2J.log\n"
    said, ended = result.stderr.splitlines()
    assert said.startswith(r"a\x1b[2J.log: /upload answered 503 (Not available now")
    assert said.endswith("it is sent again as soon as it is taken, for 600 s at most")
    assert ended.endswith("completed, 1 of 1 lines stored")
    ask, send = "HEAD /upload", "POST /upload"
    assert routes(api) == [send, ask, ask, ask, send, ask, send, f"GET /api/jobs/{JOB}"]


def broke_off(**told: Any) -> httpx.Response:
    content = {"title": "Not available now", "detail": "The queue is full.", "job_id": JOB, **told}
    return httpx.Response(503, json=content, headers={"Retry-After": "0"})


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (broke_off(), f"job {JOB}"),
        (
            broke_off(jobs=[{"job_id": JOB, "file_name": "a.log", "status": "interrupted"}]),
            f"job {JOB} (a.log) is interrupted",
        ),
    ],
)
def test_what_broke_off_half_way_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch, file: Path, answer: httpx.Response, kept: str
) -> None:
    api = StubApi({"POST /upload": [answer, TAKEN]})
    result = run(monkeypatch, api, "upload", str(file))
    assert (result.exit_code, routes(api)) == (1, ["POST /upload"])
    assert str(result.exception).endswith(f"what could be read before is kept: {kept}")


@pytest.mark.parametrize(
    "answer",
    [
        problem(503, "Not available now"),
        problem(503, "Not available now", **{"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}),
        problem(503, "Not available now", **{"Retry-After": "3600"}),
        problem(429, "Too many uploads"),
    ],
)
def test_what_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, file: Path, answer: httpx.Response) -> None:
    api = StubApi({"POST /upload": answer})
    result = run(monkeypatch, api, "upload", str(file))
    assert result.exit_code == 1
    assert isinstance(result.exception, ApiBusy)
    assert routes(api) == ["POST /upload"]


def bars(output: io.StringIO, *, is_terminal: bool = False) -> Bars:
    return Bars(Progress(console=Console(file=output, force_terminal=is_terminal, width=200), disable=not is_terminal))


async def never() -> None:
    raise AssertionError("it was asked")


@pytest.mark.parametrize(("is_repeatable", "patience_seconds"), [(False, 600), (True, 0)])
async def test_patience_ends(is_repeatable: bool, patience_seconds: float) -> None:
    sent = 0

    async def send() -> list[str]:
        nonlocal sent
        sent += 1
        raise ApiBusy("no", 503, 1)

    bar = bars(io.StringIO()).add("a.log", 1)
    with pytest.raises(ApiBusy):
        await send_when_taken(send, never, bar, is_repeatable=is_repeatable, patience_seconds=patience_seconds)
    assert sent == 1


async def test_an_api_that_takes_nothing_is_asked_so_long_and_the_refusal_told() -> None:
    asked = 0

    async def send() -> list[str]:
        raise ApiBusy("the queue is full", 503, 0)

    async def ask() -> None:
        nonlocal asked
        asked += 1
        raise ApiBusy("no words", 503)

    with pytest.raises(ApiBusy, match="the queue is full"):
        await send_when_taken(send, ask, bars(io.StringIO()).add("a.log", 1), is_repeatable=True, patience_seconds=1)
    assert asked == 3


def event(name: str, notice: str | None, status: str = "receiving", job_id: str = JOB) -> dict[str, Any]:
    return {"job_id": job_id, "file_name": name, "status": status, "notice": notice}


NOTICES = [
    ([event("a.log", "held up")], ["a.log: held up"]),
    ([event("a.log", "held up"), event("a.log", "held up")], ["a.log: held up"]),
    (
        [event("a.log", "held up"), event("a.log", None), event("a.log", "again")],
        ["a.log: held up", "a.log: again"],
    ),
    ([event("a.log", "held up", "processing")], []),
    ([event("member.txt", "held up\x1b")], [r"a.log: held up\x1b", r"b.log: held up\x1b"]),
    ([event("a.log", None), {"job_id": JOB, "file_name": "a.log", "status": "receiving"}], []),
]


@pytest.mark.parametrize(("events", "said"), NOTICES)
def test_a_notice_is_said_once_where_it_belongs(events: list[dict[str, Any]], said: list[str]) -> None:
    output = io.StringIO()
    both = bars(output)
    added = [both.add("a.log", 10), both.add("b.log", 10), both.add("c.log", 10)]
    added[2].uploaded()
    for each in events:
        both.noticed(each)
    assert output.getvalue().splitlines() == said


def told(bar: Bar) -> str:
    (task,) = bar._progress.tasks
    text: str = task.fields["told"]
    return text


def test_a_notice_stands_beside_the_bar() -> None:
    added = bars(io.StringIO(), is_terminal=True)
    bar = added.add("a.log", 10_000_000)
    bar.sent(2_000_000)
    added.noticed(event("a.log", "the broker is full"))
    assert told(bar) == "sent 2.0 of 10.0 MB; the broker is full"
    bar.sent(2_000_000)
    assert told(bar) == "sent 4.0 of 10.0 MB; the broker is full"
    added.noticed(event("a.log", None))
    assert told(bar) == "sent 4.0 of 10.0 MB"


def test_a_file_that_is_offered_again_begins_at_its_beginning() -> None:
    bar = bars(io.StringIO(), is_terminal=True).add("a.log", 10_000_000)
    bar.sent(10_000_000)
    bar.waits("not taken yet")
    bar.sent(1_000_000)
    assert told(bar) == "sent 1.0 of 10.0 MB"
