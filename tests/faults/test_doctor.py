"""`logmill doctor` while a server is alarmed or away: it says so in the time of a coffee, and what to do."""

import json
from typing import Any

from deploy.local.postgres import PostgresServer
from deploy.local.rabbitmq import RabbitmqServer
from tests.faults.world import CLEAR_ALARMS
from tests.support.command_line import logmill
from tests.support.suite import Suite, wait_for

LEAST_MEMORY = "0.0000001"


def findings(suite: Suite, *unset: str) -> dict[str, dict[str, Any]]:
    """By what was checked."""
    environment = {name: value for name, value in suite.environment.items() if name not in unset}
    done = logmill("doctor", "--json", **environment)
    assert "Traceback" not in done.stderr
    return {finding["check"]: finding for finding in map(json.loads, done.stdout.splitlines())}


def test_a_memory_alarm(standing: Suite, broker_server: RabbitmqServer) -> None:
    assert findings(standing)["nodes"]["state"] == "ok"
    broker_server.ctl("set_vm_memory_high_watermark", LEAST_MEMORY)
    try:
        wait_for("the alarm", lambda: findings(standing)["nodes"]["state"] == "bad")
        told = findings(standing)["nodes"]
        assert "has a memory alarm: nothing can be published" in told["found"]
        assert "rabbitmq-diagnostics memory_breakdown" in told["mend"]
        blocked = findings(standing, "LOGMILL_RABBITMQ_MANAGEMENT_URL")["permissions"]
        assert (blocked["state"], blocked["found"]) == ("bad", "RabbitMQ does not confirm what is published")
        assert "rabbitmq-diagnostics alarms" in blocked["mend"]
    finally:
        broker_server.ctl("eval", CLEAR_ALARMS)
    wait_for("the end of the alarm", lambda: findings(standing)["nodes"]["state"] == "ok")


def test_a_broker_that_is_stopped(standing: Suite, broker_server: RabbitmqServer) -> None:
    broker_server.stop()
    told = findings(standing)
    assert told["broker"]["state"] == "bad"
    assert "nobody answers there (Connection refused)" in told["broker"]["found"]
    assert "rabbitmq-diagnostics ping" in told["broker"]["mend"]
    assert told["migrations"]["state"] == "ok"


def test_a_database_that_is_stopped(standing: Suite, database_server: PostgresServer) -> None:
    database_server.stop()
    told = findings(standing)
    assert told["database"]["state"] == "bad"
    assert "pg_isready" in told["database"]["mend"]
    assert told["broker"]["state"] == "ok"
    assert "migrations" not in told
