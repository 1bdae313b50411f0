"""Progress bars: bytes while a file is sent, lines while it is processed. Off a terminal, a line at the end of each."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

UNSUCCESSFUL = ("failed", "interrupted", "cancelled")
"""How a job may have ended that is not all there."""
SHOWN_FIRST = (*UNSUCCESSFUL, "receiving", "processing", "completed_with_errors", "completed")
UPLOAD_SHARE = 50
"""Per cent of a bar that is the upload; the rest is the processing."""


@dataclass
class Bar:
    """One file's bar. Its total is 100."""

    name: str
    size_bytes: int
    _progress: Progress
    _task: TaskID
    _sent_bytes: int = 0

    def sent(self, count: int) -> None:
        """`count` more bytes are on their way."""
        self._sent_bytes += count
        share = self._sent_bytes / self.size_bytes if self.size_bytes else 1
        self._show(UPLOAD_SHARE * share, f"sent {self._sent_bytes / 1e6:,.1f} of {self.size_bytes / 1e6:,.1f} MB")

    def uploaded(self) -> None:
        """The api has all of the file in its queue."""
        self._show(UPLOAD_SHARE, "queued")

    def moved(self, data: dict[str, Any]) -> None:
        """Shows a progress event."""
        rate = data["lines_per_second"]
        done = data["lines_stored"] + data["lines_rejected"] + data["lines_dead_lettered"]
        told = f"{done:,} of {data['lines_read']:,} lines" + (f", {rate:,}/s" if rate else "")
        percent = data["progress_percent"] or 0
        self._show(UPLOAD_SHARE + percent * (100 - UPLOAD_SHARE) / 100, told)

    def ended(self, jobs: Sequence[dict[str, Any]]) -> None:
        """Shows how the file's jobs came out: what went wrong with one first."""
        statuses = [job["status"] for job in jobs]
        status = min(statuses, key=SHOWN_FIRST.index)
        stored, read = (sum(job[name] for job in jobs) for name in ("lines_stored", "lines_read"))
        files = f", {len(jobs)} files" if len(jobs) > 1 else ""
        told = f"{status.replace('_', ' ')}{files}, {stored:,} of {read:,} lines stored"
        self._show(100 if status.startswith("completed") else None, told)
        if not self._progress.console.is_terminal:
            self.note(told)

    def note(self, told: str) -> None:
        """Says something about the file, for good."""
        self._progress.console.print(f"{self.name}: {told}", markup=False, highlight=False, soft_wrap=True)

    def _show(self, completed: float | None, told: str) -> None:
        self._progress.update(self._task, completed=completed, told=told)


@dataclass
class Bars:
    """All bars of one command."""

    _progress: Progress

    def add(self, name: str, size_bytes: int) -> Bar:
        """A bar for one more file."""
        return Bar(name, size_bytes, self._progress, self._progress.add_task(name, total=100, told="waiting"))


@contextmanager
def progress_bars() -> Iterator[Bars]:
    """Bars on stderr for as long as the block lasts."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Bars(progress)
