"""The api is killed, its clients leave, dawdle, never read, come back by the hundred: nobody else notices."""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median
from tarfile import TarFile, TarInfo
from time import monotonic

import aio_pika
import httpx
import psutil
import pytest
from msgspec import structs

from bench.access_lines import access_lines
from shared.events import publish_progress
from shared.progress import JobProgress
from shared.topology import EVENTS_EXCHANGE
from tests.faults.conftest import QUICK
from tests.faults.proof import assert_stored_once, wait_until_accounted, wait_until_received
from tests.support.by_hand import enter_job, id_of
from tests.support.load import Gate, chunks, uploading
from tests.support.suite import Service, Suite, wait_for
from tests.support.user import ENDED, Event, User

CONTENT = access_lines(40_000)
TINY_JOBS = 1000
UNREAD_JOBS = 300
SLOW_CLIENTS = 200
DEAF_STREAMS = 30
RECONNECTS = 500
TELLINGS = 5000
MOST_KEPT = 500
BATCH_BYTES = int(QUICK["LOGMILL_BATCH_BYTES"])


def under_way(api: Service) -> float:
    return api.metric("logmill_api_uploads_in_progress")


def open_streams(api: Service) -> float:
    return api.metric("logmill_api_event_streams")


def test_a_killed_api_leaves_an_interrupted_job(standing: Suite, user: User) -> None:
    """What was confirmed of it is stored and counted, the rest was never acknowledged; it can be sent again."""
    impatient = standing.start("aggregator", LOGMILL_INTERRUPTED_AFTER_SECONDS="5").wait_ready()
    gate = Gate(CONTENT)
    with uploading(user, gate) as upload:
        job_id = wait_until_received(user, gate)
        wait_for("some of it to be stored", lambda: user.job(job_id)["lines_stored"])
        standing.api.kill()
        gate.open.set()
        with pytest.raises(httpx.TransportError):
            upload.result(60)
    standing.start("api").wait_ready()
    with User(standing.api_url, user.email) as again:
        assert again.wait(job_id)["status"] == "interrupted"
        job = wait_until_accounted(again, job_id)
        assert "did not come back" in job["error_message"]
        assert 0 < job["lines_stored"] < CONTENT.count(b"\n")
        assert_stored_once(standing, again, again.upload(chunks(CONTENT)), CONTENT)
    assert impatient.stop() == 0


def test_a_client_that_leaves_takes_nothing_along(own_suite: Suite, tmp_path: Path) -> None:
    """Its job is interrupted at once, and the process keeps nothing of it: no upload, no file, not while it runs."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    api = own_suite.start("api", **QUICK, TMPDIR=str(temporary)).wait_ready()
    form = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.log"\r\n\r\n' + CONTENT
    head = (
        "POST /upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
        "Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: 100000000\r\n\r\n"
    )
    with User(api.url) as user:
        with socket.create_connection(("127.0.0.1", api.port)) as leaving:
            leaving.sendall(head.format(user.token).encode() + form)
            written: set[str] = set()

            def is_taken_in() -> bool:
                written.update(files_written_by(api), map(str, temporary.iterdir()))
                jobs = user.get("/api/jobs")["items"]
                return bool(jobs) and jobs[0]["bytes_received"] > len(CONTENT) - 2 * BATCH_BYTES

            wait_for("all but the last, open batch to be taken in", is_taken_in)
            assert written == {str(api.log)}
        wait_for("the upload to end", lambda: not under_way(api))
        (job,) = user.get("/api/jobs")["items"]
        assert (job["status"], job["error_message"]) == ("interrupted", "The client closed the connection.")
    assert list(temporary.iterdir()) == []
    assert "Traceback" not in api.read_log()


def files_written_by(service: Service) -> set[str]:
    """Regular files it has open for writing."""
    opened = psutil.Process(service.process.pid).open_files()
    return {file.path for file in opened if getattr(file, "mode", "w") != "r"}


def test_dawdling_clients_hold_up_nobody(own_suite: Suite) -> None:
    """Hundreds that never end their headers, and one that never sends its body, beside somebody in a hurry."""
    api = own_suite.start("api", **QUICK, LOGMILL_UPLOAD_IDLE_TIMEOUT_SECONDS="1").wait_ready()
    with User(api.url) as user, ExitStack() as stack:
        calm = typical_of(user, 50)
        for number in range(SLOW_CLIENTS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", api.port)))
            client.sendall(b"GET /api/jobs HTTP/1.1\r\nX-Slow: %d" % number)
        silent = stack.enter_context(socket.create_connection(("127.0.0.1", api.port), timeout=10))
        head = f"POST /upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {user.token}\r\nContent-Length: 9\r\n\r\none"
        silent.sendall(head.encode())
        assert typical_of(user, 50) < 10 * calm + 0.5
        assert silent.recv(1000).startswith(b"HTTP/1.1 408 ")
        (job,) = user.get("/api/jobs")["items"]
        assert job["status"] == "interrupted"
        assert "upload_idle_timeout_seconds" in job["error_message"]


def typical_of(user: User, requests: int) -> float:
    """The median of so many answers' seconds, one after the other: any single one may be the machine's."""
    return median(user.http.get("/api/jobs").raise_for_status().elapsed.total_seconds() for _ in range(requests))


@contextmanager
def deaf_stream(user: User) -> Iterator[socket.socket]:
    """An event stream whose client never reads, with hardly any room on its side."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        client.connect(("127.0.0.1", int(user.api_url.rsplit(":", 1)[1])))
        client.sendall(f"GET /stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {user.token}\r\n\r\n".encode())
        yield client


