"""Exports of a real suite: byte for byte, and visibly broken off when they break off."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from bench.access_lines import access_lines
from tests.support.command_line import logmill
from tests.support.load import chunks
from tests.support.proxy import Proxy, proxied
from tests.support.suite import Suite
from tests.support.user import User

TRACE = b"""Traceback (most recent call last):
  File "app.py", line 3, in <module>
    run()
ValueError: no

"""
INPUTS = {
    "nothing": b"",
    "an empty line": b"\n",
    "empty lines without a last line feed": b"\n\na",
    "CRLF": b"a\r\nb\r\n\r\nlone \r CR\r\n",
    "any bytes": bytes(range(256)) * 3 + b"\n",
    "colours": b"\x1b[31mERROR\x1b[0m red\n",
    "a byte order mark": b'\xef\xbb\xbf{"msg": "a"}\n',
    "broken JSON": b'{"msg": "a"}\n{"msg": \n{"msg": "b"}\n{"msg": "c"}\n',
    "traces": (b"2024-05-01 12:00:00 ERROR failed\n" + TRACE) * 50 + TRACE + b"  an indented end",
    "formats": access_lines(300)
    + b'{"msg": "a", "level": "warn"}\n' * 30
    + b"<34>1 2003-10-11T22:14:15Z h a - - - x\n",
}


def export(user: User, job_id: str, **query: str) -> bytes:
    return user.http.get(f"/api/jobs/{job_id}/export", params=query, timeout=120).raise_for_status().content


@pytest.mark.parametrize("name", INPUTS)
def test_raw_is_what_came_in(user: User, name: str) -> None:
    job_id = user.upload(INPUTS[name], f"{name}.log")
    user.wait(job_id)
    assert export(user, job_id, format="raw") == INPUTS[name]


def test_all_of_them_in_small_batches(own_suite: Suite) -> None:
    suite = own_suite.start_all(workers=1, LOGMILL_BATCH_BYTES="1024", LOGMILL_MAX_LINE_BYTES="1024")
    content = b"\n".join(INPUTS.values()) + b"x" * 5000 + b"\n" + b"y" * 1024
    with User(suite.api_url) as user:
        job = user.wait(user.upload(chunks(content)))
        assert export(user, job["job_id"], format="raw") == content
        rows = export(user, job["job_id"]).splitlines()
        assert len(rows) == len(list(user.lines(job["job_id"])))


def test_the_command_line(user: User, tmp_path: Path) -> None:
    job_id = user.upload(INPUTS["formats"])
    user.wait(job_id)
    login = {"LOGMILL_URL": user.api_url, "LOGMILL_TOKEN": user.token}
    path = tmp_path / "out.log"
    done = logmill("export", job_id, "--format", "raw", "-o", str(path), **login)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert path.read_bytes() == INPUTS["formats"]
    rows = logmill("export", job_id, "--level", "warn", "-q", '"msg"', **login).stdout.splitlines()
    assert len(rows) == 30
    table = logmill("export", job_id, "--format", "csv", "-q", "level", **login)
    assert table.stdout.startswith("line_no,line_count,logged_at,")


def test_the_command_line_of_a_wrong_export(user: User, tmp_path: Path) -> None:
    login = {"LOGMILL_URL": user.api_url, "LOGMILL_TOKEN": user.token}
    path = tmp_path / "out.log"
    missing = logmill("export", str(UUID(int=1)), "-o", str(path), **login)
    assert (missing.returncode, "answered 404" in missing.stderr) == (1, True)
    nowhere = logmill("export", str(UUID(int=1)), "-o", str(tmp_path / "no" / "folder"), **login)
    assert (nowhere.returncode, "cannot be written" in nowhere.stderr) == (1, True)
    assert os.listdir(tmp_path) == []


LINES = 200_000
BATCH = {"LOGMILL_BATCH_BYTES": "65536"}


@pytest.fixture
def proxy(own_suite: Suite) -> Iterator[Proxy]:
    """Between the api and PostgreSQL; the other services reach it directly."""
    with proxied(int(own_suite.environment["PSQL_PORT"])) as between:
        yield between
        own_suite.stop_all()


@pytest.mark.timeout(180)
def test_a_database_that_goes_away_breaks_the_export_off(own_suite: Suite, proxy: Proxy, tmp_path: Path) -> None:
    impatient = {"LOGMILL_DATABASE_COMMAND_TIMEOUT_SECONDS": "2", "LOGMILL_DATABASE_ACQUIRE_TIMEOUT_SECONDS": "2"}
    own_suite.start("api", PSQL_PORT=str(proxy.port), **impatient, **BATCH)
    own_suite.start("aggregator")
    own_suite.start("worker")
    for service in own_suite.services:
        service.wait_ready()
    with User(own_suite.api_url) as user:
        job_id = user.upload(chunks(access_lines(LINES)))
        user.wait(job_id)
        for query in ({"format": "raw"}, {"format": "csv"}):
            with user.http.stream("GET", f"/api/jobs/{job_id}/export", params=query, timeout=60) as answer:
                received = answer.iter_raw()
                assert next(received)
                proxy.freeze()
                with pytest.raises(httpx.RemoteProtocolError):
                    list(received)
    assert "Traceback" not in own_suite.api.read_log()
    assert own_suite.api.read_log().count("an export broke off") == 2


async def test_a_job_that_is_removed_meanwhile_breaks_off(suite: Suite, user: User) -> None:
    content = access_lines(LINES)
    job_id = user.upload(chunks(content))
    user.wait(job_id)
    database = await suite.connect()
    try:
        with user.http.stream("GET", f"/api/jobs/{job_id}/export", timeout=60) as answer:
            received = answer.iter_raw()
            assert next(received)
            await database.execute("DELETE FROM jobs WHERE job_id = $1", UUID(job_id))
            with pytest.raises(httpx.RemoteProtocolError):
                list(received)
    finally:
        await database.close()
