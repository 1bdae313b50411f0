"""A gibibyte goes through the api in the memory of a few batches."""

from pathlib import Path

import psutil
import pytest

from tests.support.suite import Suite
from tests.support.user import User

GIB = 1024**3
BLOCK = b"".join(b'10.0.0.%d - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5\n' % n for n in range(256)) * 16
MOST_BYTES = 200 * 1024**2


@pytest.fixture
def is_forked() -> bool:
    """No: all of its memory has to be its own."""
    return False


def peak_rss_bytes(pid: int) -> int:
    """The most memory a process ever had, from the kernel's own account."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


@pytest.mark.skipif(not psutil.LINUX, reason="reads /proc")
@pytest.mark.timeout(240)
def test_a_gibibyte_is_streamed(own_suite: Suite) -> None:
    # No worker: all of it has to stay in the queue, none of it in the api.
    for service in (own_suite.start("api"), own_suite.start("aggregator")):
        service.wait_ready()
    count = GIB // len(BLOCK) + 1
    with User(own_suite.api_url) as user:
        job = user.job(user.upload((BLOCK for _ in range(count)), "big.log"))
    assert job["bytes_received"] == count * len(BLOCK) > GIB
    assert job["lines_read"] == count * BLOCK.count(b"\n")
    assert peak_rss_bytes(own_suite.api.process.pid) < MOST_BYTES
