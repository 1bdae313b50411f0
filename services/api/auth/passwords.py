"""Passwords: hashed with argon2id, off the event loop, at the same cost whether or not the user exists."""

import asyncio
from functools import cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARACTERS = 8
MAX_CHARACTERS = 256


class Passwords:
    """Hashes and verifies; at most `threads` at once, since each takes `memory_kib`."""

    def __init__(self, *, memory_kib: int, iterations: int, threads: int) -> None:
        self._hasher = PasswordHasher(time_cost=iterations, memory_cost=memory_kib, parallelism=1)
        self._slots = asyncio.Semaphore(threads)
        self._nobodys_hash = self._hasher.hash("")

    async def hash(self, password: str) -> str:
        """The string to store."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether `password` is the one hashed; None (no such user) takes as long and is never right."""
        async with self._slots:
            matches = await asyncio.to_thread(self._matches, password_hash or self._nobodys_hash, password)
        return matches and password_hash is not None

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def weakness(password: str, email: str) -> str | None:
    """Why this password must not be used, for people; None if it may."""
    if len(password) < MIN_CHARACTERS:
        return f"A password needs at least {MIN_CHARACTERS} characters."
    if len(password) > MAX_CHARACTERS:
        return f"A password may have at most {MAX_CHARACTERS} characters."
    if password.casefold() in common_passwords() or len(set(password)) == 1:
        return "This password is one of the first that are guessed; choose another."
    if password.casefold() in (email.casefold(), email.casefold().partition("@")[0]):
        return "The password must not be the email address."
    return None


@cache
def common_passwords() -> frozenset[str]:
    """Those that are guessed first, in lower case."""
    text = resources.files(__package__).joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(text.split())
