"""`logmill verify`: the checks, the verdict and the exit status."""

import json
from typing import Any

import pytest

from tests.unit.cli.stub import StubApi, run

ONE, TWO = (f"00000000-0000-4000-8000-{number:012}" for number in (11, 12))


def recount(job_id: str, *wrong: str) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "status": "completed",
        "adds_up": not wrong,
        "checks": [
            {"name": name, "expected": 3, "found": 2 if name in wrong else 3, "ok": name not in wrong, "detail": None}
            for name in ("lines stored", "rollups")
        ],
    }


@pytest.mark.parametrize(
    ("wrong", "code", "rows", "said"),
    [
        ((), 0, ["lines stored\t3\t3\tok\t", "rollups\t3\t3\tok\t"], "adds up"),
        (("rollups",), 1, ["lines stored\t3\t3\tok\t", "rollups\t3\t2\tWRONG\t"], "does not add up: rollups"),
    ],
)
def test_checks_and_verdict(
    monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, ...], code: int, rows: list[str], said: str
) -> None:
    result = run(monkeypatch, StubApi({f"GET /api/jobs/{ONE}/verify": recount(ONE, *wrong)}), "verify", ONE)
    assert result.exit_code == code
    assert result.stdout.splitlines() == [f"{ONE}\t{row}" for row in rows]
    assert result.stderr == f"job {ONE} (completed) {said}\n"


def test_every_job_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {f"GET /api/jobs/{ONE}/verify": recount(ONE, "rollups"), f"GET /api/jobs/{TWO}/verify": recount(TWO)}
    result = run(monkeypatch, StubApi(table), "verify", ONE, TWO, "--json")
    assert result.exit_code == 1
    assert [json.loads(line) for line in result.stdout.splitlines()] == list(table.values())


def test_an_unknown_job_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, StubApi({f"GET /api/jobs/{TWO}/verify": recount(TWO)}), "verify", ONE, TWO)
    assert result.exit_code == 1
    assert f"/api/jobs/{ONE}/verify answered 404" in result.stderr
    assert f"job {TWO} (completed) adds up" in result.stderr
