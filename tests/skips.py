"""A pytest plugin: a skipped test fails the run, unless LOGMILL_ALLOW_SKIPS is set."""

import os

import pytest
from _pytest.terminal import TerminalReporter


class SkipsFail:
    """Turns a passed session with skipped tests into a failed one."""

    def __init__(self) -> None:
        self.skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Counts skipped tests; an expected failure is not one."""
        self.skipped += report.skipped and not hasattr(report, "wasxfail")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Decides."""
        if self.skipped and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Says so."""
        if self.skipped:
            terminalreporter.write_line(f"{self.skipped} skipped: that fails the run (LOGMILL_ALLOW_SKIPS=1 allows it)")


def pytest_configure(config: pytest.Config) -> None:
    """Registers itself."""
    if not os.environ.get("LOGMILL_ALLOW_SKIPS"):
        config.pluginmanager.register(SkipsFail())
