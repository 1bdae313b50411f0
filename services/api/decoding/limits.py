"""How much an upload may become when it is unpacked."""

from dataclasses import dataclass

from services.api.decoding.failures import over_limit

UNCHECKED_BYTES = 64 * 1024**2
"""Output up to which nobody asks for the ratio: small files of one repeated line compress as well as a bomb."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of the same names."""

    max_decompressed_bytes: int
    max_expansion_ratio: float
    max_archive_members: int


class Meter:
    """Counts one upload, all of its inputs: what came in, and what all decompressors together made of it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._received = 0
        self._produced = 0
        self._members = 0

    def received(self, count: int) -> None:
        """`count` more bytes of the upload."""
        self._received += count

    def produced(self, count: int) -> None:
        """A decompressor made `count` bytes; raises LimitExceeded where that is too much."""
        self._produced += count
        limits = self._limits
        if self._produced > limits.max_decompressed_bytes:
            told = f"over {limits.max_decompressed_bytes} bytes (max_decompressed_bytes)"
        elif self._produced > max(UNCHECKED_BYTES, limits.max_expansion_ratio * self._received):
            told = f"over {limits.max_expansion_ratio:g} times what was sent (max_expansion_ratio)"
        else:
            return
        raise over_limit(f"Unpacked, this is {told}.")

    def member(self) -> None:
        """One more member of an archive, of whatever kind; raises LimitExceeded where that is one too many."""
        self._members += 1
        most = self._limits.max_archive_members
        if self._members > most:
            raise over_limit(f"An upload may have at most {most} members in its archives (max_archive_members).")
