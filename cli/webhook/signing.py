"""The secret that a webhook shares with the suite, and what it signs."""

import hashlib
import hmac
import os
from pathlib import Path

from cli.answers import ApiError
from cli.reading import read_whole

VARIABLE = "LOGMILL_WEBHOOK_SECRET"


def read_secret(path: Path) -> bytes:
    """The secret in a file, or of stdin for `-`, without the end of its line; raises ApiError where there is none."""
    secret = read_whole(path).removesuffix(b"\n").removesuffix(b"\r")
    if not secret:
        raise ApiError(f"{path} is empty: it should have the secret, and nothing else")
    return secret


def secret_of(path: Path | None) -> bytes:
    """The secret in that file, else that of LOGMILL_WEBHOOK_SECRET; raises ApiError where neither has one."""
    if path is not None:
        return read_secret(path)
    if told := os.environ.get(VARIABLE):
        return os.fsencode(told)
    raise ApiError(f"give the webhook's secret: --secret-file FILE, or {VARIABLE}")


def signature_of(secret: bytes, body: bytes) -> str:
    """What GitHub sends as X-Hub-Signature-256 of these bytes."""
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
