"""Signatures of webhook deliveries: HMAC-SHA256 of the body's raw bytes, as GitHub's X-Hub-Signature-256 has it."""

import hashlib
import hmac
import re

SCHEME = "sha256="
SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})")


def signature_of(secret: bytes, body: bytes) -> str:
    """The header that `body` is sent with by who knows `secret`."""
    return SCHEME + _digest(secret, body).hex()


def read_signature(header: str | None) -> bytes | None:
    """The 32 bytes that the header says the body's digest is; None where it is missing or of another kind."""
    match = SIGNATURE.fullmatch(header or "")
    return bytes.fromhex(match[1]) if match else None


def is_signed(secret: bytes, body: bytes, digest: bytes) -> bool:
    """Whether `digest` is that of `body` with `secret`; takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(_digest(secret, body), digest)


def _digest(secret: bytes, body: bytes) -> bytes:
    # Not the shorter hmac.digest: that keeps all other threads waiting while it works.
    return hmac.new(secret, body, hashlib.sha256).digest()
