"""Signatures over raw bytes."""

import pytest

from services.api.webhooks.signatures import is_signed, read_signature, signature_of

# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
SECRET, BODY = b"It's a Secret to Everybody", b"Hello, World!"
DIGEST = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_the_published_vector() -> None:
    assert signature_of(SECRET, BODY) == f"sha256={DIGEST}"
    assert is_signed(SECRET, BODY, bytes.fromhex(DIGEST))


@pytest.mark.parametrize(
    ("secret", "body"),
    [
        (SECRET, b"Hello, World"),
        (SECRET, BODY + b"\n"),
        (SECRET, b"\xef\xbb\xbf" + BODY),
        (SECRET, b""),
        (SECRET + b" ", BODY),
        (b"", BODY),
    ],
)
def test_a_byte_more_or_less_is_another_signature(secret: bytes, body: bytes) -> None:
    assert not is_signed(secret, body, bytes.fromhex(DIGEST))


@pytest.mark.parametrize("digest", [b"", bytes(32), bytes.fromhex(DIGEST)[:16], bytes.fromhex(DIGEST) + b"\0"])
def test_a_wrong_digest(digest: bytes) -> None:
    assert not is_signed(SECRET, BODY, digest)


@pytest.mark.parametrize(
    ("header", "is_read"),
    [
        (f"sha256={DIGEST}", True),
        (f"sha256={DIGEST.upper()}", True),
        (None, False),
        ("", False),
        ("sha256=", False),
        (DIGEST, False),
        (f"sha1={DIGEST[:40]}", False),
        (f"sha1={DIGEST}", False),
        (f"SHA256={DIGEST}", False),
        (f"sha256={DIGEST[:-1]}", False),
        (f"sha256={DIGEST}0", False),
        (f"sha256={DIGEST[:-1]}g", False),
        (f"sha256={DIGEST[:-1]}\u0664", False),
        (f"sha256={DIGEST}\n", False),
        (f" sha256={DIGEST}", False),
        (f"sha256={DIGEST}, sha256={DIGEST}", False),
    ],
)
def test_headers(header: str | None, is_read: bool) -> None:
    assert read_signature(header) == (bytes.fromhex(DIGEST) if is_read else None)
