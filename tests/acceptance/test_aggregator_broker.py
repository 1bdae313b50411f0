"""An alarm of the broker blocks whole connections that publish: acknowledgements must not be on one."""

from typing import Any
from urllib.parse import quote

from deploy.local.rabbitmq import RabbitmqEndpoint, manage
from tests.support.suite import Suite, wait_for
from tests.support.user import User


def published(rabbitmq: RabbitmqEndpoint) -> dict[str, int]:
    """Messages each of the aggregator's connections published, by the connection's purpose."""
    host = rabbitmq.url.rsplit("/", 1)[1]
    connections: list[dict[str, Any]] = manage(rabbitmq, "GET", f"/api/vhosts/{host}/connections").json()
    counts: dict[str, int] = {}
    for connection in connections:
        name = connection.get("client_properties", {}).get("connection_name", "")
        if name.startswith("logmill-aggregator-"):
            channels = manage(rabbitmq, "GET", f"/api/connections/{quote(connection['name'])}/channels")
            sent = [channel.get("message_stats", {}).get("publish", 0) for channel in channels.json()]
            counts[name.removeprefix("logmill-aggregator-")] = sum(sent)
    return counts


def test_events_have_a_connection_of_their_own(own_suite: Suite, rabbitmq: RabbitmqEndpoint) -> None:
    suite = own_suite.start_all(workers=1)
    with User(suite.api_url) as user:
        user.wait(user.upload(b"one\n"))
    wait_for("the broker to count the events", lambda: sum(published(rabbitmq).values()) > 0)
    counts = published(rabbitmq)
    assert counts["consume"] == 0
    assert counts["publish"] > 0
