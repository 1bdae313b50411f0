"""`logmill doctor` while RabbitMQ has an alarm: it does not wait for what is not answered, and says what to do."""

import json

from deploy.local.rabbitmq import RabbitmqServer, manage
from tests.faults.world import CLEAR_ALARMS
from tests.support.command_line import logmill
from tests.support.suite import Suite, wait_for

LEAST_MEMORY = "0.0000001"


def test_a_memory_alarm(standing: Suite, broker_server: RabbitmqServer) -> None:
    def is_alarmed() -> bool:
        (node,) = manage(broker_server.endpoint, "GET", "/api/nodes").json()
        return bool(node["mem_alarm"])

    broker_server.ctl("set_vm_memory_high_watermark", LEAST_MEMORY)
    try:
        wait_for("the alarm", is_alarmed)
        done = logmill("doctor", "--json", **standing.environment)
    finally:
        broker_server.ctl("eval", CLEAR_ALARMS)
        wait_for("the end of the alarm", lambda: not is_alarmed())
    assert "Traceback" not in done.stderr
    told = {finding["check"]: finding for finding in map(json.loads, done.stdout.splitlines())}
    assert "has a memory alarm: nothing can be published" in told["nodes"]["found"]
    assert "rabbitmq-diagnostics memory_breakdown" in told["nodes"]["mend"]
    # Seen without the management API as well.
    assert told["permissions"]["found"] == "RabbitMQ does not confirm what is published"
    assert "rabbitmq-diagnostics alarms" in told["permissions"]["mend"]
    assert {told[check]["state"] for check in ("nodes", "permissions")} == {"bad"}
