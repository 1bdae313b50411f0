"""One upload is one trace, through all three services; and nobody misses the collector where it is away."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import aio_pika
import pytest

from deploy.local.infrastructure import Infrastructure
from deploy.local.postgres import create_database, drop_database
from deploy.local.rabbitmq import create_vhost, drop_vhost
from shared.topology import INGEST_QUEUE
from tests.support.collector import Collected, Collector, collecting
from tests.support.suite import Service, Suite, free_port, wait_for
from tests.support.user import User, assert_conserved
from tests.support.webhooks import hook_of, message

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
SECRET = "hunter2-in-a-log-line"
LINES = b"".join(b"2026-01-02T03:04:05Z INFO %s %d\n" % (SECRET.encode(), number) for number in range(20_000))
HEADERS = "authorization=Bearer%20s3cr3t,x-tenant=logs"
STOP_SECONDS = 30


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def traced(
    infrastructure: Infrastructure, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Suite]:
    """A suite that sends its traces to the collector, in batches small enough that an upload has several."""
    name = f"traces_{uuid4().hex}"
    database, vhost = create_database(infrastructure.postgres, name), create_vhost(infrastructure.rabbitmq, name)
    settings = {"LOGMILL_OTLP_TRACES_URL": collector.url, "LOGMILL_OTLP_HEADERS": HEADERS}
    environment = {**database.environment(), **vhost.environment(), **settings, "HTTP_PROXY": "http://127.0.0.1:1"}
    suite = Suite({**environment, "LOGMILL_BATCH_BYTES": "262144"}, tmp_path_factory.mktemp("traces"), is_forked=True)
    try:
        yield suite.start_all(workers=1)
    finally:
        suite.stop_all()
        drop_database(infrastructure.postgres, name)
        drop_vhost(infrastructure.rabbitmq, name)


def named(spans: list[Collected], name: str) -> list[Collected]:
    return [span for span in spans if span.name == name]


def published(spans: list[Collected]) -> list[Collected]:
    return [span for span in spans if span.kind == "producer"]


def is_whole(spans: list[Collected], trace_id: str) -> bool:
    """Whether a request's trace has all of its batches; a span is sent after those that began and ended within it."""
    of_trace = [span for span in spans if span.trace_id == trace_id]
    folded = sum(int(span.attributes["logmill.fold.partials"]) for span in named(of_trace, "fold"))
    processed = sum(span.kind == "consumer" for span in of_trace)
    return any(span.kind == "server" for span in of_trace) and folded == processed == len(published(of_trace))


def events(service: Service) -> list[dict[str, object]]:
    return [json.loads(line) for line in service.read_log().splitlines() if line.startswith("{")]


def test_an_upload_is_one_trace_that_goes_on_the_callers(traced: Suite, collector: Collector) -> None:
    with User(traced.api_url) as user:
        user.http.headers["traceparent"] = f"00-{TRACE_ID}-{CALLER}-01"
        job_id = user.upload(LINES, "numbers.log")
        del user.http.headers["traceparent"]
        job = user.wait(job_id)
    assert_conserved(job)
    collector.wait_for("all folds", lambda spans: is_whole(spans, TRACE_ID))
    spans = collector.of_trace(TRACE_ID)
    by_id = {span.span_id: span for span in spans}

    [request] = named(spans, "POST /upload")
    assert (request.service, request.kind, request.parent_id) == ("logmill-api", "server", CALLER)
    assert request.attributes["http.response.status_code"] == 202
    assert request.attributes["logmill.job.id"] == job_id
    sent = published(spans)
    assert {(span.service, span.name, span.parent_id) for span in sent} == {
        ("logmill-api", "publish logs_ingest", request.span_id)
    }
    assert {span.attributes["logmill.batch.no"] for span in sent} == set(range(len(sent)))
    assert len(sent) > 2
    processed = named(spans, "process logs_ingest")
    assert {span.parent_id for span in processed} == {span.span_id for span in sent}
    assert {(span.service, span.kind, span.attributes["logmill.batch.outcome"]) for span in processed} == {
        ("logmill-worker", "consumer", "stored")
    }
    for name in ("parse", "write"):
        assert {span.parent_id for span in named(spans, name)} == {span.span_id for span in processed}
    for fold in named(spans, "fold"):
        assert fold.service == "logmill-aggregator"
        assert by_id[fold.parent_id].name == "write"
        assert fold.ended_at_ns > by_id[fold.parent_id].ended_at_ns
    assert {span.status[0] for span in spans} == {"UNSET"}
    assert not any(SECRET.encode() in span.raw for span in collector.spans)


