"""Crash points: what they are asked with, and that nothing is refused in silence."""

import pytest

from services.worker.settings import WorkerSettings
from shared.crash_points import Trigger, arm, crash_point, parse_crash_points
from shared.errors import ConfigurationError

TOLD: list[tuple[str, dict[str, Trigger]]] = [
    ("", {}),
    ("worker.copied", {"worker.copied": Trigger()}),
    (
        "worker.copied=0.25, api.sealed=1",
        {"worker.copied": Trigger(0.25), "api.sealed": Trigger(1.0)},
    ),
    ("worker.parsing~deadly text", {"worker.parsing": Trigger(1.0, b"deadly text")}),
    ("worker.parsing=0.5~a=b", {"worker.parsing": Trigger(0.5, b"a=b")}),
]


@pytest.mark.parametrize(("told", "triggers"), TOLD)
def test_how_they_are_told(told: str, triggers: dict[str, Trigger]) -> None:
    assert parse_crash_points(told) == triggers


@pytest.mark.parametrize("told", ["worker.nowhere", "worker.copied=often"])
def test_what_is_refused(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMILL_CRASH_POINTS", told)
    with pytest.raises(ConfigurationError, match="crash_points"):
        WorkerSettings.load()


def test_production_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMILL_CRASH_POINTS", "worker.copied")
    monkeypatch.setenv("LOGMILL_ENVIRONMENT", "production")
    with pytest.raises(ConfigurationError, match="production"):
        WorkerSettings.load()


def test_this_process_lives_where_nothing_fits() -> None:
    arm("worker.parsing~deadly,worker.copied=0")
    try:
        crash_point("worker.parsing", b"harmless")
        crash_point("worker.copied")
        crash_point("worker.committed")
    finally:
        arm("")
