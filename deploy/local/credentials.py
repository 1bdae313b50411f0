"""Generated passwords, made once per instance and kept in a file only its owner can read."""

import secrets
from pathlib import Path

from deploy.local.state_files import read_object, write_object


def credential(file: Path, name: str) -> str:
    """The password called `name`: 48 hex digits, made and saved at its first use."""
    known = read_object(file)
    if name not in known:
        known[name] = secrets.token_hex(24)
        write_object(file, known)
    return str(known[name])
