"""`python -m bench.webhook`: how soon webhook deliveries are answered at a steady rate, on a suite of its own.

Starts an api, an aggregator and `--workers` workers around private servers, and delivers signed payloads of every
kind, `--rate` a second for `--seconds`, whether or not the ones before were answered (an open loop). An answer's time
counts from the moment at which its delivery was to be sent. Prints the percentiles, every status, and what of it is
stored in the end.
"""

import argparse
import asyncio
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from rich.console import Console
from rich.table import Table

from bench.pipeline import running_suite
from tests.support.suite import Suite, wait_for
from tests.support.user import User
from tests.support.webhooks import GIVES_UP_SECONDS, KINDS, PATH, Hook, event_of, hook_of, payload_of, signature

STORED_SECONDS = 120
PERCENTILES = (50, 95, 99, 100)
COUNT_RECORDS = "SELECT count(*), count(DISTINCT (job_id, line_no)) FROM log_records"


@dataclass(frozen=True, slots=True)
class Payload:
    """What is delivered again and again, each time with an id of its own."""

    event: str
    body: bytes
    signature: str

    def request(self, host: str) -> bytes:
        """A delivery as it goes over the wire."""
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: GitHub-Hookshot/bench\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\nX-GitHub-Event: {self.event}\r\n"
            f"X-GitHub-Delivery: {uuid4()}\r\nX-GitHub-Hook-ID: 292430182\r\n"
            f"X-Hub-Signature-256: {self.signature}\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a delivery; `status` is 0 where nothing did, or too late. Times in seconds."""

    status: int
    took_seconds: float
    late_seconds: float
    """How much later than it was to be the delivery was sent."""
    lines: int


class Sender:
    """Deliveries over as many connections as are needed; each is kept for the next."""

    def __init__(self, api_url: str) -> None:
        address = urlsplit(api_url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, payload: Payload, due: float) -> Answer:
        """Delivers, and waits for the answer; `due` by the clock of `time.perf_counter`."""
        request, late_seconds = payload.request(f"{self._host}:{self._port}"), time.perf_counter() - due
        try:
            async with asyncio.timeout(GIVES_UP_SECONDS):
                status, body = await self._exchange(request)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            status, body = 0, b"{}"
        lines = msgspec.json.decode(body).get("line_count", 0) if status == 202 else 0
        return Answer(status, time.perf_counter() - due, late_seconds, lines)

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        opened = self._pop_idle() or await asyncio.open_connection(self._host, self._port)
        reader, writer = opened
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next(int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:"))
            body = await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        self._idle.append(opened)
        return int(head.split(" ", 2)[1]), body

    def _pop_idle(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """One that the api has not closed meanwhile."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    def close(self) -> None:
        """Closes the connections."""
        for _, writer in self._idle:
            writer.close()


def payloads(secret: str, repositories: int) -> list[Payload]:
    """Every kind of event, in each of so many repositories, signed."""
    made = []
    for kind in KINDS:
        payload = payload_of(kind)
        for number in range(repositories):
            if "repository" in payload:
                payload["repository"]["full_name"] = f"octo/repository-{number}"
            body = msgspec.json.encode(payload)
            made.append(Payload(event_of(kind), body, signature(secret, body)))
    return made


async def deliver(hook: Hook, rate: float, seconds: float, repositories: int) -> tuple[list[Answer], int]:
    """The answers to `rate` deliveries a second, and the bytes that were sent."""
    sender = Sender(hook.api_url)
    todo = list(islice(cycle(payloads(hook.secret, repositories)), max(1, round(rate * seconds))))
    began = time.perf_counter()
    tasks = []
    for number, payload in enumerate(todo):
        due = began + number / rate
        await asyncio.sleep(due - time.perf_counter())
        tasks.append(asyncio.create_task(sender.send(payload, due)))
    answers = await asyncio.gather(*tasks)
    sender.close()
    return answers, sum(len(payload.body) for payload in todo)


def stored(user: User) -> int:
    """Lines of all the user's jobs that are in the database."""
    return sum(job["lines_stored"] for job in user.get("/api/jobs", limit=1000)["items"])


async def count_records(suite: Suite) -> tuple[int, int]:
    """Rows, and different lines among them."""
    connection = await suite.connect()
    try:
        rows, lines = await connection.fetchrow(COUNT_RECORDS) or (0, 0)
    finally:
        await connection.close()
    return rows, lines


def percentile(values: Sequence[float], percent: int) -> float:
    """The least of the values that so many per cent of all do not exceed.

    >>> percentile([3, 1, 2, 4], 50), percentile([3, 1, 2, 4], 100)
    (2, 4)
    """
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


def report(answers: Sequence[Answer], size_bytes: int, rate: float) -> Table:
    """What the deliveries came to."""
    title = f"{len(answers):,} deliveries, {rate:g} a second, of {size_bytes / len(answers):,.0f} bytes"
    table = Table("answer", "deliveries", *(f"p{percent}" for percent in PERCENTILES), title=title)
    for status, count in sorted(Counter(answer.status for answer in answers).items()):
        took = [answer.took_seconds for answer in answers if answer.status == status]
        shown = (f"{percentile(took, percent) * 1000:.1f} ms" for percent in PERCENTILES)
        table.add_row(str(status or "none"), f"{count:,}", *shown)
    late = [answer.late_seconds for answer in answers]
    shown = (f"{percentile(late, percent) * 1000:.1f} ms" for percent in PERCENTILES)
    table.add_row("sent late by", "", *shown, style="dim")
    return table


def main(arguments: list[str]) -> None:
    """Prints a table and a line."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhook", description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--repositories", type=int, default=5)
    options = parser.parse_args(arguments)
    if not all(0 < value < math.inf for value in vars(options).values()):
        parser.error("every number has to be more than 0")
    with running_suite(options.workers) as suite, User(suite.api_url) as user:
        hook = hook_of(user, "bench")
        hook.deliver(payload_of("ping"), "ping").raise_for_status()
        answers, size_bytes = asyncio.run(deliver(hook, options.rate, options.seconds, options.repositories))
        ended, expected = time.monotonic(), sum(answer.lines for answer in answers)
        wait_for(f"{expected:,} lines to be stored", lambda: stored(user) >= expected, STORED_SECONDS)
        waited_seconds = time.monotonic() - ended
        rows, lines = asyncio.run(count_records(suite))
    Console().print(report(answers, size_bytes, options.rate))
    told = f"{expected:,} lines were promised; {rows:,} rows of {lines:,} lines are stored"
    Console().print(f"{told}, all of them {waited_seconds:.1f} s after the last answer")


if __name__ == "__main__":
    main(sys.argv[1:])
