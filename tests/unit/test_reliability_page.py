"""docs/reliability.md has a row for every fault, each naming tests that are there."""

import re

import pytest

from tests.support.suite import ROOT

FAULTS = 49
ROWS = dict(re.findall(r"^\| (F\d+) \|(.*)\|$", (ROOT / "docs/reliability.md").read_text(), re.MULTILINE))
TEST = re.compile(r"`((?:unit|integration|acceptance|browser|faults)/[\w/]+\.py)(?:::(\w+))?`")
NAMED = {fault: TEST.findall(row) for fault, row in ROWS.items()}


def test_every_fault_has_a_row() -> None:
    assert list(ROWS) == [f"F{number}" for number in range(1, FAULTS + 1)]


def test_every_row_names_a_test() -> None:
    assert [fault for fault, tests in NAMED.items() if not tests] == []


@pytest.mark.parametrize(("path", "name"), sorted({test for tests in NAMED.values() for test in tests}))
def test_it_is_there(path: str, name: str) -> None:
    source = (ROOT / "tests" / path).read_text()
    assert f"def {name}(" in source if name else "def test_" in source
