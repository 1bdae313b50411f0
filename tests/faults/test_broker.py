"""RabbitMQ restarts, crashes, is alarmed, loses or refuses queues: nothing confirmed is lost, nothing doubled."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from urllib.parse import quote

import aio_pika
import httpx
import pytest

from bench.access_lines import access_lines
from deploy.local.rabbitmq import RabbitmqEndpoint, RabbitmqServer, manage
from shared.topology import DEAD_LETTER_QUEUE, INGEST_QUEUE
from tests.faults.conftest import QUICK, start_again
from tests.faults.proof import assert_stored_once, session, wait_until_received
from tests.support.load import Gate, chunks, uploading
from tests.support.suite import Service, Suite, wait_for
from tests.support.user import User

CONTENT = access_lines(20_000)
OTHER_CONTENT = access_lines(30_000)
AT_ONCE = 4
POISON = 12
TAKES_NOTHING = "RabbitMQ takes no message"
STOP_SECONDS = 15
"""Less than a stop may take: whoever runs into that deadline waits for somebody in vain."""


def endpoint(suite: Suite) -> RabbitmqEndpoint:
    return RabbitmqEndpoint(suite.environment["RABBITMQ_URL"], suite.environment["LOGMILL_RABBITMQ_MANAGEMENT_URL"])


def vhost(suite: Suite) -> str:
    return quote(suite.environment["RABBITMQ_URL"].rsplit("/", 1)[1], safe="")


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_restart_during_uploads_loses_nothing(standing: Suite, broker_server: RabbitmqServer, how: str) -> None:
    """What was confirmed is there, what was not is sent again, and whoever starts meanwhile waits."""
    broker_server.settle()
    gates = [Gate(CONTENT) for _ in range(AT_ONCE)]
    with ExitStack() as stack:
        users = [stack.enter_context(User(standing.api_url)) for _ in gates]
        uploads = [stack.enter_context(uploading(user, gate)) for user, gate in zip(users, gates, strict=True)]
        for user, gate in zip(users, gates, strict=True):
            wait_until_received(user, gate)
        for gate in gates[:2]:
            gate.open.set()
        getattr(broker_server, how)()
        latecomer = standing.start("worker")
        for service in (standing.api, standing.workers[0], latecomer):
            wait_for(f"the {service.name} to tell it", partial(misses_the_broker, service.url))
        start_again(broker_server)
        for gate in gates:
            gate.open.set()
        for user, upload in zip(users, uploads, strict=True):
            assert_stored_once(standing, user, upload.result(60), CONTENT)
    assert latecomer.wait_ready().stop() == 0


def test_a_stop_while_the_broker_is_away_is_a_clean_one(own_suite: Suite, broker_server: RabbitmqServer) -> None:
    """It was there when they became ready; what waits for it to come back gives way to the stop."""
    services = own_suite.start_all(workers=1, **QUICK).services
    broker_server.stop()
    for service in services:
        wait_for(f"the {service.name} to tell it", partial(misses_the_broker, service.url))
    for service in services:
        service.process.send_signal(signal.SIGTERM)
    assert {service.name: service.process.wait(STOP_SECONDS) for service in services} == {
        service.name: 0 for service in services
    }


def misses_the_broker(url: str) -> bool:
    try:
        assert httpx.get(f"{url}/health/live", timeout=5).status_code == 200
        answer = httpx.get(f"{url}/health/ready", timeout=5)
    except httpx.ConnectError:  # it has only just been started
        return False
    return answer.status_code == 503 and not answer.json()["checks"]["broker"]["ok"]


@contextmanager
def alarmed(server: RabbitmqServer, resource: str) -> Iterator[None]:
    """The broker believes to be out of memory, or of disk: it reads no more from connections that publish."""
    verb, too_little, enough = {
        "memory": ("set_vm_memory_high_watermark", ["absolute", "1MB"], ["0.4"]),
        "disk": ("set_disk_free_limit", ["100000GB"], ["512MB"]),
    }[resource]
    server.ctl(verb, *too_little)
    try:
        yield
    finally:
        server.ctl(verb, *enough)


@pytest.mark.parametrize("resource", ["memory", "disk"])
def test_an_alarm_refuses_new_uploads_and_holds_those_under_way(
    standing: Suite, user: User, broker_server: RabbitmqServer, resource: str
) -> None:
    """What timed out meanwhile arrives all the same when the alarm is over, beside what was sent again."""
    gate = Gate(CONTENT)
    api = standing.api
    with uploading(user, gate) as upload:
        job_id = wait_until_received(user, gate)
        with alarmed(broker_server, resource):
            timeouts = api.metric("logmill_api_batches_published_total", result="timeout")
            gate.open.set()
            wait_for("the upload to tell what holds it up", lambda: user.job(job_id).get("notice"))
            wait_for(
                "publishes to time out",
                lambda: api.metric("logmill_api_batches_published_total", result="timeout") > timeouts,
            )
            refused = user.http.post("/upload", content=b"one\n")
            assert (refused.status_code, "retry-after" in refused.headers) == (503, True), refused.text
            assert not upload.done()
        assert upload.result(60) == job_id
    job = assert_stored_once(standing, user, job_id, CONTENT)
    assert job["notice"] is None
    user.wait(user.upload(b"one\n", again="true"))


def test_a_delivery_that_took_too_long_comes_again_and_counts_once(
    standing: Suite, user: User, broker_server: RabbitmqServer
) -> None:
    """The broker ends the channel of a consumer that keeps a delivery too long; the worker consumes again."""
    broker_server.ctl(
        "eval",
        "application:set_env(rabbit, consumer_timeout, 1000), application:set_env(rabbit, channel_tick_interval, 500).",
    )
    try:
        slow = standing.start("worker")
        slow.wait_ready()
        with session(standing) as ask:
            ask("BEGIN")
            ask("LOCK TABLE batches IN ACCESS EXCLUSIVE MODE")
            job_id = user.upload(CONTENT, again="true")
            wait_for("the broker to lose patience", lambda: "timed out" in broker_server.log_file.read_text()[-20_000:])
            ask("ROLLBACK")
        assert_stored_once(standing, user, job_id, CONTENT)
    finally:
        broker_server.ctl(
            "eval",
            "application:set_env(rabbit, consumer_timeout, 1800000),"
            " application:set_env(rabbit, channel_tick_interval, 60000).",
        )
    assert slow.wait_ready().stop() == 0


@pytest.mark.parametrize("name", ["api", "worker", "aggregator"])
def test_a_queue_with_other_arguments_is_refused_at_start(own_suite: Suite, name: str) -> None:
    path = f"/api/queues/{vhost(own_suite)}/{INGEST_QUEUE}"
    manage(endpoint(own_suite), "PUT", path, {"durable": True, "arguments": {"x-queue-type": "classic"}})
    service = own_suite.start(name)
    assert service.process.wait(30) == 2
    log = service.read_log()
    assert f"queue '{INGEST_QUEUE}'" in log
    assert "drain and delete that queue, or change the setting back" in log
    assert "Traceback" not in log


def test_a_full_dead_letter_queue_keeps_the_batch_where_it_is(standing: Suite) -> None:
    """Nobody empties it, it takes no more: what ought to go there stays with the worker until it can."""
    policy = f"/api/policies/{vhost(standing)}/full"
    full = {"pattern": f"^{DEAD_LETTER_QUEUE}$", "definition": {"max-length": 1, "overflow": "reject-publish"}}
    aggregator = standing.aggregator
    recorded = aggregator.metric("logmill_aggregator_dead_letters_total")
    bodies = [b"poison %d" % number for number in range(POISON)]
    manage(endpoint(standing), "PUT", policy, {**full, "apply-to": "queues"})
    try:
        with stopped(aggregator):
            complaints = told_often(standing, TAKES_NOTHING)
            asyncio.run(publish(standing, bodies))
            wait_for("a worker to notice", lambda: told_often(standing, TAKES_NOTHING) > complaints)
        wait_for(
            "all of them to be recorded",
            lambda: aggregator.metric("logmill_aggregator_dead_letters_total") >= recorded + POISON,
        )
    finally:
        # Of a queue that is full when its policy goes, RabbitMQ does not tell publishers that there is room again.
        manage(endpoint(standing), "DELETE", policy)
    with session(standing) as ask:
        assert {bytes(row["body"]) for row in ask("SELECT body FROM dead_letters WHERE job_id IS NULL")} >= set(bodies)


@contextmanager
def stopped(service: Service) -> Iterator[None]:
    """It does nothing meanwhile, and goes on where it was."""
    service.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        service.process.send_signal(signal.SIGCONT)


def told_often(suite: Suite, text: str) -> int:
    """How often the workers' logs have it."""
    return sum(worker.read_log().count(text) for worker in suite.workers)


