"""`logmill doctor` at a real RabbitMQ that is as it should be, or spoilt in one way."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from cli.doctor import broker
from cli.doctor.findings import State
from deploy.local.rabbitmq import RabbitmqEndpoint, manage
from shared.topology import DEAD_LETTER_QUEUE, INGEST_QUEUE, PIPELINE_QUEUES
from tests.integration.cli.conftest import Examine, assert_mended, unwell
from tests.support.suite import free_port

PASSWORD = "hunter2-of-nobody"
T = TypeVar("T")


def vhost(endpoint: RabbitmqEndpoint) -> str:
    """As the management API's paths have it."""
    return quote(urlsplit(endpoint.url).path[1:], safe="")


def on_channel(endpoint: RabbitmqEndpoint, do: Callable[[AbstractChannel], Awaitable[T]]) -> T:
    """What `do` answers on a channel of its own."""

    async def run() -> T:
        async with await aio_pika.connect(endpoint.url) as connection:
            return await do(await connection.channel())

    return asyncio.run(run())


def seen(endpoint: RabbitmqEndpoint) -> list[Any]:
    """Queues, exchanges and bindings, as they are known to everybody."""
    parts = [manage(endpoint, "GET", f"/api/{kind}/{vhost(endpoint)}").json() for kind in ("exchanges", "bindings")]
    queues = manage(endpoint, "GET", f"/api/queues/{vhost(endpoint)}?columns=name,arguments").json()
    return [
        [(each.get("name"), each.get("destination"), each["arguments"]) for each in part] for part in (*parts, queues)
    ]


def test_nothing_is_made(empty: None, rabbitmq: RabbitmqEndpoint, examined: Examine) -> None:
    before = seen(rabbitmq)
    for service in ("api", "worker", "aggregator"):
        findings = examined(service)
        assert_mended(findings["queues"], State.bad, ", ".join(PIPELINE_QUEUES), "start the services again")
        assert_mended(findings["exchanges"], State.bad, "logs_ingest.dlx is not there", "python -m services.migrate")
        assert findings["permissions"].state is State.ok
    assert seen(rabbitmq) == before


def test_nothing_is_taken(made: None, rabbitmq: RabbitmqEndpoint, examined: Examine) -> None:
    async def publish(channel: AbstractChannel) -> None:
        for queue in PIPELINE_QUEUES:
            await channel.default_exchange.publish(aio_pika.Message(b"kept"), queue)

    async def take(channel: AbstractChannel) -> list[tuple[bytes, bool | None, int]]:
        found = [
            await (await channel.get_queue(name)).get(no_ack=True) for name in PIPELINE_QUEUES if "retry" not in name
        ]
        return [(each.body, each.redelivered, each.headers.get("x-delivery-count", 0)) for each in found if each]  # type: ignore[misc]

    before = seen(rabbitmq)
    on_channel(rabbitmq, publish)
    for service in ("api", "worker", "aggregator"):
        examined(service)
    assert on_channel(rabbitmq, take) == [(b"kept", False, 0)] * 4
    assert seen(rabbitmq) == before


@pytest.mark.parametrize(
    ("setting", "value", "queue", "found", "mend"),
    [
        (
            "MAX_QUEUE_BYTES",
            "1048576",
            INGEST_QUEUE,
            "has x-max-length-bytes 21474836480",
            "MAX_QUEUE_BYTES=21474836480 ",
        ),
        (
            "DELIVERY_LIMIT",
            "7",
            "logs_ingest.bulk",
            "has x-delivery-limit 20, the settings say 7",
            "DELIVERY_LIMIT=20 ",
        ),
        ("ISOLATED_DELIVERY_LIMIT", "7", "logs_ingest.isolated", "x-delivery-limit 3", "ISOLATED_DELIVERY_LIMIT=3 "),
        ("RETRY_DELAY_SECONDS", "0.5", "logs_ingest.retry", "has x-message-ttl 5000", "RETRY_DELAY_SECONDS=5 "),
    ],
)
def test_a_setting_that_is_not_the_queue_s(
    made: None, examined: Examine, setting: str, value: str, queue: str, found: str, mend: str
) -> None:
    findings = examined(**{f"LOGMILL_{setting}": value})
    assert_mended(findings[f"queue {queue}"], State.bad, found, f"set LOGMILL_{mend}")


def test_a_queue_of_another_kind(made: None, rabbitmq: RabbitmqEndpoint, examined: Examine) -> None:
    async def remake(channel: AbstractChannel) -> None:
        await channel.queue_delete(DEAD_LETTER_QUEUE)
        await channel.declare_queue(DEAD_LETTER_QUEUE, durable=True)

    on_channel(rabbitmq, remake)
    finding = examined()[f"queue {DEAD_LETTER_QUEUE}"]
    name = urlsplit(rabbitmq.url).path[1:]
    assert_mended(finding, State.bad, "x-queue-type", f"`rabbitmqctl delete_queue --vhost {name} {DEAD_LETTER_QUEUE}`")


