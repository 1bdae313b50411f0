"""Webhook deliveries while the api, RabbitMQ or PostgreSQL is away: what was answered is there, and all of it once."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.local.postgres import PostgresServer
from deploy.local.rabbitmq import RabbitmqServer
from tests.faults.conftest import QUICK, start_again
from tests.faults.deliveries import Github, delivering, wrong_deliveries
from tests.faults.lost_answers import losing_answers
from tests.faults.proof import Ask, session
from tests.faults.test_broker import alarmed
from tests.support.suite import Service, Suite, free_port, wait_for
from tests.support.user import User, assert_conserved
from tests.support.webhooks import GIVES_UP_SECONDS, Hook, hook_of, message, new_delivery_id, payload_of

RECORDS = """
SELECT trace_id, count(*) AS records, count(DISTINCT line_no) AS places
FROM log_records JOIN jobs USING (job_id) WHERE owner_id = $1 GROUP BY trace_id
"""
PLACES = "SELECT delivery_id, line_count FROM webhook_deliveries WHERE owner_id = $1"
WAITING = "SELECT count(*) FROM webhook_batches JOIN jobs USING (job_id) WHERE owner_id = $1"
RECOUNT = """
SELECT count(*) AS jobs, coalesce(sum(lines_read - lines_stored), 0) AS apart,
    (SELECT count(*) FROM partials JOIN jobs USING (job_id) WHERE owner_id = $1) AS unfolded,
    (SELECT coalesce(sum(records), 0) FROM rollups JOIN jobs USING (job_id) WHERE owner_id = $1
        AND dimension = 'level') AS in_rollups
FROM jobs WHERE owner_id = $1
"""
SENDERS = 4
TEXT = "Grüße"


def assert_each_once(suite: Suite, user: User, expected: Mapping[str, int]) -> None:
    """Waits until no line is on its way; then every delivery has so many records, and there is no other."""
    owner_id = UUID(user.get("/auth/me")["user_id"])
    with session(suite) as ask:
        wait_for("every line to be stored", lambda: is_settled(ask, owner_id, sum(expected.values())))
        rows = ask(RECORDS, owner_id)
        assert {row["trace_id"]: row["records"] for row in rows} == expected
        assert all(row["records"] == row["places"] for row in rows)
        assert {row["delivery_id"]: row["line_count"] for row in ask(PLACES, owner_id)} == expected
    for job in user.get("/api/jobs", limit=1000)["items"]:
        assert_conserved(job)
        assert (job["lines_dead_lettered"], job["lines_rejected"], job["status"]) == (0, 0, "receiving")


def is_settled(ask: Ask, owner_id: UUID, lines: int) -> bool:
    found = dict(ask(RECOUNT, owner_id)[0])
    return not ask(WAITING, owner_id)[0][0] and found == {**found, "apart": 0, "unfolded": 0, "in_rollups": lines}


def refused(hook: Hook, payload: object, event: str = "told", delivery_id: str | None = None) -> httpx.Response:
    """The answer to a delivery that has to be told to come again, in time."""
    answer = hook.deliver(payload, event, delivery_id)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.elapsed.total_seconds() < GIVES_UP_SECONDS
    return answer


def all_refused(hook: Hook, sent: Mapping[str, object]) -> None:
    """The same of several at once, by their ids."""
    with ThreadPoolExecutor(len(sent)) as pool:
        for answer in [pool.submit(refused, hook, payload, delivery_id=each) for each, payload in sent.items()]:
            answer.result()


@pytest.mark.parametrize("is_delivered_again", [True, False])
@pytest.mark.parametrize("place", ["api.webhook_entered", "api.webhook_confirmed"])
def test_an_api_killed_on_the_way_doubles_nothing(own_suite: Suite, place: str, is_delivered_again: bool) -> None:
    """Before RabbitMQ has it, or before the answer: GitHub's redelivery is known, and so is what it never repeats."""
    port = free_port()
    own_suite.start_on(port, "api", QUICK).wait_ready()
    own_suite.start_all(workers=1, **QUICK)
    with User(f"http://127.0.0.1:{port}") as user:
        hook, delivery_id, payload = hook_of(user), new_delivery_id(), payload_of("push")
        stop_api_at(own_suite, port)
        doomed = own_suite.start_on(port, "api", {**QUICK, "LOGMILL_CRASH_POINTS": place}).wait_ready()
        with pytest.raises(httpx.TransportError):
            hook.deliver(payload, "push", delivery_id)
        assert doomed.process.wait(10) == -9
        own_suite.start_on(port, "api", QUICK).wait_ready()
        if is_delivered_again:
            told = [hook.accepted(payload, "push", delivery_id) for _ in range(2)]
            assert told[0] == told[1]
        assert_each_once(own_suite, user, {delivery_id: 1 + len(payload["commits"])})


