"""Inputs that cannot be read, or not to their end."""

from shared.errors import InputError

SUPPORTED = "text in any usual charset, also as gzip, zstd, bzip2 or xz, or in a zip or tar archive (tar.gz and so on)"


class Undecodable(InputError):
    """Ends the file in hand; what was read of it before stands."""


class LimitExceeded(Undecodable):
    """A setting's limit is reached: ends the whole input."""


def broken(detail: str) -> Undecodable:
    """Damaged or cut off."""
    return Undecodable(422, "Broken input", detail)


def unsupported(detail: str) -> Undecodable:
    """Not something lines can be read from; says what can."""
    return Undecodable(415, "Unsupported media type", f"{detail} Supported: {SUPPORTED}.")


def over_limit(detail: str) -> LimitExceeded:
    """`detail` names the setting."""
    return LimitExceeded(413, "Input too large", detail)
