"""docs/odd-input.md names tests that are there."""

import re

import pytest

from tests.support.suite import ROOT

NAMED = re.findall(
    r"`((?:unit|integration|acceptance|browser)/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs/odd-input.md").read_text()
)


def test_rows_name_tests() -> None:
    assert len(NAMED) > 50


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_it_is_there(path: str, name: str) -> None:
    source = (ROOT / "tests" / path).read_text()
    assert f"def {name}(" in source if name else "def test_" in source