def test_who_the_spans_are_from_and_what_they_are_sent_with(traced: Suite, collector: Collector) -> None:
    with User(traced.api_url) as user:
        user.wait(user.upload(b"one\n"))
    collector.wait_for("all services", lambda spans: {s.service for s in spans} >= {"logmill-api", "logmill-worker"})
    for headers in collector.headers:
        assert (headers["authorization"], headers["x-tenant"]) == ("Bearer s3cr3t", "logs")
    for span in collector.spans:
        assert span.resource["service.instance.id"].rpartition(":")[2].isdigit()
        assert span.resource["service.version"]
        assert not span.name.startswith(("GET /health", "GET /metrics"))
    for service in traced.services:
        wait_for("the spans to be counted", partial(spans_of, service, "exported"))
        assert spans_of(service, "dropped") == spans_of(service, "failed") == 0
        assert "s3cr3t" not in service.read_log()


def test_traces_side_by_side_do_not_mix(traced: Suite, collector: Collector) -> None:
    trace_ids = [digit * 32 for digit in "12345"]

    def upload(trace_id: str) -> str:
        with User(traced.api_url) as user:
            user.http.headers["traceparent"] = f"00-{trace_id}-{CALLER}-01"
            job_id = user.upload(LINES, "numbers.log")
            del user.http.headers["traceparent"]
            user.wait(job_id)
            return job_id

    with ThreadPoolExecutor(len(trace_ids)) as threads:
        jobs = dict(zip(trace_ids, threads.map(upload, trace_ids), strict=True))
    collector.wait_for("all folds", lambda spans: all(is_whole(spans, trace_id) for trace_id in trace_ids))
    for trace_id, job_id in jobs.items():
        spans = collector.of_trace(trace_id)
        assert {span.attributes.get("logmill.job.id", job_id) for span in spans} == {job_id}
        assert {span.parent_id for span in spans} <= {CALLER, *(span.span_id for span in spans)}
        assert not any(span.links for span in spans)
    [aggregator] = traced.named("aggregator")
    of_traces = [event for event in events(aggregator) if event.get("trace_id") in jobs]
    assert all(event["job_id"] == jobs[str(event["trace_id"])] for event in of_traces)


def spans_of(service: Service, result: str) -> float:
    return service.metric(f"logmill_{service.name}_spans_total", result=result)


def test_the_deliveries_of_webhooks_are_traced_too(traced: Suite, collector: Collector) -> None:
    with User(traced.api_url) as user:
        hook = hook_of(user)
        hook.deliver(message("one"), headers={"traceparent": f"00-{TRACE_ID[::-1]}-{CALLER}-01"})
        collector.wait_for("its fold", lambda spans: is_whole(spans, TRACE_ID[::-1]))
    spans = collector.of_trace(TRACE_ID[::-1])
    names = ["POST /webhook/github", "publish logs_ingest", "process logs_ingest", "parse", "write", "fold"]
    assert sorted(span.name for span in spans) == sorted(names)
    assert named(spans, "publish logs_ingest")[0].parent_id == named(spans, names[0])[0].span_id


