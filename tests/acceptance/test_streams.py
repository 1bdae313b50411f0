"""Live progress: absolute, growing, with exactly one last event, also for who comes back."""

from itertools import pairwise

import pytest

from bench.access_lines import access_lines
from tests.support.load import Gate, chunks, uploading
from tests.support.suite import Suite
from tests.support.user import Event, User

CONTENT = access_lines(60_000)
GROWING = ("bytes_received", "lines_read", "lines_stored", "unique_ips")
FIELDS = {
    "job_id",
    "file_name",
    "status",
    "error_message",
    "notice",
    "bytes_received",
    "bytes_total",
    "lines_read",
    "lines_stored",
    "lines_rejected",
    "lines_dead_lettered",
    "progress_percent",
    "lines_per_second",
    "eta_seconds",
    "unique_ips",
    "level_counts",
    "keyword_counts",
}


def assert_truthful(events: list[Event]) -> None:
    """Ids increase, counters never fall, the last event is the only one that ends the job."""
    assert all(set(event.data) == FIELDS for event in events)
    for earlier, later in pairwise(events):
        assert later.id > earlier.id
        assert all(later.data[name] >= earlier.data[name] for name in GROWING)
    assert [event.name for event in events[:-1]] == ["progress"] * (len(events) - 1)
    assert events[-1].name == "completed"


def test_one_job_from_the_upload_to_its_end(user: User) -> None:
    gate = Gate(CONTENT)
    with user.stream("/stream") as stream, uploading(user, gate) as upload:
        assert gate.half_sent.wait(60)
        events = [next(stream)]
        while events[-1].data["bytes_received"] < len(CONTENT) // 4:
            events.append(next(stream))
        assert events[-1].data["status"] == "receiving"
        gate.open.set()
        while events[-1].name == "progress":
            events.append(next(stream))
        job = user.job(upload.result(60))
    assert_truthful(events)
    last = events[-1].data
    for name in ("lines_read", "lines_stored", "lines_rejected", "lines_dead_lettered", "bytes_received", "status"):
        assert last[name] == job[name]
    assert last["progress_percent"] == 100
    assert sum(last["level_counts"].values()) == 60_000


def test_who_comes_back_is_told_the_present_state(user: User) -> None:
    gate = Gate(CONTENT)
    with uploading(user, gate) as upload:
        assert gate.half_sent.wait(60)
        with user.stream("/stream") as stream:
            first = next(stream)
        gate.open.set()
        with user.stream("/stream", {"Last-Event-ID": str(first.id)}) as stream:
            events = [first]
            while events[-1].name == "progress":
                events.append(next(stream))
        upload.result(60)
    assert_truthful(events)


@pytest.mark.parametrize("last_id", ["-1", str(2**70), "text", ""])
def test_an_ended_job_is_told_once_whatever_the_last_id(user: User, last_id: str) -> None:
    job_id = user.upload(chunks(b"one\ntwo\n"))
    user.wait(job_id)
    with user.stream(f"/stream/{job_id}", {"Last-Event-ID": last_id}) as stream:
        events = list(stream)
    assert [event.name for event in events] == ["completed"]
    assert events[0].data["lines_stored"] == 2


async def test_a_job_is_folded_while_workers_hold_it(suite: Suite, user: User) -> None:
    """A worker's foreign keys lock the job's row for as long as it writes; progress must not wait for that."""
    gate = Gate(CONTENT)
    writing = await suite.connect()
    try:
        with user.stream("/stream") as stream, uploading(user, gate) as upload:
            assert gate.half_sent.wait(60)
            job_id = next(stream).data["job_id"]
            async with writing.transaction():
                await writing.execute("SELECT FROM jobs WHERE job_id = $1 FOR KEY SHARE", job_id)
                while (event := next(stream)).data["lines_stored"] == 0:
                    assert event.data["status"] == "receiving"
            gate.open.set()
            assert user.wait(upload.result(60))["status"] == "completed"
    finally:
        await writing.close()
