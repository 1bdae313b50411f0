"""`logmill dead-letters`, `jobs` and `verify` against a real suite: what a person sees and mends with them."""

import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.support.by_hand import Database, enter_job, id_of, line_batch, open_channel, publish, spoil
from tests.support.command_line import assert_told, logmill_as, started_as
from tests.support.suite import Suite, wait_for
from tests.support.user import User, assert_conserved

HOSTILE = b"two \x1b[2J\x1b]0;owned\x07\nthree \xff\n"
SHOWN = "two \\x1b[2J\\x1b]0;owned\\x07"


@pytest.fixture
async def database(suite: Suite) -> AsyncIterator[Database]:
    connection = await suite.connect()
    yield connection
    await connection.close()


@pytest.fixture
async def job(suite: Suite, user: User, database: Database) -> UUID:
    """A job of the user's with a line stored and two dead-lettered: their checksum is wrong."""
    job_id = await enter_job(database, batches=2, lines=3, owner_id=id_of(user))
    async with open_channel(suite) as channel:
        await publish(channel, line_batch(job_id, 0, b"one\n"))
        await publish(channel, spoil(line_batch(job_id, 1, HOSTILE, first_line=2)))
    assert user.wait(str(job_id))["status"] == "completed_with_errors"
    return job_id


async def mend(job: UUID, database: Database) -> None:
    """What a repaired worker would be: the batch is good after all."""
    crc32 = line_batch(job, 1, HOSTILE, first_line=2).headers["crc32"]
    mended = "UPDATE dead_letters SET headers = jsonb_set(headers, '{crc32}', to_jsonb($2::bigint)) WHERE job_id = $1"
    await database.execute(mended, job, crc32)


def letter_of(user: User, job: UUID) -> str:
    (row,) = logmill_as(user, "dead-letters", "list", "--job", str(job)).stdout.splitlines()
    return row.split("\t")[0]


def test_dead_letters_are_seen(user: User, job: UUID) -> None:
    listed = logmill_as(user, "dead-letters", "list")
    assert listed.returncode == 0, listed.stderr
    row = listed.stdout.split("\t")
    assert row[2:9] == ["waiting", "bad_checksum", "2", str(job), "by hand", "1", "2"]
    grouped = logmill_as(user, "dead-letters", "groups", "--reason", "bad_checksum")
    assert grouped.stdout.split("\t")[:4] == ["bad_checksum", "1", "2", "1"]
    elsewhere = logmill_as(user, "dead-letters", "list", "--query", "no such thing", "--json")
    assert (elsewhere.returncode, elsewhere.stdout) == (0, "")


def test_a_letter_is_shown_without_its_escapes(user: User, job: UUID, tmp_path: Path) -> None:
    letter = letter_of(user, job)
    shown = logmill_as(user, "dead-letters", "show", letter)
    assert shown.returncode == 0, shown.stderr
    assert "\nreason\tbad_checksum\n" in shown.stdout
    assert f"\n  {SHOWN}\n  three \ufffd\n" in shown.stdout
    assert "\x1b" not in shown.stdout
    known = json.loads(logmill_as(user, "dead-letters", "show", letter, "--json").stdout)
    assert known["payload"]["text"] == HOSTILE.decode(errors="replace")
    file = tmp_path / "payload.bin"
    assert logmill_as(user, "dead-letters", "show", letter, "-o", str(file)).returncode == 0
    assert file.read_bytes() == HOSTILE


def test_a_replay_in_vain(user: User, job: UUID) -> None:
    letter = letter_of(user, job)
    done = logmill_as(user, "dead-letters", "replay", letter)
    assert done.returncode == 1, done
    assert done.stdout.split("\t")[1:6] == ["completed", "1", "1", "0", "1"]
    assert "1 died again" in done.stderr
    assert letter_of(user, job) == letter
    assert_conserved(user.job(str(job)))
    replay_id = done.stdout.split("\t")[0]
    listed = logmill_as(user, "dead-letters", "replays")
    assert listed.stdout == done.stdout
    assert logmill_as(user, "dead-letters", "replays", "follow", replay_id).returncode == 1
    assert_told(logmill_as(user, "dead-letters", "replays", "cancel", replay_id), 1, "409")


@pytest.mark.parametrize("command", [("dead-letters", "replay", "--all"), ("jobs", "retry")])
async def test_a_replay_that_mends(user: User, job: UUID, database: Database, command: tuple[str, ...]) -> None:
    await mend(job, database)
    job_id = str(job)
    done = logmill_as(user, *command, *([job_id] if command[0] == "jobs" else []))
    assert done.returncode == 0, done
    assert done.stdout.split("\t")[1:6] == ["completed", "1", "1", "1", "0"]
    mended = user.job(job_id)
    assert (mended["status"], mended["lines_stored"]) == ("completed", 3)
    assert logmill_as(user, "dead-letters", "list").stdout == ""
    verified = logmill_as(user, "verify", job_id)
    assert verified.returncode == 0, verified
    assert_told(logmill_as(user, "jobs", "retry", job_id), 1, "Nothing to retry")
    assert_told(logmill_as(user, "dead-letters", "replay", "--all"), 1, "Nothing to replay")


