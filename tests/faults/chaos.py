"""One run: uploads under faults, then quiet, then the account of every line."""

import asyncio
import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from deploy.local.infrastructure import Infrastructure
from deploy.local.rabbitmq import RabbitmqEndpoint, manage
from tests.faults import log_files
from tests.faults.checker import Verdict, check, dead_letters_by_reason
from tests.faults.deliveries import DAYS_ARE_OVER, Github, badly_ended, delivering, wrong_deliveries
from tests.faults.injections import LANES, Planned, plan
from tests.faults.uploads import Client, Journal
from tests.faults.world import Say, World, open_world
from tests.support.suite import wait_for
from tests.support.webhooks import Hook, hook_of

QUIET_SECONDS = 900
STUCK_SECONDS = 60
STAYS_QUIET_SECONDS = 3
TELL_SECONDS = 5
FRESH_SECONDS = 60
MOST_EXPORTS = 400
DELIVERY_PAUSE_SECONDS = 0.05
UNFINISHED = """
SELECT
    (SELECT count(*) FROM jobs WHERE status IN ('receiving', 'processing')) AS "open jobs",
    (SELECT count(*) FROM webhook_batches) AS "unconfirmed batches of webhooks",
    (SELECT count(*) FROM partials) AS partials,
    (SELECT count(*) FROM dead_letters WHERE folded_at IS NULL AND job_id IS NOT NULL) AS "unfolded dead letters",
    (SELECT count(*) FROM dead_letters WHERE state = 'replaying') AS "dead letters being replayed",
    (SELECT count(*) FROM removed_jobs) AS "removed jobs with records"
"""
SESSIONS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'logmill-%'
"""


@dataclass(frozen=True)
class Options:
    """What to run; `seconds` is how long faults are injected, and longer where there were not `least_faults` by then.

    `poisoned_upload`: the number of an upload whose first lines kill every worker that parses them; 0 for none.
    `is_forked`: processes have their imports behind them when they start.
    """

    seed: int
    seconds: float
    workers: int = 3
    clients: int = 4
    most_lines: int = 20_000
    poisoned_upload: int = 0
    least_faults: int = 0
    is_forked: bool = False

    @property
    def poison(self) -> str:
        """The workers' crash point for it."""
        return f"worker.parsing~id={self.poisoned_upload}/1" if self.poisoned_upload else ""


@dataclass
class Report:
    """What came of it. `findings` are broken promises apart from lines: each is a reason to fail."""

    options: Options
    verdict: Verdict = field(default_factory=Verdict)
    faults: Counter[str] = field(default_factory=Counter)
    failed_faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    logged_errors: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    deliveries: Counter[str] = field(default_factory=Counter)
    recovery_seconds: float = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.verdict.is_clean and not self.findings


def run(servers: Infrastructure, options: Options, folder: Path, over: threading.Event, say: Say) -> Report:
    """Injects faults for as long as the options say, or until `over` is set, then waits for quiet and checks."""
    report = Report(options)
    say = with_time(say)
    say(f"seed {options.seed}: starting {options.workers} workers, two apis and two aggregators; logs in {folder}")
    with told_why(report, say), ExitStack() as stack:
        world = stack.enter_context(
            open_world(servers, folder, options.workers, options.poison, is_forked=options.is_forked)
        )
        journal = Journal(options.seed, options.most_lines)
        clients = stack.enter_context(signed_in(world, options.clients, journal))
        github = Github(hooks_to(world, clients[0]), DELIVERY_PAUSE_SECONDS)
        with uploading(clients), delivering([github]):
            inject(world, options, over, report, say)
            begun = time.monotonic()
            say("the faults are over; everything is brought back")
            world.recover()
            say("every process is ready")
        say(f"{len(journal.attempted)} files, {len(github.told)} webhook deliveries were sent; waiting for quiet")
        github.redeliver()
        world.ask(DAYS_ARE_OVER)
        await_quiet(world, say)
        report.recovery_seconds = time.monotonic() - begun
        report.duplicates, report.exits, report.answers = world.duplicates(), world.exits, journal.answers
        replay_dead_letters(world, clients, report, say)
        say("checking every line")
        report.verdict = asyncio.run(_check(world, journal))
        check_deliveries(world, github, report)
        check_exports(world, clients, journal, report)
        check_fresh_uploads(world, clients, journal, report)
        check_leaks(world, report)
    report.logged_errors = log_files.errors(folder)
    return report


