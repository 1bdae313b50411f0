"""Passwords: which are refused, and what a hash is good for."""

import pytest

from services.api.auth.passwords import Passwords, common_passwords, weakness

EMAIL = "ann.other@example.org"


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("", "8 characters"),
        ("short77", "8 characters"),
        ("x" * 257, "256"),
        ("password", "guessed"),
        ("Password123", "guessed"),
        ("zzzzzzzzzzzz", "guessed"),
        (EMAIL.upper(), "email"),
        ("ann.other", "email"),
    ],
)
def test_weak(password: str, word: str) -> None:
    assert word in (weakness(password, EMAIL) or "")


@pytest.mark.parametrize("password", ["correct horse", "tüßtöck8", "        x", "💥💥💥💥💥💥💥!"])
def test_strong_enough(password: str) -> None:
    assert weakness(password, EMAIL) is None


def test_the_list_has_only_what_the_length_lets_through() -> None:
    assert len(common_passwords()) > 300
    assert all(len(word) >= 8 and word == word.casefold() for word in common_passwords())


async def test_a_hash_matches_its_password_only() -> None:
    passwords = Passwords(memory_kib=64, iterations=1, threads=1)
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "Correct horse")
    assert not await passwords.verify(None, "")
    assert not await passwords.verify("not a hash", "correct horse")
