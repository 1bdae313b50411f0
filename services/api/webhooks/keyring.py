"""The secrets that webhooks are signed with, in memory: whose is what was delivered."""

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

import asyncpg

from services.api.settings import WebhookSecret
from services.api.threads import aside
from services.api.webhooks.signatures import is_signed, read_signature
from shared.clock import Clock
from shared.database import Database
from shared.errors import DatabaseUnavailable
from shared.logs import get_logger

REFRESH_SECONDS = 5
"""Age up to which what was read is believed: a secret that another api forgot is good for no longer."""
MISS_SECONDS = 1
"""Age up to which it is believed that a secret is not there: one that another api was given just now might be."""
USE_INTERVAL = timedelta(minutes=1)
"""Between two times that the use of a secret is written down."""
INLINE_BYTES = 64 * 1024
"""Checked without a thread; reckoned over all secrets."""
SHORTEST_BYTES = 512
"""What the check of a secret costs at least, in bytes of a body."""
CHECKS_AT_ONCE = 2

FIND_SECRETS = """
SELECT owner_id, email, name, webhook_secret_id, secret, last_used_at
FROM webhook_secrets JOIN users ON user_id = owner_id ORDER BY webhook_secrets.created_at, webhook_secret_id
"""
FIND_OWNERS = "SELECT email, user_id FROM users WHERE email = ANY ($1)"
WRITE_USE = """
UPDATE webhook_secrets SET last_used_at = $2
WHERE webhook_secret_id = $1 AND (last_used_at IS NULL OR last_used_at < $2)
"""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose a delivery is, and by which secret; `secret_id` is None for one of the configuration."""

    owner_id: UUID
    email: str
    secret_name: str
    secret_id: UUID | None


@dataclass(frozen=True, slots=True)
class Key:
    """A secret and whom it stands for."""

    signer: Signer
    secret: bytes


class Keyring:
    """Knows every secret, those of the accounts and those of the configuration, and reads them anew when in doubt."""

    def __init__(self, configured: Sequence[WebhookSecret], database: Database, clock: Clock) -> None:
        self._configured = configured
        self._database = database
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._keys_by_id: dict[UUID, tuple[Key, ...]] = {}
        self._used_at: dict[UUID, datetime] = {}
        self._unknown: set[str] = set()
        self._read_at = self._failed_at = -math.inf
        self._changes = 0
        self._reading = asyncio.Lock()
        # Threads of its own: a check that nobody waits for any longer goes on, and only here do others wait for it.
        self._checks = ThreadPoolExecutor(CHECKS_AT_ONCE, "check-signature")

    async def owner_of(self, body: bytes, signature: str | None, secret_id: UUID | None) -> Signer | None:
        """Who signed `body`, given X-Hub-Signature-256 and, where the sender named it, the one secret to try.

        None where nobody did. Of accounts that share a secret it is the one that had it first, those of the
        configuration before all. Raises DatabaseUnavailable where the secrets cannot be read.
        """
        digest = read_signature(signature)
        if digest is None:
            return None
        await self._refresh(REFRESH_SECONDS)
        tried = self._keys_for(secret_id)
        signer = await self._find(tried, body, digest)
        if signer is None:
            await self._refresh(MISS_SECONDS)
            known = set(tried)
            signer = await self._find([key for key in self._keys_for(secret_id) if key not in known], body, digest)
        if signer is not None and signer.secret_id is not None:
            await self._note_use(signer.secret_id)
        return signer

    def hashed_bytes(self, body_bytes: int) -> int:
        """What it takes to try all secrets on so large a body."""
        return len(self._keys) * max(body_bytes, SHORTEST_BYTES)

    def forget(self) -> None:
        """Has all secrets read anew before the next is tried: for when they have changed."""
        self._changes += 1
        self._read_at = -math.inf

    def _keys_for(self, secret_id: UUID | None) -> tuple[Key, ...]:
        return self._keys if secret_id is None else self._keys_by_id.get(secret_id, ())

    async def _find(self, keys: Sequence[Key], body: bytes, digest: bytes) -> Signer | None:
        size = len(keys) * max(len(body), SHORTEST_BYTES)
        return await aside(size, INLINE_BYTES, lambda: first_signer(keys, body, digest), self._checks)

    async def _refresh(self, max_age_seconds: float) -> None:
        """Reads the secrets if need be; those who wait for a reading share it, and its failure."""
        came_at = self._clock.monotonic()
        if came_at - self._read_at < max_age_seconds:
            return
        async with self._reading:
            if self._failed_at >= came_at:
                raise DatabaseUnavailable("the secrets of webhooks could not be read")
            if came_at - self._read_at >= max_age_seconds:
                await self._read()

    async def _read(self) -> None:
        began_at, changes = self._clock.monotonic(), self._changes
        emails = [own_email(secret) for secret in self._configured]
        try:
            async with self._database.acquire() as connection:
                found = await connection.fetch(FIND_OWNERS, emails) if emails else []
                rows = await connection.fetch(FIND_SECRETS)
        except DatabaseUnavailable:
            self._failed_at = self._clock.monotonic()
            raise
        owners = {row["email"]: row["user_id"] for row in found}
        self._warn_of_unknown({email for email in emails if email not in owners})
        self._keys_by_id = {row["webhook_secret_id"]: (_key(row),) for row in rows}
        self._keys = (*configured_keys(self._configured, owners), *chain.from_iterable(self._keys_by_id.values()))
        self._used_at = {row["webhook_secret_id"]: row["last_used_at"] for row in rows if row["last_used_at"]}
        if changes == self._changes:
            self._read_at = began_at

    def _warn_of_unknown(self, emails: set[str]) -> None:
        """Once, until they have been known."""
        for email in sorted(emails - self._unknown):
            log.warning("a configured webhook secret is nobody's: there is no such account", owner=email)
        self._unknown = emails

    async def _note_use(self, secret_id: UUID) -> None:
        now, before = self._clock.now(), self._used_at.get(secret_id)
        if before is not None and now - before < USE_INTERVAL:
            return
        self._used_at[secret_id] = now
        # What cannot be written cannot be taken in either: whoever comes next to the database says so.
        with suppress(DatabaseUnavailable):
            async with self._database.acquire() as connection:
                await connection.execute(WRITE_USE, secret_id, now)


def first_signer(keys: Sequence[Key], body: bytes, digest: bytes) -> Signer | None:
    """Who comes first of those whose secret makes `digest` of `body`. All are tried, so that time tells nothing."""
    found = [key.signer for key in keys if is_signed(key.secret, body, digest)]
    return found[0] if found else None


def configured_keys(configured: Iterable[WebhookSecret], owners: Mapping[str, UUID]) -> list[Key]:
    """The configuration's secrets whose owners, by email, have an account."""
    return [
        Key(
            Signer(owners[own_email(entry)], own_email(entry), entry.name, None),
            entry.secret.get_secret_value().encode(),
        )
        for entry in configured
        if own_email(entry) in owners
    ]


def own_email(secret: WebhookSecret) -> str:
    """Its owner's, as accounts have it."""
    return secret.owner.strip().lower()


def _key(row: asyncpg.Record) -> Key:
    signer = Signer(row["owner_id"], row["email"], row["name"], row["webhook_secret_id"])
    return Key(signer, row["secret"].encode())
