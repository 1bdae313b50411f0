"""SIGTERM under load: each service stops within its deadline, nothing is lost, nothing is loud."""

import threading

import httpx
import pytest

from bench.access_lines import access_lines
from tests.support.load import Gate, chunks, uploading
from tests.support.suite import Service, Suite, wait_for
from tests.support.user import Event, User, assert_conserved

CONTENT = access_lines(200_000)
DEADLINE_SECONDS = 20


@pytest.fixture
def is_forked() -> bool:
    """No: these are the processes that operators have."""
    return False


def assert_quiet(service: Service) -> None:
    """No stack trace, no error."""
    log = service.read_log()
    assert "Traceback" not in log, log
    assert '"level": "error"' not in log, log


@pytest.mark.parametrize("name", ["worker", "aggregator"])
@pytest.mark.timeout(180)
def test_background_services(own_suite: Suite, name: str) -> None:
    suite = own_suite.start_all(workers=1)
    stopped = suite.named(name)[0]
    with User(suite.api_url) as user, uploading(user, chunks(CONTENT)) as upload:
        wait_for(
            "work to be under way", lambda: suite.workers[0].metric("logmill_worker_lines_total", outcome="stored")
        )
        assert stopped.stop(DEADLINE_SECONDS) == 0
        assert_quiet(stopped)
        suite.start(name).wait_ready()
        job = user.wait(upload.result(60))
    assert job["status"] == "completed"
    assert job["lines_stored"] == 200_000
    assert_conserved(job)


@pytest.mark.timeout(180)
def test_an_api_lets_a_lively_upload_finish(own_suite: Suite) -> None:
    suite = own_suite.start_all(workers=1)
    api = suite.api
    gate = Gate(CONTENT)
    with User(suite.api_url) as user, uploading(user, gate) as upload:
        assert gate.half_sent.wait(60)
        api.process.terminate()
        wait_for("the api to stop listening", lambda: not _answers(api))
        gate.open.set()
        job_id = upload.result(60)
        assert api.process.wait(DEADLINE_SECONDS) == 0
        assert_quiet(api)
    suite.start("api").wait_ready()
    with User(suite.api_url, user.email) as again:
        job = again.wait(job_id)
    assert job["status"] == "completed"
    assert job["lines_stored"] == 200_000


@pytest.mark.timeout(180)
def test_an_api_interrupts_a_stuck_upload(own_suite: Suite) -> None:
    suite = own_suite.start_all(workers=1, LOGMILL_STOP_DEADLINE_SECONDS="4")
    api = suite.api
    gate = Gate(CONTENT)
    with User(suite.api_url) as user, uploading(user, gate) as upload:
        assert gate.half_sent.wait(60)
        assert api.stop(DEADLINE_SECONDS) == 0
        gate.open.set()
        with pytest.raises((httpx.HTTPStatusError, httpx.TransportError)):
            upload.result(60)
    assert_quiet(api)
    suite.start("api").wait_ready()
    with User(suite.api_url, user.email) as again:
        job = again.get("/api/jobs")["items"][0]
        assert job["status"] == "interrupted"
        assert job["error_message"]
        wait_for("what was confirmed to be stored", lambda: _settled(again, job["job_id"]))
        assert 0 < again.job(job["job_id"])["lines_stored"] < 200_000


@pytest.mark.timeout(180)
def test_open_streams_end_with_the_api(own_suite: Suite) -> None:
    suite = own_suite.start_all(workers=1)
    api = suite.api
    events: list[Event] = []
    with User(suite.api_url) as user, user.stream("/stream") as stream:
        user.upload(b"one\ntwo\n")
        reader = threading.Thread(target=lambda: events.extend(stream))
        reader.start()
        wait_for("the job's last event", lambda: events and events[-1].name == "completed")
        assert api.stop(DEADLINE_SECONDS) == 0
        reader.join(10)
        assert not reader.is_alive()
    assert_quiet(api)


def _answers(api: Service) -> bool:
    try:
        httpx.get(f"{api.url}/health/live", timeout=1)
    except httpx.TransportError:
        return False
    return True


def _settled(user: User, job_id: str) -> bool:
    job = user.job(job_id)
    accounted: int = job["lines_stored"] + job["lines_rejected"] + job["lines_dead_lettered"]
    return bool(accounted == job["lines_read"])
