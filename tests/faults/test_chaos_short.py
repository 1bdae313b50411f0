"""A short run of chaos; `just chaos` runs one as long as wished."""

import threading
from pathlib import Path

import pytest

from deploy.local.infrastructure import Infrastructure
from tests.faults.chaos import Options, run

SHORT = Options(seed=12, seconds=22, workers=2, clients=3, most_lines=4000, least_faults=10, is_forked=True)


@pytest.mark.timeout(300)
def test_nothing_is_lost_or_doubled_whatever_fails(infrastructure: Infrastructure, tmp_path: Path) -> None:
    told: list[str] = []
    report = run(infrastructure, SHORT, tmp_path, threading.Event(), told.append)
    story = "\n".join([*told, *report.verdict.violations, *report.findings, str(report.logged_errors)])
    assert report.is_clean, story
    assert report.verdict.acknowledged > 0, story
    assert report.faults.total() >= SHORT.least_faults, story
