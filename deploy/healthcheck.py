"""The image's health check: asks the service that its container runs whether it is ready.

Which one that is, the command of the first process says; its port, LOGMILL_<SERVICE>_PORT where that is set.
"""

import http.client
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

PORTS = {"api": 8081, "worker": 8082, "aggregator": 8083, "canary": 8084}
TIMEOUT_SECONDS = 4


def main() -> int:
    """The exit status: 0 when it is ready, or nothing that could be asked; what it lacks is printed."""
    port = port_to_ask(Path("/proc/1/cmdline").read_bytes(), os.environ)
    if port is None:
        return 0
    try:
        status, text = ask(port)
    except OSError as error:
        status, text = 0, str(error)
    sys.stdout.write(text)
    return 0 if status == http.client.OK else 1


def port_to_ask(command: bytes, environment: Mapping[str, str]) -> int | None:
    """The port of the service that a command starts; None where it starts none."""
    found = re.search(rb"(?:services\.|logmill[ \0])(api|worker|aggregator|canary)(?![\w.])", command)
    if found is None:
        return None
    service = found[1].decode()
    return int(environment.get(f"LOGMILL_{service.upper()}_PORT", PORTS[service]))


def ask(port: int) -> tuple[int, str]:
    """Status and text of /health/ready; raises OSError where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    connection.request("GET", "/health/ready")
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
