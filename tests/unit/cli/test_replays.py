"""Replays on the command line: listed, followed through outages, left running, cancelled."""

import asyncio

import httpx
import pytest

from cli.answers import ApiError
from cli.replays import follow, progress_of
from tests.unit.cli.stub import REPLAY_ID, Answer, StubApi, problem, replay, run

LIST = "GET /api/replays"
LOOK = f"{LIST}/{REPLAY_ID}"
CANCEL = f"POST /api/replays/{REPLAY_ID}/cancel"
ROW = f"{REPLAY_ID}\tcompleted\t2\t2\t2\t0\t2026-03-05T06:07:08.123456Z\t2026-03-05T06:07:09Z\n"


def test_they_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({LIST: {"items": [replay("completed", 2, 2, 2)], "next_cursor": None}})
    result = run(monkeypatch, api, "dead-letters", "replays", "--limit", "5")
    assert (result.exit_code, result.stdout, api.asked) == (0, ROW, [f"{LIST}?limit=5"])


def test_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({CANCEL: replay("cancelled", 2, 1)})
    result = run(monkeypatch, api, "dead-letters", "replays", "cancel", REPLAY_ID)
    assert (result.exit_code, api.asked) == (0, [CANCEL])
    assert f"{REPLAY_ID}\tcancelled" in result.stdout


def test_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({LOOK: [replay("running"), replay("running", 2, 2), replay("completed", 2, 2, 2)]})
    result = run(monkeypatch, api, "dead-letters", "replays", "follow", REPLAY_ID)
    assert (result.exit_code, result.stdout) == (0, ROW)


@pytest.mark.parametrize("trouble", [problem(503, "Not available now"), httpx.ConnectError("nobody listens")])
async def test_an_outage_is_borne_for_a_while(trouble: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    api = StubApi({LOOK: [trouble, trouble, replay("completed", 2, 2, 2)]})
    client = api.client()
    (ended,) = await follow(client, [replay("running")])
    assert ended["status"] == "completed"
    with pytest.raises(ApiError):
        await follow(StubApi({LOOK: trouble}).client(), [replay("running")], patience_seconds=0.01)
    assert "goes on by itself" in capsys.readouterr().err


async def test_whoever_stops_it_is_told_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    looked = asyncio.Event()

    class Watched(StubApi):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            looked.set()
            return super().__call__(request)

    client = Watched({LOOK: replay("running")}).client()
    following = asyncio.create_task(follow(client, [replay("running"), replay("completed")]))
    await looked.wait()
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert f"`logmill dead-letters replays cancel {REPLAY_ID}` stops it" in told[0]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([replay("running")], (0, "0 of 2 published, 0 stored")),
        ([replay("running", 2000, 1500, 1000, 3)], (1003, "1,500 of 2,000 published, 1,000 stored, 3 died again")),
        ([replay("completed", 1, 1, 1), replay("running", 3, 1)], (1, "2 of 4 published, 1 stored")),
    ],
)
def test_progress(found: list[dict[str, object]], expected: tuple[int, str]) -> None:
    assert progress_of(found) == expected
