"""`logmill dead-letters replay` and `discard`: which letters, the question before, and the exit status."""

from typing import Any

import pytest

from tests.unit.cli.stub import REPLAY_ID, Answer, StubApi, problem, replay, run

ONE, TWO = (f"00000000-0000-4000-8000-{number:012}" for number in (1, 2))
PATH = "/api/dead-letters"
BY_ID = f"POST {PATH}/{ONE}/replay"
LOOK = f"GET /api/replays/{REPLAY_ID}"
ENDED = replay("completed", 2, 2, 2)
GROUPS = {"items": [{"letters": 2, "lines": 30}, {"letters": 1, "lines": 5}], "next_cursor": None}


def letters(*arguments: str) -> tuple[str, ...]:
    return ("dead-letters", *arguments)


@pytest.mark.parametrize("command", ["replay", "discard"])
@pytest.mark.parametrize(
    "arguments", [(), (ONE, "--all"), (ONE, "--reason", "x"), ("--all", "--job", ONE), ("--query", "x", "--all")]
)
def test_which_letters_has_to_be_said_once(
    monkeypatch: pytest.MonkeyPatch, command: str, arguments: tuple[str, ...]
) -> None:
    api = StubApi({})
    result = run(monkeypatch, api, "dead-letters", command, *arguments)
    assert (result.exit_code, api.asked) == (2, [])


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ((ONE, TWO, ONE), [BY_ID, f"POST {PATH}/{TWO}/replay"]),
        (("--all",), [f"POST {PATH}/replay"]),
        (("--job", ONE, "-q", "x"), [f"POST {PATH}/replay?job_id={ONE}&q=x"]),
        (("--reason", "bad_checksum"), [f"POST {PATH}/replay?reason=bad_checksum"]),
    ],
)
def test_what_is_replayed(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], asked: list[str]) -> None:
    table = {BY_ID: ENDED, f"POST {PATH}/{TWO}/replay": ENDED, f"POST {PATH}/replay": ENDED}
    api = StubApi(table)
    result = run(monkeypatch, api, *letters("replay", *arguments))
    assert (result.exit_code, api.asked) == (0, asked)


OUTCOMES: list[tuple[list[Answer], int, str, list[str]]] = [
    ([replay("running"), replay("running", 2, 2, 1), ENDED], 0, "completed\t2\t2\t2\t0", []),
    ([replay("completed", 2, 2, 1, 1)], 1, "completed\t2\t2\t1\t1", ["1 died again"]),
    ([replay("completed", 2, 0)], 1, "completed\t2\t0\t0\t0", ["2 were not sent on"]),
    ([replay("completed", 2, 2, 1)], 1, "completed\t2\t2\t1\t0", ["1 without an outcome here"]),
    (
        [replay("completed", 4, 3, 1, 1)],
        1,
        "completed\t4\t3\t1\t1",
        ["1 died again", "1 was not sent on", "1 without an outcome here"],
    ),
    ([replay("cancelled", 2, 1, 1)], 1, "cancelled\t2\t1\t1\t0", ["1 was not sent on"]),
    ([problem(503, "Not available now"), ENDED], 0, "completed\t2\t2\t2\t0", []),
]


@pytest.mark.parametrize(("looks", "code", "said", "notes"), OUTCOMES)
def test_how_a_replay_came_out(
    monkeypatch: pytest.MonkeyPatch, looks: list[Answer], code: int, said: str, notes: list[str]
) -> None:
    result = run(monkeypatch, StubApi({BY_ID: replay("running"), LOOK: looks}), *letters("replay", ONE))
    assert result.exit_code == code
    assert said in result.stdout
    told = [line for line in result.stderr.splitlines() if line[:1].isdigit()]
    assert [line.startswith(note) for line, note in zip(told, notes, strict=True)] == [True] * len(notes)


def test_a_detached_replay_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({BY_ID: replay("running")})
    result = run(monkeypatch, api, *letters("replay", ONE, "--detach"))
    assert (result.exit_code, api.asked) == (0, [BY_ID])
    assert f"replays cancel {REPLAY_ID}" in result.stderr


def test_one_that_cannot_be_replayed_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({BY_ID: problem(409, "Already stored"), f"POST {PATH}/{TWO}/replay": ENDED})
    result = run(monkeypatch, api, *letters("replay", ONE, TWO))
    assert result.exit_code == 1
    assert "Already stored indeed." in result.stderr
    assert result.stdout.startswith(f"{REPLAY_ID}\tcompleted")


DISCARDS: list[tuple[tuple[str, ...], dict[str, Any], str | None, list[str]]] = [
    ((ONE, TWO), {}, "2 dead letters", [f"DELETE {PATH}/{ONE}", f"DELETE {PATH}/{TWO}"]),
    (("--all",), {}, "3 dead letters with 35 lines", [f"GET {PATH}/groups?state=waiting", f"DELETE {PATH}?all=true"]),
    (
        ("--reason", "x", "--job", ONE),
        {},
        "3 dead letters with 35 lines",
        [f"GET {PATH}/groups?job_id={ONE}&reason=x&state=waiting", f"DELETE {PATH}?job_id={ONE}&reason=x"],
    ),
    (("--all",), {"items": []}, None, [f"GET {PATH}/groups?state=waiting", f"DELETE {PATH}?all=true"]),
]


@pytest.mark.parametrize(("arguments", "groups", "question", "asked"), DISCARDS)
def test_what_is_discarded(
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    groups: dict[str, Any],
    question: str | None,
    asked: list[str],
) -> None:
    table: dict[str, Answer] = {f"GET {PATH}/groups": groups or GROUPS, f"DELETE {PATH}": {"discarded": 3}}
    api = StubApi({**table, f"DELETE {PATH}/{ONE}": {}, f"DELETE {PATH}/{TWO}": {}})
    result = run(monkeypatch, api, *letters("discard", *arguments), answer="y\n")
    assert (result.exit_code, api.asked) == (0, asked)
    assert (question or "Delete") in result.stderr or question is None
    assert ("Delete the bytes" in result.stderr) is (question is not None)


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_nothing_is_discarded_without_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    api = StubApi({f"GET {PATH}/groups": GROUPS})
    result = run(monkeypatch, api, *letters("discard", "--all"), answer=answer)
    assert result.exit_code == 1
    assert "nothing was done" in str(result.exception)
    assert api.asked == [f"GET {PATH}/groups?state=waiting"]


def test_yes_discards_without_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({f"DELETE {PATH}/{ONE}": {}})
    result = run(monkeypatch, api, *letters("discard", ONE, TWO, "--yes"), answer="")
    assert result.exit_code == 1
    assert "1 discarded" in result.stderr
    assert "Not found indeed." in result.stderr