def test_a_queue_that_is_gone(made: None, rabbitmq: RabbitmqEndpoint, examined: Examine) -> None:
    on_channel(rabbitmq, lambda channel: channel.queue_delete(INGEST_QUEUE))
    findings = examined()
    assert_mended(findings["queues"], State.bad, f"{INGEST_QUEUE}: not there", "start the services again")
    assert f"queue {INGEST_QUEUE}" not in findings


def test_nobody_consumes(made: None, examined: Examine) -> None:
    findings = examined()
    assert_mended(findings[f"queue {INGEST_QUEUE}"], State.bad, "no worker consumes it", "python -m services.worker")
    assert_mended(findings[f"queue {DEAD_LETTER_QUEUE}"], State.bad, "no aggregator", "python -m services.aggregator")
    assert_mended(findings["api"], State.bad, "no api is connected to RabbitMQ", "python -m services.api")


def test_dead_letters_without_a_way(made: None, rabbitmq: RabbitmqEndpoint, examined: Examine) -> None:
    path = f"/api/bindings/{vhost(rabbitmq)}/e/logs_ingest.dlx/q/{DEAD_LETTER_QUEUE}/{DEAD_LETTER_QUEUE}"
    manage(rabbitmq, "DELETE", path)
    findings = examined()
    assert_mended(
        findings["dead-letter route"], State.bad, "logs_ingest.dlx does not lead to", "start the services again"
    )
    assert set(unwell(findings)) == {"dead-letter route"}


def url_of(endpoint: RabbitmqEndpoint, *, password: str | None = None, name: str | None = None, port: int = 0) -> str:
    parts = urlsplit(endpoint.url)
    location = f"{parts.username}:{password or parts.password}@{parts.hostname}:{port or parts.port}"
    return f"amqp://{location}{parts.path if name is None else '/' + name}"


def test_a_password_that_is_refused(made: None, rabbitmq: RabbitmqEndpoint, examined: Examine) -> None:
    findings = examined(RABBITMQ_URL=url_of(rabbitmq, password=PASSWORD))
    assert_mended(findings["broker"], State.bad, "Login was refused", "`rabbitmqctl change_password logmill`")
    assert PASSWORD not in str(findings)


def test_a_virtual_host_that_is_refused(made: None, rabbitmq: RabbitmqEndpoint, examined: Examine) -> None:
    findings = examined(RABBITMQ_URL=url_of(rabbitmq, name="no_such_vhost"))
    assert_mended(findings["broker"], State.bad, "virtual host no_such_vhost", "`rabbitmqctl add_vhost no_such_vhost`")


def test_a_port_where_nobody_listens(made: None, rabbitmq: RabbitmqEndpoint, examined: Examine) -> None:
    away = {"LOGMILL_RABBITMQ_MANAGEMENT_URL": f"http://127.0.0.1:{free_port()}"}
    findings = examined(RABBITMQ_URL=url_of(rabbitmq, port=free_port()), **away)
    assert_mended(findings["broker"], State.bad, "nobody answers there (Connection refused)", "RABBITMQ_URL")
    assert_mended(findings["broker"], State.bad, "", "`rabbitmq-diagnostics ping`")
    assert findings["migrations"].state is State.ok
    assert set(unwell(findings)) == {"broker"}
    assert str(urlsplit(rabbitmq.url).password) not in str(findings)


def test_a_server_that_says_nothing(
    made: None, rabbitmq: RabbitmqEndpoint, examined: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        findings = examined(RABBITMQ_URL=url_of(rabbitmq, port=silent.getsockname()[1]))
    assert_mended(findings["broker"], State.bad, "no answer within 0.3 s", "firewall")


def test_without_the_management_api(made: None, examined: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGMILL_RABBITMQ_MANAGEMENT_URL")
    findings = examined()
    assert_mended(findings["management"], State.unseen, "alarms", "set LOGMILL_RABBITMQ_MANAGEMENT_URL")
    assert findings["api"].state is State.unseen
    assert "nodes" not in findings


@pytest.mark.parametrize(
    ("url", "found", "mend"),
    [
        (f"http://logmill:{PASSWORD}@HOST", "http://HOST: /api/whoami answers 401", "set_user_tags USER monitoring"),
        ("http://127.0.0.1:PORT", "http://127.0.0.1:PORT: ConnectError", "rabbitmq-plugins enable rabbitmq_management"),
    ],
)
def test_a_management_api_that_does_not_answer(
    made: None, rabbitmq: RabbitmqEndpoint, examined: Examine, url: str, found: str, mend: str
) -> None:
    host, port = urlsplit(rabbitmq.management_url or "").netloc.rpartition("@")[2], str(free_port())
    places = [text.replace("HOST", host).replace("PORT", port) for text in (url, found)]
    findings = examined(LOGMILL_RABBITMQ_MANAGEMENT_URL=places[0])
    assert_mended(findings["management"], State.bad, places[1], mend)
    assert PASSWORD not in str(findings)