def test_discard(user: User, job: UUID) -> None:
    letter = letter_of(user, job)
    assert_told(logmill_as(user, "dead-letters", "discard", letter), 1, "nobody answered")
    assert letter_of(user, job) == letter
    done = logmill_as(user, "dead-letters", "discard", letter, str(uuid4()), "--yes")
    assert done.returncode == 1
    assert "1 discarded" in done.stderr
    assert "404" in done.stderr
    assert logmill_as(user, "dead-letters", "list").stdout == ""
    assert logmill_as(user, "dead-letters", "list", "--state", "discarded").stdout.startswith(letter)
    assert user.job(str(job))["lines_dead_lettered"] == 2
    assert_told(logmill_as(user, "dead-letters", "show", letter, "--payload"), 1, "Discarded")


def test_discard_a_filter(user: User, job: UUID) -> None:
    assert "0 discarded" in logmill_as(user, "dead-letters", "discard", "--reason", "another", "--yes").stderr
    assert "1 discarded" in logmill_as(user, "dead-letters", "discard", "--job", str(job), "--yes").stderr


def test_somebody_else_s_letters_are_not_there(suite: Suite, user: User, job: UUID) -> None:
    letter = letter_of(user, job)
    with User(suite.api_url) as other:
        assert logmill_as(other, "dead-letters", "list").stdout == ""
        for command in ("show", "replay", "discard"):
            options = ["--yes"] if command == "discard" else []
            done = logmill_as(other, "dead-letters", command, letter, *options)
            assert (done.returncode, done.stdout) == (1, "")
            assert "404" in done.stderr


async def test_verify(user: User, database: Database) -> None:
    good, bad = (user.upload(f"line {number}\n".encode() * 5) for number in range(2))
    for job_id in (good, bad):
        assert user.wait(job_id)["status"] == "completed"
    done = logmill_as(user, "verify", good)
    assert done.returncode == 0, done
    assert all(line.split("\t")[4] == "ok" for line in done.stdout.splitlines())
    assert done.stderr == f"job {good} (completed) adds up\n"
    await database.execute("DELETE FROM log_records WHERE job_id = $1 AND line_no = 3", bad)
    both = logmill_as(user, "verify", good, bad)
    assert both.returncode == 1
    assert f"job {bad} (completed) does not add up: " in both.stderr
    assert "\tWRONG\t" in both.stdout


async def test_cancel_and_delete(user: User, job: UUID, database: Database) -> None:
    waiting = await enter_job(database, batches=2, lines=2, owner_id=id_of(user))
    ended, under_way = str(job), str(waiting)
    for _ in range(2):
        done = logmill_as(user, "jobs", "cancel", under_way)
        assert (done.returncode, done.stdout.split("\t")[2]) == (0, "cancelled"), done
    assert_told(logmill_as(user, "jobs", "cancel", ended), 1, "409")
    listed = logmill_as(user, "jobs", "list", "--status", "cancelled,failed")
    assert [line.split("\t")[0] for line in listed.stdout.splitlines()] == [under_way]
    assert "\nlines_stored\t1\n" in logmill_as(user, "jobs", "show", ended).stdout
    assert_told(logmill_as(user, "jobs", "delete", ended), 1, "nobody answered")
    done = logmill_as(user, "jobs", "delete", ended, under_way, str(uuid4()), "--yes")
    assert (done.returncode, "2 deleted" in done.stderr) == (1, True), done
    assert logmill_as(user, "jobs", "list").stdout == logmill_as(user, "dead-letters", "list").stdout == ""
    assert_told(logmill_as(user, "jobs", "show", ended), 1, "404")


STRANDED = """
INSERT INTO dead_letters (dead_letter_id, job_id, batch_no, line_count, reason, detail, headers, body)
VALUES (gen_random_uuid(), $1, 0, 1, 'bad_checksum', '', jsonb_build_object('job_id', $1::uuid, 'batch_no', 0), 'x')
"""


async def strand(suite: Suite, user: User) -> None:
    """A job of the user's with a dead letter that was never in a queue."""
    database = await suite.connect()
    await database.execute(STRANDED, await enter_job(database, batches=1, lines=1, owner_id=id_of(user)))
    await database.close()


async def test_a_replay_goes_on_without_whoever_started_it(own_suite: Suite) -> None:
    api = own_suite.start("api").wait_ready()  # nobody publishes what is to be replayed
    with User(api.url) as user:
        await strand(own_suite, user)
        with started_as(user, "dead-letters", "replay", "--all") as following:
            wait_for("the replay to begin", lambda: user.get("/api/replays")["items"])
            following.send_signal(signal.SIGINT)
            _, said = following.communicate(timeout=30)
        (replay,) = user.get("/api/replays")["items"]
        assert (following.returncode, replay["status"]) == (130, "running")
        assert said.startswith(f"replay {replay['replay_id']} goes on by itself")
        cancelled = logmill_as(user, "dead-letters", "replays", "cancel", replay["replay_id"])
        assert cancelled.stdout.split("\t")[1] == "cancelled"
        assert logmill_as(user, "dead-letters", "replays", "follow", replay["replay_id"]).returncode == 1
