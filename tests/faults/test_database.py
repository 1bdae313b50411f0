"""PostgreSQL restarts, crashes, fills up, is locked, drops connections: batches wait, and each is stored once."""

import os
import pwd
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from bench.access_lines import access_lines
from deploy.local.infrastructure import Infrastructure
from deploy.local.postgres import ACCOUNT, PostgresServer
from tests.faults.conftest import QUICK, start_again
from tests.faults.lost_answers import losing_answers
from tests.faults.proof import Ask, assert_stored_once, session, wait_until_received
from tests.support.load import Gate, chunks, uploading
from tests.support.suite import Service, Suite, wait_for
from tests.support.user import User

CONTENT = access_lines(40_000)
BATCHES = "logmill_worker_batches_total"
SMALL_DISK_MIB = 8
WAITING = """
SELECT pid, query_start, clock_timestamp() - query_start AS waited FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'logmill-worker/%' AND wait_event_type = 'Lock'
"""
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'logmill-worker/%'
"""


def is_live_but_not_ready(service: Service, dependency: str) -> bool:
    assert httpx.get(f"{service.url}/health/live", timeout=5).status_code == 200
    answer = httpx.get(f"{service.url}/health/ready", timeout=5)
    return answer.status_code == 503 and not answer.json()["checks"][dependency]["ok"]


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_restart_dead_letters_nothing(standing: Suite, user: User, database_server: PostgresServer, how: str) -> None:
    """Uploads under way wait for it, new ones are told to come again, and whoever starts meanwhile waits too."""
    gate = Gate(CONTENT)
    with session(standing) as ask:
        dead_letters = counts(ask)[1]
    with uploading(user, gate) as upload:
        wait_until_received(user, gate)
        getattr(database_server, how)()
        latecomer = standing.start("worker")
        wait_for(
            "the outage to be told", lambda: all(is_live_but_not_ready(s, "database") for s in standing.workers[:2])
        )
        wait_for("the api to tell it", lambda: is_live_but_not_ready(standing.api, "database"))
        wait_for("the latecomer to wait", lambda: "waiting for a dependency" in latecomer.read_log())
        assert is_live_but_not_ready(latecomer, "database")
        refused = user.http.post("/upload", content=b"one\n")
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True), refused.text
        start_again(database_server)
        gate.open.set()
        job_id = upload.result(60)
    assert_stored_once(standing, user, job_id, CONTENT)
    latecomer.wait_ready()
    assert latecomer.stop() == 0
    with session(standing) as ask:
        assert counts(ask) == (0, dead_letters)


def test_lost_connections_leave_no_half_batch(standing: Suite, user: User) -> None:
    over = threading.Event()

    def terminate_again_and_again() -> None:
        with session(standing) as ask:
            while not over.wait(0.05):
                ask(TERMINATE)

    terminating = threading.Thread(target=terminate_again_and_again)
    terminating.start()
    try:
        with uploading(user, chunks(CONTENT)) as upload:
            job_id = upload.result(60)
        wait_for("some of it to be stored all the same", lambda: user.job(job_id)["lines_stored"] > 0)
    finally:
        over.set()
        terminating.join()
    assert_stored_once(standing, user, job_id, CONTENT)


def test_a_lock_is_waited_for_in_small_steps(standing: Suite, user: User) -> None:
    """What somebody else has locked for good holds up no worker longer than the lock timeout at a time."""
    waits: dict[tuple[int, datetime], timedelta] = {}
    with session(standing) as ask, session(standing) as look:
        ask("BEGIN")
        ask("LOCK TABLE batches IN ACCESS EXCLUSIVE MODE")
        job_id = user.upload(CONTENT, again="true")

        def has_been_tried_often() -> bool:
            waits.update({(row["pid"], row["query_start"]): row["waited"] for row in look(WAITING)})
            return len(waits) >= 12

        wait_for("a dozen waits for the lock", has_been_tried_often)
        assert not has_lines(look, UUID(job_id))
        ask("ROLLBACK")
    assert max(waits.values()) < 4 * timedelta(seconds=float(QUICK["LOGMILL_DATABASE_LOCK_TIMEOUT_SECONDS"]))
    assert_stored_once(standing, user, job_id, CONTENT)


def has_lines(ask: Ask, job_id: UUID) -> bool:
    return bool(ask("SELECT FROM log_records WHERE job_id = $1 LIMIT 1", job_id))


def test_an_answer_lost_at_commit_is_no_second_copy(own_suite: Suite) -> None:
    """The worker cannot know whether its transaction was committed. The ledger does."""
    with losing_answers(int(own_suite.environment["PSQL_PORT"])) as way:
        for name in ("api", "aggregator"):
            own_suite.start(name, **QUICK)
        worker = own_suite.start("worker", **QUICK, PSQL_PORT=str(way.port))
        for service in own_suite.services:
            service.wait_ready()
        way.to_lose = 5
        with User(own_suite.api_url) as user:
            assert_stored_once(own_suite, user, user.upload(chunks(CONTENT)), CONTENT)
        assert way.lost == 5
        # Not five: the answer to looking again may be among those that got lost.
        wait_for("a batch to be found stored", lambda: worker.metric(BATCHES, outcome="duplicate") >= 1)
        own_suite.stop_all()


def test_an_exhausted_pool_answers_in_time(own_suite: Suite) -> None:
    """Who finds no free connection is told to come again; the process itself is fine all the while."""
    own_suite.start(
        "api",
        LOGMILL_DATABASE_POOL_CONNECTIONS="2",
        LOGMILL_DATABASE_ACQUIRE_TIMEOUT_SECONDS="0.5",
        LOGMILL_DATABASE_LOCK_TIMEOUT_SECONDS="4",
    ).wait_ready()
    with User(own_suite.api_url) as user, session(own_suite) as ask, ThreadPoolExecutor(50) as pool:
        ask("BEGIN")
        ask("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE")
        asking = [pool.submit(user.http.get, "/api/jobs") for _ in range(100)]
        assert httpx.get(f"{own_suite.api_url}/health/live", timeout=2).status_code == 200
        answers = [asked.result() for asked in asking]
        assert {answer.status_code for answer in answers} == {503}
        assert all("retry-after" in answer.headers for answer in answers)
        # Two have a connection and wait for the lock; nobody else waits for that.
        assert sum(answer.elapsed.total_seconds() > 3 for answer in answers) <= 2
        ask("ROLLBACK")
        assert user.get("/api/jobs")["items"] == []


def test_a_full_disk_is_waited_out(small_disk: "Disk", own_suite: Suite) -> None:
    """Batches that find no room are rolled back whole and tried again; none is given up."""
    own_suite.start("api", **QUICK).wait_ready()
    with session(own_suite) as ask, User(own_suite.api_url) as user:
        small_disk.put_records_there(ask)
        worker = own_suite.start("worker", **QUICK).wait_ready()
        own_suite.start("aggregator", **QUICK).wait_ready()
        job_id = user.upload(chunks(CONTENT))
        wait_for("the disk to be full", lambda: small_disk.told_so in worker.read_log())
        wait_for("what had room to be counted", lambda: counts(ask) == (0, 0))
        assert user.job(job_id)["status"] == "processing"
        small_disk.make_room(ask)
        assert_stored_once(own_suite, user, job_id, CONTENT)


def counts(ask: Ask) -> tuple[int, int]:
    """Records that no ledger row has, or the other way round; dead letters."""
    row = ask(
        "SELECT (SELECT count(*) FROM log_records) - (SELECT coalesce(sum(lines_stored), 0) FROM batches) AS apart,"
        " (SELECT count(*) FROM dead_letters) AS dead"
    )[0]
    return int(row["apart"]), int(row["dead"])


class Disk:
    """Where there is little room for records."""

    told_so = "No space left on device"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = f"small_{uuid4().hex}"

    def put_records_there(self, ask: Ask) -> None:
        """Tables made from now on, by new sessions, are there."""
        ask(f"CREATE TABLESPACE {self._name} LOCATION '{self._folder}'")
        database = ask("SELECT current_database() AS name")[0]["name"]
        ask(f'ALTER DATABASE "{database}" SET default_tablespace = {self._name}')

    def make_room(self, _ask: Ask) -> None:
        """Enough for everything."""
        run("mount", "-o", "remount,size=512m", str(self._folder))

    def remove(self, ask: Ask) -> None:
        """Once no database has anything there."""
        ask(f"DROP TABLESPACE IF EXISTS {self._name}")


class Refusal(Disk):
    """A stand-in where nobody may mount a file system: the same error, of the database's own making."""

    told_so = "no room, says the trigger"

    def put_records_there(self, ask: Ask) -> None:
        ask(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{self.told_so}' USING ERRCODE = '53100'; END $$"
        )
        ask("CREATE TRIGGER refuse BEFORE INSERT ON log_records FOR EACH ROW EXECUTE FUNCTION refuse()")

    def make_room(self, ask: Ask) -> None:
        ask("DROP TRIGGER refuse ON log_records")

    def remove(self, ask: Ask) -> None:
        """Nothing is left."""


@pytest.fixture
def small_disk(infrastructure: Infrastructure) -> Iterator[Disk]:
    """To be asked for before the test's database, so that it goes after that."""
    folder = Path(tempfile.mkdtemp(prefix="logmill-disk-"))
    is_mounted = os.geteuid() == 0 and mount(folder)
    disk = Disk(folder) if is_mounted else Refusal(folder)
    yield disk
    administration = Suite(infrastructure.postgres.with_database("postgres").environment(), folder)
    with session(administration) as ask:
        disk.remove(ask)
    if is_mounted:
        run("umount", str(folder))
    folder.rmdir()


def mount(folder: Path) -> bool:
    """Whether there is a small file system of PostgreSQL's account now; a container may lack the right."""
    options = f"size={SMALL_DISK_MIB}m,mode=0700,uid={pwd.getpwnam(ACCOUNT).pw_uid}"
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]).returncode == 0


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stderr}"
