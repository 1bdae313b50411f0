"""Ports: remembered, never shared, moved only when taken."""

from pathlib import Path

import pytest

from deploy.local.ports import FIRST_PORT, LAST_PORT, PortBook, choose_port, first_port
from shared.errors import ConfigurationError


@pytest.mark.parametrize(
    ("wishes", "claimed", "taken", "expected"),
    [
        ([], set(), set(), 20_000),
        ([8081], set(), set(), 8081),
        ([8081], set(), {8081}, 20_000),
        ([8081], {8081}, set(), 20_000),
        ([17_000, 8081], set(), {17_000}, 8081),
        ([], {20_000}, {20_001}, 20_002),
        ([], set(), set(range(20_000, LAST_PORT)), FIRST_PORT),
    ],
)
def test_choice(wishes: list[int], claimed: set[int], taken: set[int], expected: int) -> None:
    assert choose_port(wishes, 20_000, claimed, lambda port: port not in taken) == expected


def test_no_port_left() -> None:
    with pytest.raises(ConfigurationError, match="no free port"):
        choose_port([], 20_000, set(), lambda port: False)


def test_instances_of_a_clone_start_apart_and_below_the_ephemeral_range() -> None:
    for clone in ("0", "ff", "c0ffee" * 8):
        starts = [first_port(clone, offset) for offset in (0, 20, 40)]
        assert starts[1] - starts[0] == starts[2] - starts[1] == 20
        assert starts[0] >= FIRST_PORT
        assert starts[2] + 20 <= LAST_PORT


class Machine:
    """Ports somebody listens on, and a book that sees them."""

    def __init__(self, file: Path) -> None:
        self.taken: set[int] = set()
        self.file = file

    @property
    def book(self) -> PortBook:
        return PortBook(self.file, 20_000, lambda port: port not in self.taken)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "ports.json")


def test_a_port_is_remembered(machine: Machine) -> None:
    assert machine.book.claim("api", preferred=8081) == 8081
    assert machine.book.claim("api", preferred=9000) == 8081
    assert machine.book.known() == {"api": 8081}


def test_two_names_never_share_a_port(machine: Machine) -> None:
    assert [machine.book.claim(name) for name in ("postgres", "rabbitmq", "epmd")] == [20_000, 20_001, 20_002]


def test_a_taken_port_is_given_up(machine: Machine) -> None:
    machine.book.claim("api", preferred=8081)
    machine.taken.add(8081)
    assert machine.book.claim("api", preferred=8081) == 20_000
    machine.taken.clear()
    assert machine.book.claim("api", preferred=8081) == 20_000


def test_a_required_port_is_taken_or_refused(machine: Machine) -> None:
    machine.book.claim("api", preferred=8081)
    assert machine.book.claim("api", required=9000, preferred=8081) == 9000
    machine.taken.add(9001)
    with pytest.raises(ConfigurationError, match="port 9001"):
        machine.book.claim("api", required=9001)
    assert machine.book.known() == {"api": 9000}


def test_a_damaged_file_is_named(machine: Machine) -> None:
    machine.file.write_text("{")
    with pytest.raises(ConfigurationError, match=r"ports\.json is damaged"):
        machine.book.known()
