"""Access tokens: a signed reference to a session, worth nothing once that session is revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import jwt

from shared.clock import Clock

ALGORITHM = "HS256"
ISSUER = "logmill"
AUDIENCE = "logmill-api"
CLAIMS = ["iss", "aud", "sub", "jti", "iat", "exp"]


@dataclass(frozen=True, slots=True)
class SessionClaim:
    """What a valid token says; the table `sessions` has the last word."""

    user_id: UUID
    session_id: UUID


class Tokens:
    """Issues and reads tokens signed with `secret` that live for `session_seconds`."""

    def __init__(self, secret: bytes, session_seconds: int, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._life = timedelta(seconds=session_seconds)

    def expiry(self) -> datetime:
        """When a session that starts now ends."""
        return self._clock.now() + self._life

    def issue(self, user_id: UUID, session_id: UUID, expires_at: datetime) -> str:
        """A compact JWT."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "jti": str(session_id),
            "iat": self._clock.now(),
            "exp": expires_at,
        }
        return jwt.encode(claims, self._secret, ALGORITHM)

    def read(self, token: str) -> SessionClaim | None:
        """What the token claims; None unless it is ours, for this audience, and not expired."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": CLAIMS, "verify_exp": False, "verify_iat": False},
            )
            if claims["exp"] <= self._clock.now().timestamp():
                return None
            return SessionClaim(UUID(claims["sub"]), UUID(claims["jti"]))
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
            return None
