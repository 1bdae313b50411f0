"""`logmill jobs`: what is asked, what is printed, what is asked before."""

from typing import Any

import pytest

from tests.unit.cli.stub import REPLAY_ID, StubApi, problem, replay, run

ONE, TWO = (f"00000000-0000-4000-8000-{number:012}" for number in (11, 12))
PATH = "/api/jobs"


def job(job_id: str, status: str = "completed") -> dict[str, Any]:
    return {
        "job_id": job_id,
        "file_name": "a\x1b[2J.log",
        "status": status,
        "error_message": None,
        "lines_read": 1000,
        "lines_stored": 990,
        "lines_rejected": 4,
        "lines_dead_lettered": 6,
        "format_counts": {"json": 990},
        "created_at": "2026-03-05T06:07:08Z",
    }


ROW = "\t2026-03-05T06:07:08Z\tcompleted\t1000\t990\t4\t6\ta\\x1b[2J.log\t\n"


def test_list(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({f"GET {PATH}": {"items": [job(ONE), job(TWO)], "next_cursor": "more"}})
    result = run(monkeypatch, api, "jobs", "list", "--status", "completed,failed", "--limit", "2")
    assert (result.exit_code, result.stdout) == (0, ONE + ROW + TWO + ROW)
    assert api.asked == [f"GET {PATH}?status=completed%2Cfailed&limit=2"]
    assert "there are more" in result.stderr


def test_show(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, StubApi({f"GET {PATH}/{ONE}": job(ONE)}), "jobs", "show", ONE)
    told = dict(line.split("\t") for line in result.stdout.splitlines())
    assert (told["job_id"], told["file_name"], told["lines_stored"]) == (ONE, "a\\x1b[2J.log", "990")
    assert (told["error_message"], told["format_counts"]) == ("", '{"json": 990}')


def test_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({f"POST {PATH}/{ONE}/cancel": job(ONE, "cancelled")})
    result = run(monkeypatch, api, "jobs", "cancel", ONE)
    assert (result.exit_code, result.stdout.split("\t")[2]) == (0, "cancelled")


@pytest.mark.parametrize(("ended", "code"), [(replay("completed", 2, 2, 2), 0), (replay("completed", 2, 2, 1, 1), 1)])
def test_retry_follows_the_replay(monkeypatch: pytest.MonkeyPatch, ended: dict[str, Any], code: int) -> None:
    api = StubApi({f"POST {PATH}/{ONE}/retry": replay("running"), f"GET /api/replays/{REPLAY_ID}": ended})
    result = run(monkeypatch, api, "jobs", "retry", ONE)
    assert (result.exit_code, result.stdout.split("\t")[1]) == (code, "completed")


def test_what_cannot_be_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({f"POST {PATH}/{ONE}/retry": problem(409, "Nothing to retry")})
    result = run(monkeypatch, api, "jobs", "retry", ONE)
    assert result.exit_code == 1
    assert "Nothing to retry indeed." in str(result.exception)


@pytest.mark.parametrize(
    ("ids", "said", "code"),
    [
        ((ONE,), r"Delete job a\x1b[2J.log with 1,000 lines for good? [y/N] ", 0),
        ((ONE, TWO, ONE), "Delete 2 jobs with 2,000 lines for good? [y/N] ", 0),
        ((ONE, REPLAY_ID), f"{PATH}/{REPLAY_ID} answered 404", 1),
    ],
)
def test_delete(monkeypatch: pytest.MonkeyPatch, ids: tuple[str, ...], said: str, code: int) -> None:
    table = {f"GET {PATH}/{each}": job(each) for each in (ONE, TWO)}
    api = StubApi({**table, **{f"DELETE {PATH}/{each}": {} for each in (ONE, TWO)}})
    result = run(monkeypatch, api, "jobs", "delete", *ids, answer="y\n")
    assert result.exit_code == code
    assert said in result.stderr
    deleted = [asked.removeprefix(f"DELETE {PATH}/") for asked in api.asked if asked.startswith("DELETE")]
    assert deleted == [each for each in dict.fromkeys(ids) if each != REPLAY_ID]


def test_nothing_is_deleted_without_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({f"GET {PATH}/{ONE}": job(ONE), f"DELETE {PATH}/{ONE}": {}})
    result = run(monkeypatch, api, "jobs", "delete", ONE, answer="")
    assert (result.exit_code, api.asked) == (1, [f"GET {PATH}/{ONE}"])


def test_what_is_no_id_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({})
    result = run(monkeypatch, api, "jobs", "delete", "..", "--yes")
    assert (result.exit_code, api.asked) == (2, [])
