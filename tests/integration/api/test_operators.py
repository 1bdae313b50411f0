"""`python -m services.api.operators`, as a command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.api.settings import ApiSettings
from tests.integration.api.owner import Owner

ROOT = Path(__file__).parents[3]


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors."""
    command = [sys.executable, "-m", "services.api.operators", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


async def test_granting_and_revoking(ann: Owner, bob: Owner) -> None:
    for _ in range(2):
        assert run("grant", "Bob@Example.org") == (0, "bob@example.org is an operator\n", "")
    assert run("grant", "ann@example.org")[0] == 0
    assert run("list") == (0, "ann@example.org\nbob@example.org\n", "")
    assert (await bob.get("/auth/me"))["is_operator"] is True
    for _ in range(2):
        assert run("revoke", "bob@example.org") == (0, "bob@example.org is not an operator any more\n", "")
    assert (await bob.get("/auth/me"))["is_operator"] is False
    assert run("list") == (0, "ann@example.org\n", "")


def test_nobody_is_one_at_first(settings: ApiSettings) -> None:
    assert run("list") == (0, "", "")


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (
        ("grant", "nobody@example.org"),
        1,
        "operators: there is no user nobody@example.org; they have to register first\n",
    ),
    (("revoke", "nobody@example.org"), 1, "operators: there is no user nobody@example.org"),
    (("grant", "nobody"), 2, "invalid normal_email value: 'nobody'"),
    (("grant",), 2, "the following arguments are required: EMAIL"),
    ((), 2, "the following arguments are required"),
    (("promote", "x@example.org"), 2, "invalid choice: 'promote'"),
]


@pytest.mark.parametrize(("arguments", "code", "told"), REFUSED)
def test_what_is_refused(settings: ApiSettings, arguments: tuple[str, ...], code: int, told: str) -> None:
    found, output, errors = run(*arguments)
    assert (found, output) == (code, "")
    assert told in errors
    assert "Traceback" not in errors


def test_settings_and_databases_that_are_not_right(settings: ApiSettings) -> None:
    code, _, errors = run("list", LOGMILL_JWT_SECRET="short")
    assert (code, errors.startswith("operators: settings of api refused: jwt_secret")) == (2, True)
    code, _, errors = run("list", PSQL_DB="nowhere")
    assert (code, errors.startswith("operators: PostgreSQL refused the connection settings")) == (2, True)
