"""The checker itself: it finds what somebody tampered with, and nothing where nobody did."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from uuid import UUID, uuid4

import pytest

from deploy.local.infrastructure import Infrastructure
from deploy.local.postgres import create_database, drop_database
from deploy.local.rabbitmq import create_vhost, drop_vhost
from tests.faults.checker import Verdict, check
from tests.faults.deliveries import wrong_deliveries
from tests.faults.injections import FAULTS, LANES, plan
from tests.faults.lines import FORMATS, LINE_ID, Content, content_of
from tests.faults.proof import session
from tests.faults.uploads import Journal
from tests.support.suite import Suite
from tests.support.user import User
from tests.support.webhooks import hook_of, message, wait_until_stored

LINES = 300
SMALL = {"LOGMILL_BATCH_BYTES": "8192", "LOGMILL_MAX_LINE_BYTES": "65536"}


@dataclass
class Stored:
    """A suite in which one upload of each format was stored; `job_id` is that of the plain one."""

    suite: Suite
    journal: Journal
    job_id: UUID


@pytest.fixture(scope="module")
def stored(infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    name = f"checker_{uuid4().hex}"
    with ExitStack() as stack:
        database = create_database(infrastructure.postgres, name)
        stack.callback(drop_database, infrastructure.postgres, name)
        vhost = create_vhost(infrastructure.rabbitmq, name)
        stack.callback(drop_vhost, infrastructure.rabbitmq, name)
        environment = {**database.environment(), **vhost.environment(), **SMALL}
        suite = Suite(environment, tmp_path_factory.mktemp("checker"), is_forked=True)
        stack.callback(suite.stop_all)
        journal = Journal(seed=7, most_lines=LINES)
        with User(suite.start_all(workers=1).api_url) as user:
            jobs = [_upload(user, journal, *each) for each in enumerate(FORMATS, 1)]
            for job_id in jobs:
                user.wait(job_id)
        yield Stored(suite, journal, UUID(jobs[list(FORMATS).index("plain")]))


def _upload(user: User, journal: Journal, number: int, format_name: str) -> str:
    content = Content(journal.seed, number, format_name, LINES, is_crlf=False, ends_in_newline=number % 2 == 0)
    journal.attempted[number] = content
    job_id = user.upload(content.body(), f"{number}-0.log")
    journal.acknowledge(job_id, number)
    return job_id


def verdict_after(stored: Stored, *statements: str) -> Verdict:
    """The checker's word in a transaction that tampered, which is then rolled back."""

    async def tamper() -> Verdict:
        connection = await stored.suite.connect()
        try:
            async with connection.transaction():
                for statement in statements:
                    await connection.execute(statement.format(job=f"'{stored.job_id}'"))
                verdict = await check(connection, stored.journal)
                raise _Enough(verdict)
        except _Enough as enough:
            return enough.verdict
        finally:
            await connection.close()

    return asyncio.run(tamper())


