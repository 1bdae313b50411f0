import polars as pl
import pytest

from shared.parsing.addresses import canonical, find_addresses, read_addresses

CASES = [
    ("192.0.2.1", "192.0.2.1"),
    ("192.0.2.1:443", "192.0.2.1"),
    ("2001:DB8:0::1", "2001:db8::1"),
    ("[2001:db8::1]:443", "2001:db8::1"),
    ("[::1]", "::1"),
    ("fe80::1%eth0", "fe80::1"),
    ("::ffff:192.0.2.1", "192.0.2.1"),
    ("10.0.0.1, 8.8.8.8, 10.0.0.2", "8.8.8.8"),
    ("10.0.0.1, unknown", "10.0.0.1"),
    ("1.2.3.04", None),
    ("256.1.1.1", None),
    ("1.2.3", None),
    ("web-1.example.com", None),
    ("", None),
    ("-", None),
    ("[", None),
    ("\uff11.2.3.4", None),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_canonical(text: str, expected: str | None) -> None:
    assert canonical(text) == expected


def test_read_addresses_reads_a_column() -> None:
    texts, expected = zip(*CASES, (None, None), strict=True)
    assert read_addresses(pl.Series(texts)).to_list() == list(expected)


IN_TEXT = [
    ("rhost=192.0.2.7 user=x", "192.0.2.7"),
    ("(192.0.2.7)", "192.0.2.7"),
    ("/192.0.2.7:3888", "192.0.2.7"),
    ("via 192.0.2.7.", "192.0.2.7"),
    ("256.0.0.1 then 192.0.2.7", "192.0.2.7"),
    ("1.2.3.4.5", None),
    ("v1.2.3.4", None),
    ("a1.2.3.4", None),
    ("from ::1", "::1"),
    ("from 2001:db8:1:2:3:4:5:6,", "2001:db8:1:2:3:4:5:6"),
    ("from 2001:db8::1 or 192.0.2.7", "192.0.2.7"),
    ("std::cafe::b4d", None),
    ("dead::beef", None),
    ("a :: b", None),
    ("at 12:30:45", None),
    ("00:1a:2b:3c:4d:5e", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), IN_TEXT)
def test_find_addresses(text: str, expected: str | None) -> None:
    assert find_addresses(pl.Series([text]))[0] == expected


def test_find_addresses_keeps_the_rows_apart() -> None:
    texts, expected = zip(*IN_TEXT, (None, None), strict=True)
    assert find_addresses(pl.Series(texts)).to_list() == list(expected)
