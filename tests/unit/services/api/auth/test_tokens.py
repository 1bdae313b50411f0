"""Access tokens: only ours, only whole, only in time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest

from services.api.auth.tokens import SessionClaim, Tokens
from shared.clock import Clock

SECRET = b"s" * 32
NOW = datetime(2025, 1, 31, 13, tzinfo=UTC)
USER, SESSION = UUID(int=1), UUID(int=2)
CLAIMS: dict[str, Any] = {
    "iss": "logmill",
    "aud": "logmill-api",
    "sub": str(USER),
    "jti": str(SESSION),
    "iat": NOW,
    "exp": NOW + timedelta(hours=1),
}


def tokens(now: datetime = NOW) -> Tokens:
    return Tokens(SECRET, 3600, Clock(now=lambda: now))


def test_what_is_issued_is_read() -> None:
    issued = tokens().issue(USER, SESSION, tokens().expiry())
    assert tokens().read(issued) == SessionClaim(USER, SESSION)
    assert tokens(NOW + timedelta(seconds=3599)).read(issued) == SessionClaim(USER, SESSION)
    assert tokens(NOW + timedelta(seconds=3600)).read(issued) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another-api"},
        {"aud": None},
        {"iss": "somebody"},
        {"sub": "ann"},
        {"jti": "not-a-session"},
        {"exp": NOW - timedelta(seconds=1)},
        *({claim: None} for claim in CLAIMS),
    ],
)
def test_other_claims_are_refused(changed: dict[str, Any]) -> None:
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not None}
    assert tokens().read(jwt.encode(claims, SECRET, "HS256")) is None


@pytest.mark.parametrize(
    "token",
    [
        jwt.encode(CLAIMS, None, "none"),
        jwt.encode(CLAIMS, b"another secret, long enough for HS256", "HS256"),
        jwt.encode(CLAIMS, SECRET * 2, "HS512"),
        jwt.encode(CLAIMS, SECRET, "HS256", headers={"kid": "../../dev/null", "jku": "http://evil.example"})[:-1],
        jwt.encode(CLAIMS, SECRET, "HS256").rpartition(".")[0] + ".",
        "",
        "a.b.c",
        "é.é.é",
        "x" * 10_000,
    ],
)
def test_other_tokens_are_refused(token: str) -> None:
    assert tokens().read(token) is None