class _Enough(Exception):
    """Takes the verdict out of a transaction, and the tampering back."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict


def test_nothing_is_found_where_nobody_tampered(stored: Stored) -> None:
    verdict = verdict_after(stored)
    assert verdict.violations == []
    assert verdict.counts == {
        "attempted": LINES * len(FORMATS),
        "acknowledged": LINES * len(FORMATS),
        "stored": LINES * len(FORMATS),
        "recovered": 0,
        "dead_lettered": 0,
        "lost": 0,
        "duplicated": 0,
        "unexpected": 0,
    }


ROW = "FROM log_records WHERE job_id = {job} AND line_no = 5"
COLUMNS = "job_id, stored_on, line_count, logged_at, severity, raw, format"
CASES = [
    ("a line lost", [f"DELETE {ROW}"], {"lost": 1}, "1 lines lost, from line 5 on"),
    ("a line doubled", [f"INSERT INTO log_records SELECT * {ROW}"], {"duplicated": 1}, "the rollup says"),
    (
        "a line invented",
        [f"INSERT INTO log_records (line_no, message, {COLUMNS}) SELECT 99999, 'x', {COLUMNS} {ROW}"],
        {"unexpected": 1},
        "not b'(none)'",
    ),
    (
        "other bytes",
        ["UPDATE log_records SET raw = NULL, message = 'x' WHERE job_id = {job} AND line_no = 5"],
        {"unexpected": 1},
        "line 5 is b'x', not b'2026",
    ),
    (
        "a line in another's place",
        ["UPDATE log_records SET line_no = 6 WHERE job_id = {job} AND line_no = 5"],
        {"lost": 1, "duplicated": 1, "unexpected": 1},
        "1 lines are others",
    ),
    (
        "a wrong rollup",
        [
            "UPDATE rollups SET records = records + 1 WHERE (job_id, dimension, bucket, value) ="
            " (SELECT job_id, dimension, bucket, value FROM rollups WHERE dimension = 'level' LIMIT 1)"
        ],
        {},
        "the rollup says",
    ),
    ("a rollup lost", ["DELETE FROM rollups WHERE dimension = 'status'"], {}, "the rollup says None"),
    ("a wrong count", ["UPDATE jobs SET lines_stored = lines_stored + 1 WHERE job_id = {job}"], {}, "accounted for"),
    ("a job left open", ["UPDATE jobs SET status = 'processing' WHERE job_id = {job}"], {}, "is still processing"),
    ("a job failed", ["UPDATE jobs SET status = 'failed' WHERE job_id = {job}"], {}, "is failed"),
    (
        "a ledger entry too many lines",
        ["UPDATE batches SET line_count = line_count + 1 WHERE job_id = {job} AND batch_no = 0"],
        {},
        "batch 0 has",
    ),
    (
        "a job nobody sent",
        ["UPDATE jobs SET file_name = 'x' WHERE job_id = {job}"],
        {"unexpected": LINES},
        "nobody sent",
    ),
    ("a job lost", ["DELETE FROM jobs WHERE job_id = {job}"], {"lost": LINES, "unexpected": LINES}, "is gone"),
    ("a partial left", ["INSERT INTO partials VALUES ({job}, 1, '')"], {}, "1 partials are left"),
]


@pytest.mark.parametrize(
    ("statements", "counts", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_was_tampered_with_is_found(
    stored: Stored, statements: list[str], counts: dict[str, int], told: str
) -> None:
    verdict = verdict_after(stored, *statements)
    assert not verdict.is_clean
    assert {name: verdict.counts[name] for name in ("lost", "duplicated", "unexpected")} == {
        "lost": 0,
        "duplicated": 0,
        "unexpected": 0,
        **counts,
    }
    assert any(told in text for text in verdict.violations), verdict.violations


def test_a_line_nobody_was_promised_may_be_missing(stored: Stored) -> None:
    """But what is there of its job has to add up."""
    unsealed = "UPDATE jobs SET status = 'interrupted', sealed_at = NULL WHERE job_id = {job}"
    promised, stored.journal.acknowledged = stored.journal.acknowledged, {}
    try:
        verdict = verdict_after(stored, unsealed)
    finally:
        stored.journal.acknowledged = promised
    assert verdict.violations == []
    assert (verdict.acknowledged, verdict.recovered, verdict.lost) == (0, LINES * len(FORMATS), 0)


def test_a_seed_gives_the_same_lines_and_the_same_faults() -> None:
    assert [content_of(3, 5, 100).body() for _ in range(2)] == [content_of(3, 5, 100).body()] * 2
    assert content_of(3, 5, 100).body() != content_of(4, 5, 100).body()
    for lane in LANES:
        assert list(islice(plan(3, lane), 20)) == list(islice(plan(3, lane), 20))
        assert {planned.fault.kind for planned in islice(plan(3, lane), 40)} >= {
            fault.kind for fault in FAULTS if fault.lane == lane
        }


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_line_has_its_own_id(format_name: str) -> None:
    content = Content(1, 2, format_name, 700, is_crlf=False, ends_in_newline=True)
    ids = [match.groups() for line in content.lines() if (match := LINE_ID.search(line))]
    assert ids == [(b"2", b"%d" % number) for number in range(1, 701)]


DELIVERIES = [
    ("lost", "DELETE FROM log_records WHERE trace_id = $1", "is lost"),
    ("doubled", "INSERT INTO log_records SELECT * FROM log_records WHERE trace_id = $1", "is there 2 times"),
    ("moved", "UPDATE log_records SET line_no = 99 WHERE trace_id = $1", "is not where its answer says"),
    (
        "renamed",
        "UPDATE log_records SET trace_id = 'x' WHERE trace_id = $1",
        "delivery x was never accepted, but is there",
    ),
]


def test_deliveries_that_somebody_tampered_with_are_found(stored: Stored) -> None:
    with User(stored.suite.api_url) as user, session(stored.suite) as ask:
        hook = hook_of(user)
        answers = [hook.accepted(message(str(number))) for number in range(3)]
        wait_until_stored(user, answers[0]["job_id"], len(answers))
        told = {answer["delivery_id"]: answer for answer in answers}
        assert wrong_deliveries(ask, told) == []
        for name, statement, expected in DELIVERIES:
            ask("BEGIN")
            ask(statement, answers[0]["delivery_id"])
            found = wrong_deliveries(ask, told)
            ask("ROLLBACK")
            assert any(expected in text for text in found), (name, found)
