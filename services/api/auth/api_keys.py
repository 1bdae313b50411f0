"""API keys: long random strings for scripts, of which only the SHA-256 is kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from services.api.auth.accounts import User, user_from
from services.api.cursors import Place
from shared.database import Database

KEY_PREFIX = "lm_"
RANDOM_BYTES = 32
SHOWN_CHARACTERS = 9  # KEY_PREFIX and enough to tell one's own keys apart

INSERT_KEY = """
INSERT INTO api_keys (api_key_id, user_id, name, prefix, key_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
LIST_KEYS = """
SELECT api_key_id, name, prefix, created_at FROM api_keys
WHERE user_id = $1 AND revoked_at IS NULL AND (created_at, api_key_id) < ($2, $3)
ORDER BY created_at DESC, api_key_id DESC LIMIT $4
"""
REVOKE_KEY = """
UPDATE api_keys SET revoked_at = $3 WHERE api_key_id = $1 AND user_id = $2 AND revoked_at IS NULL
"""
FIND_BY_KEY = """
SELECT user_id, email, users.created_at, is_operator, NULL::uuid AS session_id, api_key_id
FROM api_keys JOIN users USING (user_id) WHERE key_hash = $1 AND revoked_at IS NULL
"""
FIND_BY_KEY_ID = """
SELECT user_id, email, users.created_at, is_operator, NULL::uuid AS session_id, api_key_id
FROM api_keys JOIN users USING (user_id) WHERE api_key_id = $1 AND revoked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as its owner may see it: `prefix` is its beginning, the rest is not known any more."""

    api_key_id: UUID
    name: str
    prefix: str
    created_at: datetime


async def add_key(database: Database, user_id: UUID, name: str, now: datetime) -> tuple[ApiKey, str]:
    """A new key, and the only copy of its secret."""
    secret = KEY_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    key = ApiKey(uuid4(), name, secret[:SHOWN_CHARACTERS], now)
    async with database.acquire() as connection:
        await connection.execute(
            INSERT_KEY, key.api_key_id, user_id, name, key.prefix, hash_key(secret), key.created_at
        )
    return key, secret


async def list_keys(database: Database, user_id: UUID, before: Place, limit: int) -> list[ApiKey]:
    """The user's keys, newest first; `before` is the created_at and id of the last one seen."""
    created_at, api_key_id = before
    async with database.acquire() as connection:
        rows = await connection.fetch(LIST_KEYS, user_id, created_at, api_key_id, limit)
    return [ApiKey(**dict(row)) for row in rows]


async def revoke_key(database: Database, user_id: UUID, api_key_id: UUID, now: datetime) -> bool:
    """Whether the user had such a key."""
    async with database.acquire() as connection:
        return await connection.execute(REVOKE_KEY, api_key_id, user_id, now) == "UPDATE 1"


async def find_by_key(database: Database, secret: str) -> User | None:
    """The key's user; None if there is no such key (any more)."""
    async with database.acquire() as connection:
        return user_from(await connection.fetchrow(FIND_BY_KEY, hash_key(secret)))


async def find_by_key_id(database: Database, api_key_id: UUID) -> User | None:
    """The same, for a key that was shown before."""
    async with database.acquire() as connection:
        return user_from(await connection.fetchrow(FIND_BY_KEY_ID, api_key_id))


def hash_key(secret: str) -> bytes:
    """As stored: a fast hash is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()
