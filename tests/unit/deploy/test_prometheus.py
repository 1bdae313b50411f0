"""Where Prometheus is missing, and may not be installed, the message says what to do."""

from pathlib import Path

import pytest

from deploy.local.prometheus import executable
from shared.errors import ConfigurationError


def test_a_missing_program_is_asked_for_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"`promtool`.* is missing.*prometheus"):
        executable("promtool")


def test_one_that_is_there_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "promtool"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert executable("promtool") == program