def test_our_own_log_tells_the_trace(traced: Suite) -> None:
    with User(traced.api_url) as user:
        user.http.headers["traceparent"] = f"00-{'c' * 32}-{CALLER}-01"
        user.wait(user.upload(b"one\ntwo\n", "two.log"))
    [aggregator] = traced.named("aggregator")

    def ended() -> list[dict[str, object]]:
        return [event for event in events(aggregator) if event.get("trace_id") == "c" * 32]

    wait_for("an event of the trace", ended)
    assert len(str(ended()[0]["span_id"])) == 16
    assert not any("trace_id" in event for event in events(aggregator) if event["event"] == "listening")


async def test_a_dead_letter_says_why(traced: Suite, collector: Collector) -> None:
    sent = aio_pika.Message(SECRET.encode(), headers={"traceparent": f"00-{'d' * 32}-{CALLER}-01", "job_id": SECRET})
    connection = await aio_pika.connect(traced.environment["RABBITMQ_URL"])
    async with connection:
        channel = await connection.channel()
        await channel.default_exchange.publish(sent, INGEST_QUEUE)
    collector.wait_for("its span", lambda spans: any(span.trace_id == "d" * 32 for span in spans))
    [span] = collector.of_trace("d" * 32)
    assert (span.name, span.parent_id) == ("process logs_ingest", CALLER)
    assert span.status == ("ERROR", "unknown_message")
    assert span.attributes["logmill.batch.outcome"] == "dead_lettered"
    assert SECRET.encode() not in span.raw
    [worker] = traced.workers
    assert [event["trace_id"] for event in told(worker, "line batch dead-lettered")] == ["d" * 32]


async def test_off_nothing_is_imported_and_no_message_tells_of_a_trace(own_suite: Suite) -> None:
    own_suite.is_forked = False
    for name in ("api", "aggregator"):
        own_suite.start(name, PYTHONPROFILEIMPORTTIME="1")
    for service in own_suite.services:
        service.wait_ready()
    with User(own_suite.api_url) as user:
        user.http.headers["traceparent"] = f"00-{TRACE_ID}-{CALLER}-01"
        job_id = user.upload(b"one\n")
        assert await headers_of_one(own_suite.environment["RABBITMQ_URL"], "traceparent") is None
        own_suite.start("worker", PYTHONPROFILEIMPORTTIME="1").wait_ready()
        user.wait(job_id)
    connection = await own_suite.connect()
    assert await connection.fetchval("SELECT count(*) FROM partials WHERE traceparent IS NOT NULL") == 0
    await connection.close()
    for service in own_suite.services:
        assert service.stop(STOP_SECONDS) == 0
        log = service.read_log()
        assert "shared.tracing" in log
        assert "opentelemetry" not in log


async def headers_of_one(url: str, name: str) -> object:
    """A header of the message that waits; the message is put back."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(INGEST_QUEUE, ensure=False)
        waiting = await queue.get(timeout=10)
        assert waiting is not None
        await waiting.nack(requeue=True)
        return waiting.headers.get(name)


def test_a_collector_that_is_away_costs_spans_and_nothing_else(own_suite: Suite) -> None:
    port = free_port()
    own_suite.start_all(workers=1, LOGMILL_OTLP_TRACES_URL=f"http://127.0.0.1:{port}/v1/traces")
    with User(own_suite.api_url) as user:
        job = user.wait(user.upload(LINES))
        assert job["status"] == "completed"
        assert_conserved(job)
        for service in own_suite.services:
            wait_for(f"lost spans of the {service.name}", partial(spans_of, service, "failed"))
            assert [(event["level"], event["service"]) for event in told(service, "cannot be exported")] == [
                ("warning", service.name)
            ]
            assert not any(str(event["logger"]).startswith("opentelemetry") for event in events(service))
        with collecting(port=port):
            user.wait(user.upload(b"one\n"))
            wait_for("spans that arrive", lambda: told(own_suite.api, "exported again"))
        for service in own_suite.services:
            assert service.stop(STOP_SECONDS) == 0


def told(service: Service, text: str) -> list[dict[str, object]]:
    return [event for event in events(service) if text in str(event["event"])]
