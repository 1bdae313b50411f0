"""The image's health check knows by its container's command what to ask."""

import pytest

from deploy.healthcheck import port_to_ask


@pytest.mark.parametrize(
    ("command", "environment", "port"),
    [
        (b"python\0-m\0services.api\0", {}, 8081),
        (b"/sbin/docker-init\0--\0python\0-m\0services.worker\0", {}, 8082),
        (b"python\0-m\0services.aggregator\0", {}, 8083),
        (b"python\0-m\0services.worker\0", {"LOGMILL_WORKER_PORT": "9000", "LOGMILL_API_PORT": "1"}, 9000),
        (b"python\0-m\0watchfiles\0--ignore-paths=services/api/web\0python -m services.api\0services/api\0", {}, 8081),
        (b"/sbin/docker-init\0--\0logmill\0canary\0", {}, 8084),
        (b"python\0-m\0watchfiles\0logmill canary\0cli\0shared\0", {"LOGMILL_CANARY_PORT": "9000"}, 9000),
        (b"/sbin/docker-init\0--\0logmill\0jobs\0list\0", {}, None),
        (b"python\0-m\0services.api.operators\0list\0", {}, None),
        (b"sh\0", {}, None),
    ],
)
def test_the_service_that_runs_is_asked(command: bytes, environment: dict[str, str], port: int | None) -> None:
    assert port_to_ask(command, environment) == port
