"""Generated passwords, made once per instance and kept in a file only its owner can read."""

import secrets
from pathlib import Path

from deploy.local.state_files import read_object, write_object
from shared.errors import ConfigurationError


def require_credential(file: Path, name: str, data: Path) -> None:
    """Raises ConfigurationError where `data` was made with a password that is no longer known."""
    if data.exists() and name not in read_object(file):
        raise ConfigurationError(f"{file} no longer has the password of {data}; `down --wipe` removes the data")


def credential(file: Path, name: str) -> str:
    """The password called `name`: 48 hex digits, made and saved at its first use."""
    known = read_object(file)
    if name not in known:
        known[name] = secrets.token_hex(24)
        write_object(file, known)
    return str(known[name])