def test_a_deleted_queue_takes_its_batches_along_and_nothing_else(own_suite: Suite) -> None:
    """No job is completed that lacks a line, who sends it again is not refused, and a worker makes the queue again."""
    settings = {**QUICK, "LOGMILL_PUBLISH_PATIENCE_SECONDS": "10", "LOGMILL_STUCK_AFTER_SECONDS": "2"}
    own_suite.start_all(workers=0, **settings)
    gate = Gate(OTHER_CONTENT)
    with User(own_suite.api_url) as user:
        with uploading(user, gate) as upload:
            cut_off = wait_until_received(user, gate)
            lost = user.upload(CONTENT)
            delete_queue(own_suite)
            gate.open.set()
            with pytest.raises(httpx.HTTPStatusError, match="503"):
                upload.result(60)
        assert user.job(cut_off)["status"] == "interrupted"
        own_suite.start("worker", **settings).wait_ready()
        job = user.wait(lost)
        assert (job["status"], "never arrived" in job["error_message"]) == ("failed", True)
        wait_for("uploads to be let in", lambda: user.http.head("/upload").status_code == 204)
        assert_stored_once(own_suite, user, user.upload(CONTENT), CONTENT)
        delete_queue(own_suite)
        wait_for("the worker to make it again", lambda: has_consumer(own_suite))
        assert_stored_once(own_suite, user, user.upload(chunks(OTHER_CONTENT)), OTHER_CONTENT)


def delete_queue(suite: Suite) -> None:
    manage(endpoint(suite), "DELETE", f"/api/queues/{vhost(suite)}/{INGEST_QUEUE}")


def has_consumer(suite: Suite) -> bool:
    queues = manage(endpoint(suite), "GET", f"/api/queues/{vhost(suite)}").json()
    return any(queue["name"] == INGEST_QUEUE and queue.get("consumers") for queue in queues)


async def publish(suite: Suite, bodies: list[bytes]) -> None:
    async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as connection:
        channel = await connection.channel(on_return_raises=True)
        for body in bodies:
            await channel.default_exchange.publish(aio_pika.Message(body), INGEST_QUEUE)
