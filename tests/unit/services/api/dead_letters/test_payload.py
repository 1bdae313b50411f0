"""A dead letter's bytes for people."""

import pytest
import zstandard

from services.api.dead_letters.payload import PIECE_BYTES, SHOWN_BYTES, Payload, pieces, show, unpack


def packed(body: bytes) -> tuple[bytes, dict[str, object]]:
    return zstandard.ZstdCompressor().compress(body), {"body_bytes": len(body)}


LINES: list[tuple[bytes, str]] = [
    (b"", ""),
    (b"one\ntwo", "one\ntwo"),
    ("grüß\n".encode(), "grüß\n"),
    (b"a\xff\x00b\n", "a\ufffd\x00b\n"),
]


@pytest.mark.parametrize(("body", "text"), LINES)
def test_lines_are_unpacked(body: bytes, text: str) -> None:
    assert show(*packed(body)) == Payload(text=text, encoding="lines", bytes=len(body), is_cut=False)


def test_the_first_of_many_lines() -> None:
    body = b"x" * (SHOWN_BYTES - 1) + "ü".encode() * 10
    assert show(*packed(body)) == Payload(text="x" * (SHOWN_BYTES - 1), encoding="lines", bytes=len(body), is_cut=True)


OTHERS: list[tuple[bytes, dict[str, object], str, str]] = [
    (b"hello", {}, "text", "hello"),
    (b"hello", {"body_bytes": 5}, "text", "hello"),
    (b"\x80hi", {"body_bytes": "3"}, "base64", "gGhp"),
    (packed(b"hello")[0], {"body_bytes": 4}, "base64", "KLUv/SAFKQAAaGVsbG8="),
    (b"", {"body_bytes": 5}, "text", ""),
]


@pytest.mark.parametrize(("body", "headers", "encoding", "text"), OTHERS)
def test_what_cannot_be_unpacked_is_shown_as_it_is(
    body: bytes, headers: dict[str, object], encoding: str, text: str
) -> None:
    found = show(body, headers)
    assert (found.encoding, found.text, found.bytes, found.is_cut) == (encoding, text, len(body), False)
    assert unpack(body, headers).body == body


def test_the_first_of_what_is_not_ours() -> None:
    for byte, encoding, length in ((b"a", "text", SHOWN_BYTES), (b"\xff", "base64", SHOWN_BYTES // 3 * 4 + 4)):
        found = show(byte * (SHOWN_BYTES + 1), {})
        assert (found.encoding, found.bytes, found.is_cut, len(found.text)) == (encoding, SHOWN_BYTES + 1, True, length)


@pytest.mark.parametrize("length", [0, 1, PIECE_BYTES, 3 * PIECE_BYTES + 1])
def test_in_pieces_it_is_the_same(length: int) -> None:
    body = b"0123456789abcdef\n" * (length // 17) + b"x" * (length % 17)
    for is_packed, kept in ((True, packed(body)[0]), (False, body)):
        found = list(pieces(kept, is_packed=is_packed))
        assert b"".join(found) == body
        assert max(map(len, found), default=0) <= PIECE_BYTES
