"""Identifiers that sort by the time they were made."""

import secrets
import time
from uuid import UUID


def new_job_id() -> UUID:
    """A UUID version 7 (RFC 9562): neighbours in time are neighbours in the line index."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
