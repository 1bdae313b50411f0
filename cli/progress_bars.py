"""Progress bars: bytes while a file is sent, lines while it is processed. Off a terminal, a line at the end of each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cli.terminal import escaped

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
    _told: str = ""
    _notice: str | None = None
    is_sending: bool = True
    """Whether the api has not all of it yet."""

    def sent(self, count: int) -> None:
        """`count` more bytes are on their way."""
        self._sent_bytes += count
        share = self._sent_bytes / self.size_bytes if self.size_bytes else 1
        self._show(UPLOAD_SHARE * share, f"sent {self._sent_bytes / 1e6:,.1f} of {self.size_bytes / 1e6:,.1f} MB")

    def waits(self, told: str) -> None:
        """The file will be sent from its beginning."""
        self._sent_bytes = 0
        self._show(0, told)

    def uploaded(self) -> None:
        """The api has all of the file in its queue."""
        self.is_sending, self._notice = False, None
        self._show(UPLOAD_SHARE, "queued")

    def notice(self, notice: str | None) -> None:
        """What holds the upload up, beside the bar, or for good where there is none; None once it goes on."""
        if notice == self._notice:
            return
        self._notice = notice
        self._show(None, self._told)
        if notice and not self._progress.console.is_terminal:
            self.note(notice)

    def moved(self, data: dict[str, Any]) -> None:
        """Shows a progress event."""
        rate = data["lines_per_second"]
        done = data["lines_stored"] + data["lines_rejected"] + data["lines_dead_lettered"]
        told = f"{done:,} of {data['lines_read']:,} lines" + (f", {rate:,}/s" if rate else "")
        percent = data["progress_percent"] or 0
        self.notice(data.get("notice"))
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
        said = escaped(f"{self.name}: {told}")
        self._progress.console.print(said, markup=False, highlight=False, soft_wrap=True)

    def _show(self, completed: float | None, told: str) -> None:
        self._told = told
        shown = f"{told}; {self._notice}" if self._notice else told
        self._progress.update(self._task, completed=completed, told=escaped(shown))


@dataclass
class Bars:
    """All bars of one command."""

    _progress: Progress
    _bars: list[Bar] = field(default_factory=list)
    _notices: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, name: str, size_bytes: int) -> Bar:
        """A bar for one more file."""
        task = self._progress.add_task(escaped(name), total=100, told="waiting")
        self._bars.append(Bar(name, size_bytes, self._progress, task))
        return self._bars[-1]

    def noticed(self, data: dict[str, Any]) -> None:
        """Shows the notice of a progress event of any job at the file that is being sent as that job.

        Only the name tells which one that is, and of a file in an archive not even that: all have its notice.
        """
        if data["status"] == "receiving" and data.get("notice"):
            self._notices[data["job_id"]] = (data["file_name"], data["notice"])
        else:
            self._notices.pop(data["job_id"], None)
        names = {bar.name for bar in self._bars}
        for bar in self._bars:
            if bar.is_sending:
                told = (notice for name, notice in self._notices.values() if name == bar.name or name not in names)
                bar.notice(next(told, None))


@contextmanager
def progress_bars() -> Iterator[Bars]:
    """Bars on stderr for as long as the block lasts."""
    with _progress() as progress:
        yield Bars(progress)


@contextmanager
def count_bar(name: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """A bar of `total` things on stderr: call it with how many are done, and what to say beside it."""
    with _progress() as progress:
        task = progress.add_task(name, total=total, told="")

        def show(done: int, told: str) -> None:
            progress.update(task, completed=done, told=told)

        yield show


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)
