"""What a canary found that ran beside everything else."""

from deploy.compose_test.failures import require, wait_for
from deploy.compose_test.form import CANARY
from deploy.compose_test.samples import read_samples
from deploy.compose_test.suite import Suite

_PORT = 8084
_FAULTS = ("missing", "doubled", "altered")
_READ_BACK = "logmill_canary_lines_read_back_total"


def check_canary(suite: Suite) -> None:
    """It read lines back, and none was missing, doubled or altered, whatever was killed meanwhile."""
    counters: dict[str, float] = {}

    def has_read_back() -> bool:
        counters.update(_counters(suite))
        return bool(counters.get(_READ_BACK))

    wait_for("lines that the canary read back", has_read_back, 300)
    faults = {name: counters[f"logmill_canary_lines_{name}_total"] for name in _FAULTS}
    require(not any(faults.values()), f"the canary's lines: {faults}")
    suite.say(f"the canary read {counters[_READ_BACK]:,.0f} lines back: none was missing, doubled or altered")


def _counters(suite: Suite) -> dict[str, float]:
    """Those without labels; none while it does not answer."""
    containers = suite.project.containers(CANARY)
    samples = read_samples(suite.project, containers[0], _PORT) if containers else []
    return {sample.name: sample.value for sample in samples if not sample.labels}