def with_time(say: Say) -> Say:
    """Puts the seconds since now before everything that is said."""
    begun = time.monotonic()
    return lambda text: say(f"{time.monotonic() - begun:7.1f} s  {text}")


@contextmanager
def told_why(report: Report, say: Say) -> Iterator[None]:
    """What stops the run early is one of its findings."""
    try:
        yield
    except AssertionError as error:
        report.findings.append(str(error))
        say(f"the run ends here: {error}")


@contextmanager
def signed_in(world: World, count: int, journal: Journal) -> Iterator[list[Client]]:
    """So many clients, each a user of its own."""
    clients = [Client(number, world.api_urls, journal) for number in range(count)]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


@contextmanager
def uploading(clients: Sequence[Client]) -> Iterator[None]:
    """Clients upload during the block."""
    for client in clients:
        client.start()
    try:
        yield
    finally:
        for client in clients:
            client.stop()
        for client in clients:
            client.join()


def inject(world: World, options: Options, over: threading.Event, report: Report, say: Say) -> None:
    """Every lane goes through its schedule, side by side; returns when the last fault is over."""
    end = time.monotonic() + options.seconds

    def is_over() -> bool:
        enough = time.monotonic() >= end and report.faults.total() >= options.least_faults
        return enough or over.is_set()

    def run_lane(lane: str) -> None:
        for planned in plan(options.seed, lane):
            over.wait(_cut_at(end, planned.rest_seconds))
            if is_over():
                return
            _inject_one(world, planned, over, end, report, say)

    lanes = [threading.Thread(target=run_lane, args=(lane,), name=lane) for lane in LANES]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()


def _inject_one(world: World, planned: Planned, over: threading.Event, end: float, report: Report, say: Say) -> None:
    kind = planned.fault.kind
    try:
        with planned.fault.inject(world, random.Random(planned.seed)) as whom:
            say(f"{kind} ({whom}, {planned.seconds:.1f} s)")
            over.wait(_cut_at(end, planned.seconds))
        report.faults[kind] += 1
    except Exception as error:
        # Another fault was in the way: the node to be alarmed is down, the database to lock is.
        report.failed_faults[kind] += 1
        say(f"{kind}: could not be injected: {type(error).__name__}: {error}"[:300])


def _cut_at(end: float, seconds: float) -> float:
    """What is left of so many seconds before the end; all of them where it has passed."""
    left = end - time.monotonic()
    return min(seconds, left) if left > 0 else seconds


def await_quiet(world: World, say: Say) -> None:
    """Returns once nothing is under way any more, and stays so; fails naming what is, where that does not change."""
    unfinished: dict[str, int] = {}
    changed_at = told_at = time.monotonic()

    def is_over() -> bool:
        nonlocal changed_at, told_at, unfinished
        now, before = time.monotonic(), unfinished
        unfinished = {what: count for what, count in {**in_database(world), **in_queues(world)}.items() if count}
        if unfinished != before:
            changed_at = now
        if unfinished and now - told_at > TELL_SECONDS:
            told_at = now
            say(f"not quiet yet: {unfinished}")
        return now - changed_at > (STUCK_SECONDS if unfinished else STAYS_QUIET_SECONDS)

    wait_for("quiet", is_over, QUIET_SECONDS)
    assert not unfinished, f"nothing happens any more, but there are {unfinished}"


def in_database(world: World) -> dict[str, int]:
    """What is under way there, by what it is."""
    return dict(world.ask(UNFINISHED)[0])


def in_queues(world: World) -> dict[str, int]:
    """Messages by queue, those at the consumers included."""
    answer = manage(endpoint(world), "GET", f"/api/queues/{vhost_of(world)}").json()
    queues = [queue for queue in answer if queue["name"].startswith("logs_ingest")]
    return {f"messages in {queue['name']}": queue.get("messages", 1) for queue in queues}


def endpoint(world: World) -> RabbitmqEndpoint:
    """Straight to the broker."""
    return RabbitmqEndpoint(world.direct["RABBITMQ_URL"], world.direct["LOGMILL_RABBITMQ_MANAGEMENT_URL"])


def vhost_of(world: World) -> str:
    """As it is written in a URL."""
    return quote(urlsplit(world.direct["RABBITMQ_URL"]).path.removeprefix("/"), safe="")


