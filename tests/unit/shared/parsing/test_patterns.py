import re

from hypothesis import given
from hypothesis import strategies as st

from shared.parsing.patterns import one_of, without_captures


@given(st.sets(st.text("ab.|+", max_size=5), min_size=1), st.text("ab.|+", max_size=5))
def test_one_of_matches_the_words_and_nothing_else(words: set[str], other: str) -> None:
    pattern = re.compile(one_of(words))
    assert all(pattern.fullmatch(word) for word in words)
    assert bool(pattern.fullmatch(other)) == (other in words)


def test_one_of_shares_beginnings() -> None:
    assert one_of(["Jun", "Jul", "Jan"]) == "J(?:an|u(?:l|n))"
    assert one_of(["warn", "warning"]) == "warn(?:ing)?"


def test_without_captures() -> None:
    assert without_captures(r"^(?P<a>x(?P<b_2>y))(?:z)$") == r"^(?:x(?:y))(?:z)$"
