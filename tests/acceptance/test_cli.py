"""`logmill upload` as a process, against a real suite: its words and its exit status."""

import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.command_line import assert_told, logmill
from tests.support.suite import free_port
from tests.support.user import PASSWORD, User


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    file = tmp_path / "three.log"
    file.write_text("one\ntwo\nthree\n")
    return file


def test_upload_and_follow(user: User, log_file: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    arguments = ("upload", str(log_file), "--follow", "--url", user.api_url)
    done = logmill(*arguments, LOGMILL_TOKEN=user.token, HTTP_PROXY=nowhere, http_proxy=nowhere)
    assert done.returncode == 0, done.stderr
    job_id, status, lines_read, name = done.stdout.strip().split("\t")
    assert (status, lines_read, name) == ("completed", "3", "three.log")
    assert user.job(job_id)["lines_stored"] == 3


def test_login_by_email(user: User, log_file: Path) -> None:
    arguments = ("upload", str(log_file), "-f", "--url", user.api_url, "--email", user.email)
    done = logmill(*arguments, LOGMILL_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert "completed" in done.stdout


def test_a_file_that_came_in_before(user: User, log_file: Path) -> None:
    arguments = ("upload", str(log_file), "--follow", "--url", user.api_url)
    first = logmill(*arguments, LOGMILL_TOKEN=user.token)
    second = logmill(*arguments, LOGMILL_TOKEN=user.token)
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert "--again" in second.stderr
    third = logmill(*arguments, "--again", LOGMILL_TOKEN=user.token)
    assert (third.returncode, third.stdout != first.stdout) == (0, True)
    assert len(user.get("/api/jobs")["items"]) == 2


def test_every_file_of_an_archive_is_followed(user: User, tmp_path: Path) -> None:
    archive = tmp_path / "logs.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for number in range(3):
            opened.writestr(f"{number}.log", f"line {number}\n" * (number + 1))
    done = logmill("upload", str(archive), "--follow", "--url", user.api_url, LOGMILL_TOKEN=user.token)
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t")[1:] for line in done.stdout.splitlines()]
    assert rows == [["completed", str(number + 1), f"{number}.log"] for number in range(3)]
    assert "completed, 3 files, 6 of 6 lines stored" in done.stderr


def test_the_version() -> None:
    done = logmill("--version")
    assert (done.returncode, done.stdout) == (0, f"logmill {version('logmill')}\n")


def test_a_wrong_password(user: User, log_file: Path) -> None:
    arguments = ("upload", str(log_file), "--url", user.api_url, "--email", user.email)
    assert_told(logmill(*arguments, LOGMILL_PASSWORD="not this one at all"), 1, "/auth/login answered 401")


def test_nobody_listens(log_file: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = logmill("upload", str(log_file), "--url", url, LOGMILL_TOKEN="any")
    assert_told(done, 1, f"{url} does not answer")


def test_nobody_to_log_in_as(log_file: Path) -> None:
    assert_told(logmill("upload", str(log_file)), 1, "--token")


def test_an_address_that_is_none(log_file: Path) -> None:
    done = logmill("upload", str(log_file), "--url", "localhost:8081", LOGMILL_TOKEN="any")
    assert_told(done, 1, "localhost:8081")


def test_what_is_told_of_a_file_counts(user: User, tmp_path: Path) -> None:
    file = tmp_path / "old.log"
    file.write_bytes("Jan 31 10:00:00 web sshd[1]: größer\n".encode("cp850"))
    told = ("--format", "syslog_rfc3164", "--timezone", "+02:00", "--charset", "cp850", "--modified", "2021-02-01")
    done = logmill("upload", str(file), "-f", *told, LOGMILL_URL=user.api_url, LOGMILL_TOKEN=user.token)
    assert done.returncode == 0, done.stderr
    (line,) = user.lines(done.stdout.split("\t")[0])
    assert (line["logged_at"], line["message"]) == ("2021-01-31T08:00:00Z", "größer")


def test_a_missing_file_is_a_usage_error() -> None:
    done = logmill("upload", "missing.log", LOGMILL_TOKEN="any")
    assert_told(done, 2, "missing.log")
