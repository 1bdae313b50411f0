"""When a request may use the cookie it carries."""

import pytest

from services.api.auth.authentication import is_own_site


@pytest.mark.parametrize(
    ("method", "headers", "allowed"),
    [
        ("GET", {"sec-fetch-site": "cross-site"}, True),
        ("HEAD", {"origin": "https://evil.example"}, True),
        ("POST", {"sec-fetch-site": "same-origin"}, True),
        ("POST", {"sec-fetch-site": "none"}, True),
        ("POST", {"sec-fetch-site": "cross-site"}, False),
        ("DELETE", {"sec-fetch-site": "cross-site", "host": "a.example", "origin": "https://a.example"}, False),
        ("POST", {"sec-fetch-site": "same-site", "host": "a.example", "origin": "https://b.a.example"}, False),
        ("POST", {"host": "a.example:8081", "origin": "http://A.example:8081"}, True),
        ("POST", {"host": "a.example:8081", "origin": "http://a.example"}, False),
        ("POST", {"host": "a.example", "origin": "null"}, False),
        ("POST", {"origin": "null"}, False),
        ("POST", {"host": "a.example", "origin": "https://evil.example"}, False),
        ("POST", {"host": "a.example", "origin": "http://["}, False),
        ("POST", {"host": "a.example"}, True),  # not a browser's request
    ],
)
def test_own_site(method: str, headers: dict[str, str], allowed: bool) -> None:
    assert is_own_site(method, headers) is allowed