def stop_api_at(suite: Suite, port: int) -> None:
    for api in suite.named("api"):
        if api.port == port:
            assert api.stop() == 0


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_without_rabbitmq_it_is_503_and_can_be_done_again(
    standing: Suite, user: User, broker_server: RabbitmqServer, how: str
) -> None:
    hook = hook_of(user)
    sent = {new_delivery_id(): message(f"{TEXT} {number}") for number in range(4)}
    before = hook.accepted(message("before"))["delivery_id"]
    getattr(broker_server, how)()
    all_refused(hook, sent)
    assert hook.accepted(message("before"), delivery_id=before)["line_no"] == 1
    start_again(broker_server)
    for delivery_id, payload in sent.items():
        wait_until_accepted(hook, payload, delivery_id)
    assert_each_once(standing, user, dict.fromkeys((before, *sent), 1))


def wait_until_accepted(hook: Hook, payload: object, delivery_id: str, event: str = "told") -> dict[str, Any]:
    """Delivers it again and again; anything but 202 and 503 is a failure."""
    answers: list[httpx.Response] = []

    def is_accepted() -> bool:
        answers.append(hook.deliver(payload, event, delivery_id))
        assert answers[-1].status_code in (202, 503), answers[-1].text
        return answers[-1].status_code == 202

    wait_for("the delivery to be accepted", is_accepted)
    told: dict[str, Any] = answers[-1].json()
    return told


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_without_postgresql_it_is_503_and_can_be_done_again(
    standing: Suite, user: User, database_server: PostgresServer, how: str
) -> None:
    hook = hook_of(user)
    sent = {new_delivery_id(): message(f"{TEXT} {number}") for number in range(4)}
    before = hook.accepted(message("before"))["delivery_id"]
    getattr(database_server, how)()
    all_refused(hook, sent)
    refused(hook, message("before"), delivery_id=before)
    start_again(database_server)
    for delivery_id, payload in sent.items():
        wait_until_accepted(hook, payload, delivery_id)
    assert_each_once(standing, user, dict.fromkeys((before, *sent), 1))


def test_what_was_written_and_refused_is_published_later(
    standing: Suite, user: User, broker_server: RabbitmqServer
) -> None:
    """RabbitMQ takes nothing: what is told to come again is there once it does, though nobody delivers it again."""
    hook, payload = hook_of(user), payload_of("push")
    entered: dict[str, int] = {}
    with session(standing) as ask:
        owner_id = UUID(user.get("/auth/me")["user_id"])
        with alarmed(broker_server, "memory"), deliveries_at_once(hook, payload) as answers:
            assert {(answer.status_code, "retry-after" in answer.headers) for answer in answers.values()} == {
                (503, True)
            }
            entered = {row["delivery_id"]: row["line_count"] for row in ask(PLACES, owner_id)}
            assert entered.keys() <= answers.keys()
            assert ask(WAITING, owner_id)[0][0] > 0
            states = {item["state"] for item in user.get("/api/webhook-deliveries")["items"]}
            assert states == {"waiting"}
    assert_each_once(standing, user, entered)
    for delivery_id in answers:
        wait_until_accepted(hook, payload, delivery_id, "push")
    assert_each_once(standing, user, dict.fromkeys(answers, 1 + len(payload["commits"])))


@contextmanager
def deliveries_at_once(hook: Hook, payload: object, count: int = 8) -> Iterator[dict[str, httpx.Response]]:
    """The answers to so many deliveries sent side by side, by their ids."""
    ids = [new_delivery_id() for _ in range(count)]
    with ThreadPoolExecutor(count) as pool:
        yield dict(zip(ids, pool.map(lambda each: hook.deliver(payload, "push", each), ids), strict=True))


