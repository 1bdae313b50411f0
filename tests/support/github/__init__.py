"""Webhook payloads after GitHub's published schemas: a file for each event and action, EVENT[.ACTION[.VARIANT]].json.

People, repositories and numbers are invented.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parent
NAMES = tuple(sorted(path.stem for path in DIRECTORY.glob("*.json")))
REPOSITORY = "brightwater/tidepool"
HOOK_ID = 511270943


def event_of(name: str) -> str:
    """What X-GitHub-Event says of the payload with this name."""
    return name.partition(".")[0]


@cache
def payload(name: str) -> bytes:
    """Its bytes as GitHub sends them: compact, letters beyond ASCII as they are."""
    return json.dumps(payload_object(name), separators=(",", ":"), ensure_ascii=False).encode()


def payload_object(name: str) -> dict[str, Any]:
    """The payload, to be changed at will."""
    found: dict[str, Any] = json.loads((DIRECTORY / f"{name}.json").read_bytes())
    return found