def test_streams_that_nobody_reads_cost_little(standing: Suite, user: User) -> None:
    """Each keeps the latest states, not what it missed; others are told as ever, and leaving frees its place."""
    api = standing.api
    with ExitStack() as stack:
        deaf = [stack.enter_context(deaf_stream(user)) for _ in range(DEAF_STREAMS)]
        wait_for("all streams to be open", lambda: open_streams(api) == DEAF_STREAMS)
        jobs = upload_tiny_jobs(user, UNREAD_JOBS)
        with user.stream("/stream") as stream:
            busy = asyncio.run(tell_often(standing, user))
            told = next(event for event in stream if event.data["lines_stored"] == TELLINGS)
            assert told.data["job_id"] == busy
        assert {user.wait(job)["status"] for job in jobs[-10:]} == {"completed"}
        assert all(0 < events_until_the_last(client, busy) < MOST_KEPT for client in deaf[:3])
    user.http.delete(f"/api/jobs/{busy}").raise_for_status()
    wait_for("their places to be free", lambda: open_streams(api) == 0)


async def tell_often(suite: Suite, user: User) -> str:
    """A job in processing, and of it, by hand, more news than anybody sends; its id."""
    database = await suite.connect()
    try:
        job_id = await enter_job(database, lines=TELLINGS, batches=1, owner_id=id_of(user))
    finally:
        await database.close()
    news = JobProgress(job_id=job_id, owner_id=id_of(user), file_name="busy", status="processing", lines_read=TELLINGS)
    async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
        channel = await connection.channel(publisher_confirms=False)
        events = await channel.get_exchange(EVENTS_EXCHANGE)
        for number in range(1, TELLINGS + 1):
            await publish_progress(events, structs.replace(news, lines_stored=number))
    return str(job_id)


def events_until_the_last(client: socket.socket, job_id: str) -> int:
    """How many events of the job a client that reads at last is told, up to its present state."""
    client.settimeout(20)
    received = b""
    while f'"lines_stored": {TELLINGS},'.encode() not in received:
        received += client.recv(65536)
    return received.count(f'"job_id": "{job_id}"'.encode())


def upload_tiny_jobs(user: User, count: int) -> list[str]:
    """The ids of so many jobs of one line each, out of one archive."""
    packed = BytesIO()
    with TarFile(fileobj=packed, mode="w") as archive:
        for number in range(count):
            line = b"%d %d tiny\n" % (monotonic() * 1e9, number)
            member = TarInfo(f"{number}.log")
            member.size = len(line)
            archive.addfile(member, BytesIO(line))
    answer = user.http.post("/upload", params={"name": "tiny.tar"}, content=packed.getvalue(), timeout=120)
    return [job["job_id"] for job in answer.raise_for_status().json()["jobs"]]


def test_each_of_a_thousand_tiny_jobs_tells_its_end_once(user: User) -> None:
    """Also to who asks only while, or after, it ends."""
    with user.stream("/stream") as stream, ThreadPoolExecutor(9) as pool:
        told = pool.submit(count_completed, stream)
        jobs = upload_tiny_jobs(user, TINY_JOBS)
        endings = Counter((event.name, event.data["lines_stored"]) for event in pool.map(partial(last_of, user), jobs))
        assert endings == {("completed", 1): TINY_JOBS}
        assert told.result(60) == Counter(jobs)


def count_completed(stream: Iterator[Event]) -> Counter[str]:
    """How often each job's end is told, until there are as many as jobs."""
    told: Counter[str] = Counter()
    for event in stream:
        told[event.data["job_id"]] += event.name == "completed"
        if told.total() >= TINY_JOBS:
            break
    return told


def last_of(user: User, job_id: str) -> Event:
    """The last event of a job's own stream; the only one that ends it."""
    with user.stream(f"/stream/{job_id}") as stream:
        events = list(stream)
    assert [event.name for event in events[:-1]] == ["progress"] * (len(events) - 1)
    return events[-1]


def test_a_storm_of_reconnects_is_told_the_present_state(standing: Suite, user: User) -> None:
    last_ids = ["-1", "0", "1", str(2**70), "text", ""]
    gate = Gate(CONTENT)
    with uploading(user, gate) as upload:
        job_id = wait_until_received(user, gate)

        def first(number: int) -> Event:
            with user.stream("/stream", {"Last-Event-ID": last_ids[number % len(last_ids)]}) as stream:
                return next(stream)

        with ThreadPoolExecutor(16) as pool:
            events = list(pool.map(first, range(RECONNECTS)))
        assert {event.data["job_id"] for event in events} == {job_id}
        assert all(event.data["status"] not in ENDED for event in events)
        gate.open.set()
        upload.result(60)
    assert_stored_once(standing, user, job_id, CONTENT)
    wait_for("every stream to be closed", lambda: open_streams(standing.api) == 0)