def test_an_answer_lost_at_commit_gives_no_second_place(own_suite: Suite) -> None:
    """The api cannot know whether a delivery was entered; the next try of it does."""
    with losing_answers(int(own_suite.environment["PSQL_PORT"])) as way:
        own_suite.start("api", **QUICK, PSQL_PORT=str(way.port))
        own_suite.start_all(workers=1, **QUICK)
        (api, *_) = own_suite.named("api")
        with User(api.url) as user:
            hook = hook_of(user)
            sent = [new_delivery_id() for _ in range(20)]
            for number, delivery_id in enumerate(sent):
                way.to_lose = number % 2
                wait_until_accepted(hook, message(str(number)), delivery_id)
            way.to_lose = 0
            assert way.lost >= 5
            assert_each_once(own_suite, user, dict.fromkeys(sent, 1))
        own_suite.stop_all()


def kill_api(suite: Suite, port: int) -> None:
    next(api for api in suite.named("api") if api.port == port).kill()
    suite.start_on(port, "api", QUICK).wait_ready()


def stop_api(suite: Suite, port: int) -> None:
    stop_api_at(suite, port)
    suite.start_on(port, "api", QUICK).wait_ready()


def kill_worker(suite: Suite, _port: int) -> None:
    suite.workers[0].kill()
    suite.start("worker", **QUICK).wait_ready()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", [kill_api, stop_api, kill_worker])
def test_whoever_dies_under_load_every_delivery_is_one_record(
    own_suite: Suite, fault: Callable[[Suite, int], None]
) -> None:
    """Those that were answered, and those that GitHub has to deliver again."""
    port = free_port()
    own_suite.start_on(port, "api", QUICK).wait_ready()
    own_suite.start_all(workers=2, **QUICK)
    with User(f"http://127.0.0.1:{port}") as user:
        hook = hook_of(user)
        senders = [Github([hook]) for _ in range(SENDERS)]
        with delivering(senders):
            for _ in range(2):
                wait_until_busy(senders)
                fault(own_suite, port)
            wait_until_busy(senders)
        for sender in senders:
            sender.redeliver()
        told = {delivery_id: answer for sender in senders for delivery_id, answer in sender.told.items()}
        assert_each_once(own_suite, user, dict.fromkeys(told, 1))
        with session(own_suite) as ask:
            assert [*wrong_deliveries(ask, told), *(odd for sender in senders for odd in sender.odd)] == []


def wait_until_busy(senders: list[Github]) -> None:
    """Each of them has had some more answers."""
    before = [len(sender.told) for sender in senders]
    wait_for(
        "deliveries to be accepted",
        lambda: all(len(sender.told) > count + 10 for sender, count in zip(senders, before, strict=True)),
    )


def test_a_stopped_api_answers_what_it_took_in(own_suite: Suite) -> None:
    """SIGTERM while deliveries wait for their answers: each gets one, and the exit is a clean one."""
    api: Service = own_suite.start("api", **QUICK).wait_ready()
    own_suite.start_all(workers=1, **QUICK)
    with User(api.url) as user:
        hook = hook_of(user)
        sent = [new_delivery_id() for _ in range(40)]
        requests = [hook.request(message("x"), "told", each) for each in sent]
        with httpx.Client(timeout=GIVES_UP_SECONDS) as github, ThreadPoolExecutor(len(sent)) as pool:
            answers = [pool.submit(github.send, request) for request in requests]
            wait_for("some to be answered", lambda: any(answer.done() for answer in answers))
            assert api.stop() == 0
            errors = [answer.exception() for answer in answers]
        assert all(error is None or isinstance(error, httpx.TransportError) for error in errors)
        taken_in = {
            delivery_id
            for delivery_id, answer, error in zip(sent, answers, errors, strict=True)
            if error is None and answer.result().status_code == 202
        }
        (other,) = own_suite.named("api")
        with User(other.url, user.email) as again:
            hook = Hook(other.url, hook.secret)
            for delivery_id in set(sent) - taken_in:
                hook.accepted(message("x"), "told", delivery_id)
            assert_each_once(own_suite, again, dict.fromkeys(sent, 1))
