"""Clocks: differences, and whose clock is said to be wrong."""

import pytest

from cli.doctor.checks.clocks import check_differences
from cli.doctor.facts import Clock
from cli.doctor.findings import State

EXACT = Clock(0.001, 0.001)


@pytest.mark.parametrize(
    ("clocks", "state", "said", "whose"),
    [
        ({"PostgreSQL": EXACT}, State.ok, "PostgreSQL: as here", None),
        ({"PostgreSQL": Clock(2.4, 0.4)}, State.ok, "PostgreSQL: 2 s ahead", None),
        ({"PostgreSQL": Clock(-9, 8)}, State.ok, "PostgreSQL: 9 s behind", None),
        ({"PostgreSQL": Clock(-9, 9)}, State.ok, "PostgreSQL: as here", None),
        ({"PostgreSQL": Clock(3, 0.1)}, State.warn, "3 s ahead", "PostgreSQL's machine, or of this machine"),
        ({"PostgreSQL": Clock(-3600, 0.1)}, State.bad, "3600 s behind", "PostgreSQL's machine, or of this machine"),
        ({"PostgreSQL": EXACT, "RabbitMQ": Clock(-45, 0.5)}, State.bad, "RabbitMQ: 45 s behind", "RabbitMQ's machine"),
        ({"PostgreSQL": Clock(7, 0), "RabbitMQ": Clock(1.9, 0.5)}, State.warn, "ahead", "PostgreSQL's machine"),
        ({"PostgreSQL": Clock(60, 0), "RabbitMQ": Clock(60.4, 0.5)}, State.bad, "60 s ahead", "this machine"),
        ({"PostgreSQL": Clock(60, 0), "RabbitMQ": Clock(-60, 0.5)}, State.bad, "60 s behind", "every machine"),
    ],
)
def test_clocks(clocks: dict[str, Clock], state: State, said: str, whose: str | None) -> None:
    finding = check_differences(clocks)
    assert (finding.state, said in finding.found) == (state, True), finding
    told = f"synchronise the clock of {whose}: `timedatectl set-ntp true`, then `timedatectl` shows whether it is"
    assert finding.mend == (told if whose else None)
