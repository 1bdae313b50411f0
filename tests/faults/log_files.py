"""What the processes of a run complained about, counted."""

import json
from collections import Counter
from pathlib import Path


def errors(folder: Path) -> Counter[str]:
    """Events of level error by what they say, and output that is no event, such as a stack trace, by its last line."""
    found: Counter[str] = Counter()
    for log in sorted(folder.glob("*.log")):
        kind = log.name.partition("-")[0]
        plain = []
        for line in log.read_text("utf-8", "replace").splitlines():
            if event := _event(line):
                if event.get("level") in ("error", "critical"):
                    found[f"{kind}: {event.get('event')} {_exception(event)}".strip()] += 1
            elif line.strip():
                plain.append(line)
        if plain:
            found[f"{kind}: {plain[-1][:200]}"] += 1
    return found


def _event(line: str) -> dict[str, object] | None:
    try:
        event = json.loads(line)
    except json.JSONDecodeError:
        return None
    return event if isinstance(event, dict) else None


def _exception(event: dict[str, object]) -> str:
    trace = event.get("exception")
    if isinstance(trace, list) and trace and isinstance(trace[-1], dict):
        return f"({trace[-1].get('exc_type')}: {str(trace[-1].get('exc_value'))[:150]})"
    return f"({str(event['error'])[:150]})" if "error" in event else ""
