"""At how many places of a pattern a line can be."""

import pytest

from shared.parsing.breadth import breadth
from shared.parsing.grok import PATTERNS, expand

BREADTHS = [
    ("", 0),
    ("abc", 1),
    ("a*", 1),
    ("[ab]{400}", 1),
    (r"^(\S+) (\S+)$", 1),
    (r"\bx\b", 1),
    ("a*a*a*", 3),
    ("a*b*a*", 2),
    (".*a{40}", 41),
    ("x{30}.*a{40}", 41),
    (".*?a{2,40}", 41),
    (".*(?:ab){40}", 41),
    (".*(?:abc){40}", 41),
    ("(?:b{50}|.*a{40})", 41),
    ("(?:a?){40}$", 40),
    ("(?:a|aa){20}", 30),
    ("(?:a{3,}){2}", 4),
    ("a{0,40}", 1),
    ("(?:a{1,3}){2}", 3),
    ("(?:a{0,3}b?){2}", 4),
    ("(?:a{3}){4}?", 1),
    ("(?i)a?A?[aA]?", 3),
    ("(?i:a?)A?", 2),
    ("(?:é?){9}", 9),
    ("(?P<a>a*)(?<b>a*)(a*)", 3),
]


@pytest.mark.parametrize(("pattern", "expected"), BREADTHS)
def test_breadth(pattern: str, expected: int) -> None:
    assert breadth(pattern, 1000) == expected


def test_it_is_not_counted_far_beyond_the_limit() -> None:
    assert 20 < breadth(".*a{1500}", 20) < 30


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_the_usual_ones_are_narrow(name: str) -> None:
    assert breadth(expand(f"%{{{name}:x}}"), 1000) <= 40
