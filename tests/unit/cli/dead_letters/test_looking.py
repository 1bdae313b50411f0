"""`logmill dead-letters list` and `groups`: what is asked for, page after page, and what a pipe gets."""

import json
from typing import Any

import pytest

from tests.unit.cli.stub import StubApi, problem, run

PATH = "GET /api/dead-letters"
LETTER: dict[str, Any] = {
    "dead_letter_id": "00000000-0000-4000-8000-000000000002",
    "job_id": None,
    "file_name": "a\x1b[2J.log",
    "batch_no": 7,
    "first_line": None,
    "line_count": 1200,
    "body_bytes": 9,
    "reason": "bad_checksum",
    "detail": "the body\nis another",
    "state": "waiting",
    "attempts": 0,
    "replays": 1,
    "dead_lettered_at": "2026-03-05T06:07:08Z",
    "changed_at": "2026-03-05T06:07:08Z",
}
ROW = [
    LETTER["dead_letter_id"],
    "2026-03-05T06:07:08Z",
    "waiting",
    "bad_checksum",
    "1200",
    "",
    "a\\x1b[2J.log",
    "7",
    "",
    "9",
    "0",
    "1",
    "the body\\nis another",
]


def page(*items: dict[str, Any], cursor: str | None = None) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": cursor}


def test_a_list_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, StubApi({PATH: page(LETTER)}), "dead-letters", "list")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [line.split("\t") for line in result.stdout.splitlines()] == [ROW]


def test_pages_are_followed_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({PATH: [page(LETTER, LETTER, cursor="next"), page(LETTER, cursor="more")]})
    result = run(monkeypatch, api, "dead-letters", "list", "--limit", "3", "--json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [LETTER] * 3
    assert api.asked == [f"{PATH}?limit=3", f"{PATH}?cursor=next&limit=1"]
    assert "there are more" in result.stderr


JOB = "00000000-0000-4000-8000-000000000003"


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ((), ""),
        (("--job", JOB, "--reason", "bad_checksum"), f"job_id={JOB}&reason=bad_checksum"),
        (("--state", "all", "-q", "a&b"), "q=a%26b&state=all"),
        (("--query", "x"), "q=x"),
    ],
)
def test_filters_become_a_query(monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], query: str) -> None:
    api = StubApi({PATH: page(), f"{PATH}/groups": page()})
    run(monkeypatch, api, "dead-letters", "list", *options)
    run(monkeypatch, api, "dead-letters", "groups", *options)
    assert api.asked == [
        f"{PATH}?{query}&limit=100" if query else f"{PATH}?limit=100",
        f"{PATH}/groups?{query}" if query else f"{PATH}/groups",
    ]


def test_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    group = {"reason": "x", "letters": 2, "lines": 3, "jobs": 1, "first_at": "a", "last_at": "b", "detail": "d\x07"}
    result = run(monkeypatch, StubApi({f"{PATH}/groups": page(group)}), "dead-letters", "groups")
    assert result.stdout == "x\t2\t3\t1\ta\tb\td\\x07\n"


def test_a_refusal_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, StubApi({PATH: problem(422, "Invalid input")}), "dead-letters", "list")
    assert result.exit_code == 1
    assert "/api/dead-letters answered 422 (Invalid input: Invalid input indeed.)" in str(result.exception)
