"""Places where a process kills itself on request, for fault tests; production refuses the setting.

`worker.copied=0.01,worker.parsing~some text`: at `worker.copied` one time in a hundred, at `worker.parsing` whenever
what is worked on contains the text.
"""

import os
import random
import signal
from collections.abc import Mapping
from dataclasses import dataclass

CRASH_POINTS = frozenset(
    {
        "api.confirmed",  # the broker has a batch, the api does not know it yet
        "api.sealed",  # the job is sealed, the client has no answer yet
        "api.webhook_entered",  # a delivery has its place, its lines are not published
        "api.webhook_confirmed",  # the broker has its lines, nobody was answered
        "worker.parsing",
        "worker.entered",  # the ledger has the batch, its rows are not copied, nothing is committed
        "worker.copied",  # rows copied, nothing committed
        "worker.committed",  # committed, not acknowledged
        "worker.passed_on",  # a copy is in another queue, the delivery not acknowledged
        "aggregator.folding",  # partials folded, nothing committed
        "aggregator.folded",  # committed, nobody told
        "aggregator.recorded",  # a dead letter is in its table, not acknowledged
        "aggregator.replayed",  # a dead letter is in logs_ingest again, not marked as published
    }
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """When to crash: with a `probability` (0-1), and only where `text` is in what is worked on."""

    probability: float = 1.0
    text: bytes = b""


def parse_crash_points(told: str) -> dict[str, Trigger]:
    """Triggers by place; raises ValueError naming what is wrong."""
    triggers = {}
    for entry in filter(None, (part.strip() for part in told.split(","))):
        name, tilde, text = entry.partition("~")
        name, _, probability = name.partition("=")
        if name not in CRASH_POINTS:
            raise ValueError(f"{name!r} is no crash point; there are {', '.join(sorted(CRASH_POINTS))}")
        triggers[name] = Trigger(float(probability or 1), text.encode() if tilde else b"")
    return triggers


_triggers: Mapping[str, Trigger] = {}


def arm(told: str) -> None:
    """Sets this process's crash points, once, before it works."""
    global _triggers
    _triggers = parse_crash_points(told)


def crash_point(name: str, content: bytes = b"") -> None:
    """Kills this process here, if it was asked to; `content` is what it works on."""
    trigger = _triggers.get(name)
    if trigger is not None and trigger.text in content and random.random() < trigger.probability:  # noqa: S311
        os.kill(os.getpid(), signal.SIGKILL)