async def _check(world: World, journal: Journal) -> Verdict:
    connection = await world.connect()
    try:
        return await check(connection, journal)
    finally:
        await connection.close()


def replay_dead_letters(world: World, clients: Sequence[Client], report: Report, say: Say) -> None:
    """What was dead-lettered is reported, then replayed by its owners, as people would."""

    async def count() -> Counter[str]:
        connection = await world.connect()
        try:
            return await dead_letters_by_reason(connection)
        finally:
            await connection.close()

    report.dead_letters = asyncio.run(count())
    if not report.dead_letters:
        return
    say(f"dead letters: {dict(report.dead_letters)}; replaying them")
    world.cure()
    for client in clients:
        answer = client.user.http.post("/api/dead-letters/replay")
        if answer.status_code not in (202, 404, 409):
            report.findings.append(f"a replay was answered {answer.status_code}: {answer.text[:200]}")
    await_quiet(world, say)
    if left := asyncio.run(count()):
        report.findings.append(f"still dead letters after a replay: {dict(left)}")


def hooks_to(world: World, client: Client) -> list[Hook]:
    """A hook of this client's, to every api."""
    secret = hook_of(client.user).secret
    return [Hook(url, secret) for url in world.api_urls]


def check_deliveries(world: World, github: Github, report: Report) -> None:
    """Each that GitHub was told is taken in is there once, where it was told; the rest it has delivered again."""
    report.deliveries = github.answers
    report.findings += [*github.odd, *wrong_deliveries(world.ask, github.told), *badly_ended(world.ask)]


def check_exports(world: World, clients: Sequence[Client], journal: Journal, report: Report) -> None:
    """What was acknowledged comes out of the raw export byte for byte."""
    owners = dict(world.ask("SELECT j.job_id::text, u.email FROM jobs j JOIN users u ON u.user_id = j.owner_id"))
    users = {client.user.email: client.user for client in clients}
    for job_id, upload in list(journal.acknowledged.items())[-MOST_EXPORTS:]:
        if job_id not in owners:
            continue  # the verdict says so
        sent = hashlib.sha256(journal.attempted[upload].body()).hexdigest()
        got = hashlib.sha256()
        with users[owners[job_id]].http.stream("GET", f"/api/jobs/{job_id}/export", params={"format": "raw"}) as answer:
            try:
                for chunk in answer.iter_bytes():
                    got.update(chunk)
            except httpx.HTTPError as error:
                report.findings.append(f"the export of job {job_id} broke off: {error}")
                continue
        if answer.status_code != 200 or got.hexdigest() != sent:
            report.findings.append(f"the export of job {job_id} ({answer.status_code}) is not what was sent")


def check_fresh_uploads(world: World, clients: Sequence[Client], journal: Journal, report: Report) -> None:
    """Work flows again, through every api."""
    for url in world.api_urls:
        content = journal.begin()
        token = clients[0].user.token
        answer = httpx.post(
            f"{url}/upload",
            params={"name": f"{content.upload}-0.log"},
            content=content.body(),
            headers={"Authorization": f"Bearer {token}"},
            timeout=FRESH_SECONDS,
        )
        if answer.status_code != 202:
            report.findings.append(f"a fresh upload was answered {answer.status_code}: {answer.text[:200]}")
            continue
        job = clients[0].user.wait(answer.json()["job_id"], FRESH_SECONDS)
        if not job["status"].startswith("completed"):
            report.findings.append(f"a fresh upload is {job['status']}: {job['error_message']}")


def check_leaks(world: World, report: Report) -> None:
    """Every process stops when asked to, and leaves no session and no connection behind."""
    for name, code in world.stop().items():
        if code != 0:
            report.findings.append(f"{name} ended with {code} when it was stopped in peace")
    path = f"/api/vhosts/{vhost_of(world)}/connections"
    wait_for("the sessions to be gone", lambda: world.ask(SESSIONS)[0][0] == 0, 20)
    wait_for("the connections to be gone", lambda: manage(endpoint(world), "GET", path).json() == [], 20)
    for proxy in (world.broker_proxy, world.database_proxy):
        wait_for("the proxy's connections to be gone", lambda proxy=proxy: proxy.connections == 0, 20)  # type: ignore[misc]
