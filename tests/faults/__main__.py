"""`python -m tests.faults --seed N --minutes M`: files under random faults; exit status 1 if one is lost."""

import random
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.local.infrastructure import lease
from shared.errors import LogmillError
from tests.faults.chaos import Options, Report, run
from tests.support.suite import ROOT

INSTANCE = "chaos"
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)


@app.command()
def chaos(
    seed: Annotated[int | None, typer.Option(help="the same one gives the same uploads and schedule of faults")] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="how long faults are injected")] = 2,
    workers: Annotated[int, typer.Option(min=1, max=20, help="worker processes")] = 3,
    clients: Annotated[int, typer.Option(min=1, max=20, help="uploads at once")] = 4,
    poison: Annotated[int, typer.Option(min=0, help="an upload whose first lines kill the workers; 0 for none")] = 0,
) -> None:
    """Upload while processes, servers and networks fail at random, then account for every line."""
    options = Options(
        random.randrange(10**6) if seed is None else seed, minutes * 60, workers, clients, poisoned_upload=poison
    )
    over = threading.Event()
    end_early(over)
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{options.seed}-"))
    with lease(ROOT, INSTANCE) as servers:
        report = run(servers, options, folder, over, lambda text: console.print(text, markup=False))
    show(report)
    if not report.is_clean:
        raise typer.Exit(1)
    if not report.logged_errors:
        shutil.rmtree(folder)


def end_early(over: threading.Event) -> None:
    """The first SIGINT ends the faults and checks what came of them, the second ends the run without a check."""

    def interrupt(_signal: int, _frame: object) -> None:
        if over.is_set():
            raise KeyboardInterrupt
        console.print("interrupted: no more faults; checking what came of those so far (again: end without a check)")
        over.set()

    signal.signal(signal.SIGINT, interrupt)


def show(report: Report) -> None:
    """Prints what was done, and what became of the lines."""
    table = Table("fault", "injected", title=f"seed {report.options.seed}", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for kind, count in sorted(report.faults.items()):
        table.add_row(kind, str(count))
    table.add_row("all", str(report.faults.total()), style="bold")
    console.print(table)
    told = {
        "answers": dict(report.answers.most_common()),
        "webhook deliveries": dict(report.deliveries.most_common()),
        "processes ended": dict(report.exits.most_common()),
        "errors logged": dict(report.logged_errors.most_common()),
        "could not be injected": dict(report.failed_faults),
        "dead letters before the replay": dict(report.dead_letters),
        "duplicate batches seen by the ledger": report.duplicates,
        "seconds from the last fault to quiet": round(report.recovery_seconds, 1),
    }
    for what, value in told.items():
        console.print(f"{what}: {value or 'none'}", markup=False)
    lines = Table("lines", "", box=None, pad_edge=False)
    lines.columns[1].justify = "right"
    for name, count in report.verdict.counts.items():
        lines.add_row(name.replace("_", "-"), f"{count:,}")
    console.print(lines)
    for text in [*report.verdict.violations, *report.findings]:
        console.print(f"BROKEN: {text}", markup=False, style="red")
    console.print("every promise kept" if report.is_clean else "promises were broken", style="bold")


def main() -> None:
    """Runs it; what is wrong with the machine is said in words, not as a stack trace."""
    try:
        app()
    except LogmillError as error:
        console.print(f"error: {error}", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("ended without a check: nothing is known of this run")
        sys.exit(130)


if __name__ == "__main__":
    main()
