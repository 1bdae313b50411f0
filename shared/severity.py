"""Severity numbers and their names, after OpenTelemetry's log data model."""

LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")
UNKNOWN = "unknown"


def level_of(severity: int | None) -> str:
    """The name of a severity number (1-24); `unknown` for none or any other."""
    if severity is None or not 1 <= severity <= 24:
        return UNKNOWN
    return LEVELS[(severity - 1) // 4]


def severity_range(level: str) -> tuple[int, int]:
    """The lowest and highest severity number of a level's name; raises ValueError for a name not in LEVELS."""
    lowest = LEVELS.index(level) * 4 + 1
    return lowest, lowest + 3
