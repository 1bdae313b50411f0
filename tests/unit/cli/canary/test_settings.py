"""What a canary is told is refused by name where it cannot be, and its password is never told."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.__main__ import build_app
from cli.canary.settings import CanarySettings, read_limits, read_password

PASSWORD = "correct horse battery staple"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LINES", "9", "LOGMILL_CANARY_LINES"),
        ("LINES", "10001", "LOGMILL_CANARY_LINES"),
        ("LINES", "many", "LOGMILL_CANARY_LINES"),
        ("INTERVAL_SECONDS", "0", "LOGMILL_CANARY_INTERVAL_SECONDS"),
        ("INTERVAL_SECONDS", "301", "LOGMILL_CANARY_INTERVAL_SECONDS"),
        ("LATE_SECONDS", "0", "LOGMILL_CANARY_LATE_SECONDS"),
        ("MISSING_SECONDS", "86401", "LOGMILL_CANARY_MISSING_SECONDS"),
        ("MISSING_SECONDS", "60", "--missing-seconds has to be more than --late-seconds"),
        ("KEEP", "0", "LOGMILL_CANARY_KEEP"),
        ("PORT", "65536", "LOGMILL_CANARY_PORT"),
        ("URL", "localhost:8081", "LOGMILL_CANARY_URL: localhost:8081 does not begin with http://"),
        ("URL", "https:///logmill", "LOGMILL_CANARY_URL"),
        ("URL", "http://[::", "LOGMILL_CANARY_URL: http://[:: is not an address"),
        ("PASSWORD", "", "set LOGMILL_CANARY_PASSWORD"),
        ("PASSWORD_FILE", "/nowhere", "LOGMILL_CANARY_PASSWORD_FILE are both set"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(name: str, value: str, told: str) -> None:
    environment = {"LOGMILL_CANARY_PASSWORD": PASSWORD, f"LOGMILL_CANARY_{name}": value, "COLUMNS": "300"}
    done = CliRunner().invoke(build_app(), ["canary"], env=environment)
    assert (done.exit_code, told in done.output) == (2, True), done.output
    assert PASSWORD not in done.output


def test_the_password_comes_from_the_variable_or_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n", "utf-8")
    assert read_password(None, PASSWORD) == read_password(file, None) == PASSWORD


@pytest.mark.parametrize(
    ("content", "told"), [(None, "cannot be read: FileNotFoundError"), (b"\n", "is empty"), (b"\xff", "cannot be read")]
)
def test_a_file_without_a_password_is_refused(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(typer.BadParameter, match=f"LOGMILL_CANARY_PASSWORD_FILE: .* {told}"):
        read_password(file, None)


def test_a_password_is_not_shown_with_the_settings() -> None:
    settings = CanarySettings("http://a", "b@c", PASSWORD, "127.0.0.1", 8084, 60, 50, 3, read_limits(60, 1800))
    assert PASSWORD not in repr(settings)
