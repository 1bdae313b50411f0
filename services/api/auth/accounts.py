"""Users and their sessions, as stored."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from services.api.auth.tokens import SessionClaim
from shared.database import Database

INSERT_USER = """
INSERT INTO users (user_id, email, password_hash, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (email) DO NOTHING
"""
FIND_LOGIN = "SELECT user_id, password_hash FROM users WHERE email = $1"
INSERT_SESSION = "INSERT INTO sessions (session_id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)"
DELETE_EXPIRED_SESSIONS = "DELETE FROM sessions WHERE user_id = $1 AND expires_at < $2"
REVOKE_SESSION = "UPDATE sessions SET revoked_at = $2 WHERE session_id = $1 AND revoked_at IS NULL"
FIND_BY_SESSION = """
SELECT user_id, email, users.created_at, is_operator, session_id, NULL::uuid AS api_key_id
FROM sessions JOIN users USING (user_id)
WHERE session_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3
"""


@dataclass(frozen=True, slots=True)
class User:
    """Who is asking, and which session or API key says so. `is_operator` as it is at this request."""

    user_id: UUID
    email: str
    created_at: datetime
    is_operator: bool
    session_id: UUID | None
    api_key_id: UUID | None

    @property
    def scope(self) -> UUID | None:
        """Whose dead letters, replays and audit events the user sees: None = everybody's, which operators do."""
        return None if self.is_operator else self.user_id


async def add_user(database: Database, email: str, password_hash: str, now: datetime) -> UUID | None:
    """The new user's id; None if the email is taken."""
    user_id = uuid4()
    async with database.acquire() as connection:
        done = await connection.execute(INSERT_USER, user_id, email, password_hash, now)
    return user_id if done == "INSERT 0 1" else None


async def find_login(database: Database, email: str) -> tuple[UUID, str] | None:
    """The user's id and password hash; None if there is no such user."""
    async with database.acquire() as connection:
        row = await connection.fetchrow(FIND_LOGIN, email)
    return (row["user_id"], row["password_hash"]) if row else None


async def start_session(database: Database, user_id: UUID, now: datetime, expires_at: datetime) -> UUID:
    """A new session's id; the user's expired ones are cleared away."""
    session_id = uuid4()
    async with database.transaction() as connection:
        await connection.execute(DELETE_EXPIRED_SESSIONS, user_id, now)
        await connection.execute(INSERT_SESSION, session_id, user_id, now, expires_at)
    return session_id


async def revoke_session(database: Database, session_id: UUID, now: datetime) -> None:
    """Ends the session at once, for every token and cookie that names it."""
    async with database.acquire() as connection:
        await connection.execute(REVOKE_SESSION, session_id, now)


async def find_by_session(database: Database, claim: SessionClaim, now: datetime) -> User | None:
    """The session's user; None if it has ended."""
    async with database.acquire() as connection:
        return user_from(await connection.fetchrow(FIND_BY_SESSION, claim.session_id, claim.user_id, now))


def user_from(row: asyncpg.Record | None) -> User | None:
    """The user a row of one of the `FIND_BY_…` statements describes."""
    return User(**dict(row)) if row else None
