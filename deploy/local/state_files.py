"""Small JSON files an instance remembers things in: replaced in one step, readable by their owner only."""

import json
import os
from pathlib import Path

from shared.errors import ConfigurationError


def read_object(file: Path) -> dict[str, object]:
    """The JSON object in `file`, empty where there is none yet."""
    try:
        found = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ConfigurationError(f"{file} is damaged; `down --wipe` removes it with the data") from error
    if not isinstance(found, dict):
        raise ConfigurationError(f"{file} is damaged; `down --wipe` removes it with the data")
    return found


def write_object(file: Path, value: dict[str, object]) -> None:
    """Replaces `file`."""
    write_private(file, json.dumps(value, indent=2) + "\n")


def write_private(file: Path, text: str) -> None:
    """Replaces `file` in one step, mode 0600 from its first byte on."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    draft.replace(file)
