import polars as pl
import pytest

from shared.parsing.requests import read_requests

CASES = [
    ("GET /a?b=c HTTP/1.1", "GET", "/a?b=c"),
    ("GET /a b HTTP/2.0", "GET", "/a b"),
    ("GET /", "GET", "/"),
    ("VERSION-CONTROL /a HTTP/1.1", "VERSION-CONTROL", "/a"),
    ("CONNECT x.example:443 HTTP/1.1", "CONNECT", "x.example:443"),
    ("- http://x.example:80- ", None, None),
    ("-", None, None),
    ("", None, None),
    ("<BADREQ>", None, None),
    (r"\x16\x03\x01", None, None),
]


@pytest.mark.parametrize(("text", "method", "url"), CASES)
def test_requests(text: str, method: str | None, url: str | None) -> None:
    assert [column.to_list() for column in read_requests(pl.Series([text]))] == [[method], [url]]
