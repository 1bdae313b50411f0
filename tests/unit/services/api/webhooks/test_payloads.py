"""What is a payload, what is said of what is none, and where it belongs."""

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.webhooks.payloads import (
    MAX_FORM_FIELDS,
    MENDED_BYTES,
    UNNAMED_FEED,
    UNQUOTED_BYTES,
    action_of,
    decoded,
    feed_of,
    form_payload,
    read_payload,
)
from shared.errors import InputError

UNREADABLE = [
    (b"", "truncated"),
    (b"Hello, World!", "malformed"),
    (b'{"a":1} x', "trailing"),
    (b'{"a":"x\ny"}', "malformed"),
    (b'{"a":NaN}', "malformed"),
    (b'{"a":"\xff"}', "not UTF-8 at byte 6"),
    (b"\xef\xbb\xbf{}", "malformed"),
    ("{}".encode("utf-16"), "not UTF-8"),
    (b"[1]", "no JSON object"),
    (b"null", "no JSON object"),
    (b'"text"', "no JSON object"),
    (b'{"a":"\\ud800', "truncated"),
    (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
]


@pytest.mark.parametrize(("content", "told"), UNREADABLE)
def test_what_is_none(content: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told) as refusal:
        read_payload(content)
    assert (refusal.value.status, refusal.value.title) == (400, "Unreadable payload")


READABLE = [
    b"{}",
    b' {"a" : [1,\r\n2]}\n',
    b'{"a":1e999,"b":' + b"9" * 5000 + b"}",
    b'{"a":"\\u0000"}',
    b'{"a":"\\ud83d\\ude00"}',
    b'{"a":"\\ud800"}',
    b'{"a":"x\\udc00y\\uD83Dz"}',
    b'{"a":"\\ud800\\u0041\\\\ud800"}',
    b'{"a":"\\ud800\\ud800\\udc00"}',
    b'{"a":' + b"[" * 400 + b"]" * 400 + b"}",
]


@pytest.mark.parametrize("content", READABLE)
def test_what_is_one(content: bytes) -> None:
    assert action_of(read_payload(content)) is None


FEEDS = [
    ({"repository": {"full_name": "octo/widget"}, "organization": {"login": "octo"}}, "octo/widget"),
    ({"organization": {"login": "octo"}, "sender": {"login": "cat"}}, "octo"),
    ({"installation": {"account": {"login": "app"}}, "sender": {"login": "cat"}}, "app"),
    ({"installation": {"id": 7}, "sender": {"login": "cat"}}, "cat"),
    ({"repository": {"full_name": 7}, "organization": [], "installation": "x", "sender": {"login": ""}}, UNNAMED_FEED),
    ({"repository": {"full_name": "a\0b"}, "sender": {"login": "cat"}}, "cat"),
    ({"repository": {"full_name": "a\nb"}}, UNNAMED_FEED),
    ({"repository": {"full_name": "x" * 201}}, UNNAMED_FEED),
    ({"repository": {"full_name": "Grüße/日本"}}, "Grüße/日本"),
    ({}, UNNAMED_FEED),
]


@pytest.mark.parametrize(("payload", "feed"), FEEDS)
def test_the_feed(payload: object, feed: str) -> None:
    assert feed_of(read_payload(json.dumps(payload).encode())) == feed


def test_a_name_with_half_a_surrogate_pair() -> None:
    assert feed_of(read_payload(b'{"repository":{"full_name":"a\\ud800"}}')) == "a\ufffd"


ESCAPES = ("\\ud83d", "\\ude00", "\\uD800", "\\uDC00", "\\u0041", '\\"', "x")


@given(st.lists(st.sampled_from(ESCAPES), max_size=20), st.integers(0, 130))
def test_half_surrogate_pairs_at_the_edge_of_a_step(escapes: list[str], offset: int) -> None:
    content = '{"zen":"\\udfff' + "x" * (MENDED_BYTES - offset) + "".join(escapes) + '"}'
    expected = json.loads(content)["zen"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert decoded(read_payload(content.encode()).zen, str) == expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [("opened", "opened"), (None, None), (7, None), ("", None), ("a b", None), ("x" * 65, None), (["opened"], None)],
)
def test_the_action(action: object, expected: str | None) -> None:
    assert action_of(read_payload(json.dumps({"action": action}).encode())) == expected


FORMS = [
    (b"payload=%7B%7D", b"{}"),
    (b"a=1&payload=%7B%7d&payload=2", b"{}"),
    (b"payload=", b""),
    (b"payload", b""),
    (b"payload=a+b%2Bc%", b"a b+c%"),
    (b"payload=a=b", b"a=b"),
]


@pytest.mark.parametrize(("body", "payload"), FORMS)
def test_forms(body: bytes, payload: bytes) -> None:
    assert form_payload(body) == payload


@pytest.mark.parametrize("body", [b"", b"other=1", b"{}", b"&" * (MAX_FORM_FIELDS + 1) + b"payload=x"])
def test_forms_without_a_payload(body: bytes) -> None:
    with pytest.raises(InputError, match="no field `payload`"):
        form_payload(body)


@pytest.mark.parametrize("offset", range(-4, 5))
def test_an_escape_at_the_edge_of_a_step(offset: int) -> None:
    text = "x" * (UNQUOTED_BYTES + offset) + "ü+ ü" * 5
    assert form_payload(b"payload=" + quote_plus(text).encode()) == text.encode()


@given(st.text())
def test_what_a_browser_makes_of_a_text_is_read_back(text: str) -> None:
    sent = text.encode("utf-8", "surrogatepass")
    assert form_payload(b"payload=" + quote_plus(sent).encode()) == sent
