"""What tests rely on where processes come from the fork server: each is one of its own, like any `python -m`."""

import signal
import subprocess

import psutil
import pytest

from tests.support.fork_server import ForkedProcess
from tests.support.suite import ROOT, Suite


def test_each_is_a_process_of_its_own(own_suite: Suite) -> None:
    services = [own_suite.start(name) for name in ("aggregator", "worker", "worker")]
    for service in services:
        assert isinstance(service.wait_ready().process, ForkedProcess)
        assert service.process.poll() is None
    assert len({service.process.pid for service in services}) == 3
    stopped, killed, frozen = services
    assert stopped.stop() == 0
    killed.kill()
    assert killed.process.returncode == -signal.SIGKILL
    frozen.process.send_signal(signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        frozen.process.wait(0.1)
    frozen.process.send_signal(signal.SIGCONT)
    assert frozen.stop() == 0
    assert not any(psutil.pid_exists(service.process.pid) for service in services)


def test_its_environment_folder_and_output_are_its_own(own_suite: Suite) -> None:
    refused = own_suite.start("worker", WORKER_CONCURRENCY="few")
    assert refused.process.wait(30) == 2
    assert "worker_concurrency" in refused.read_log()
    accepted = own_suite.start("aggregator").wait_ready()
    process = psutil.Process(accepted.process.pid)
    assert [file.path for file in process.open_files()] == [str(accepted.log)] * 2
    assert process.cwd() == str(ROOT)
    assert "worker_concurrency" not in accepted.read_log()


@pytest.mark.parametrize("variable", ["PYTHONHASHSEED", "POLARS_MAX_THREADS", "MALLOC_ARENA_MAX"])
def test_what_a_fork_comes_too_late_for_is_started_from_nothing(own_suite: Suite, variable: str) -> None:
    service = own_suite.start("aggregator", **{variable: "2"})
    assert isinstance(service.process, subprocess.Popen)
    service.process.kill()
    service.process.wait(10)
