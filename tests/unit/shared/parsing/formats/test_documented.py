import re
from pathlib import Path

import pytest

from shared.parsing import FORMAT_NAMES

DOCUMENT = Path(__file__).parents[5] / "docs" / "formats.md"
ROW = re.compile(r"^\| (`[^|]+`) \|", re.MULTILINE)
DOCUMENTED = [name for cell in ROW.findall(DOCUMENT.read_text()) for name in re.findall("`([^`]+)`", cell)]


@pytest.mark.parametrize("name", sorted(FORMAT_NAMES))
def test_every_format_has_its_place_in_the_documentation(name: str) -> None:
    assert DOCUMENTED.count(name) == 1


def test_there_are_no_others() -> None:
    assert FORMAT_NAMES.issuperset(DOCUMENTED)
