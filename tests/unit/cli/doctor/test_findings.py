"""Findings, and the words that they share."""

import pytest

from cli.doctor.findings import listed


@pytest.mark.parametrize(
    ("names", "said"), [("", ""), ("a", "a"), ("abcde", "a, b, c, d, e"), ("abcdefg", "a, b, c, d, e and 2 more")]
)
def test_a_list_of_names(names: str, said: str) -> None:
    assert listed(names) == said
