"""`python -m deploy.local COMMAND`: what the justfile's recipes run."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.generate import DEFAULT_SIZE, parse_size
from deploy.local import demonstration, development, infrastructure, log_files, suite
from deploy.local.layout import TEST, Layout
from shared.errors import LogmillError

ROOT = Path(__file__).resolve().parents[2]

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
console = Console(highlight=False, soft_wrap=True)

Workers = Annotated[int | None, typer.Option(min=1, max=100, help="worker processes (2 unless some run)")]


def say(text: str) -> None:
    """Tells the person what happens now."""
    console.print(f"[dim]·[/] {text}")


def say_aside(text: str) -> None:
    """`say` where standard output is somebody else's."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[dim]·[/] {escape(text)}")


@app.command()
def up(workers: Workers = None) -> None:
    """Start the suite, or what is missing of it, and wait until it is ready."""
    url = suite.up(ROOT, workers, say)
    show_status()
    console.print(f"the page: [bold]{url}[/]")


@app.command()
def demo(
    workers: Workers = None,
    size: Annotated[str, typer.Option(help="of the sample logs together")] = DEFAULT_SIZE,
    seed: Annotated[int | None, typer.Option(help="of the sample logs; another one each time without it")] = None,
) -> None:
    """Start the suite, ingest generated sample logs and show what became of them; exit status 1 if a line is lost."""
    if not demonstration.run(ROOT, workers, parse_size(size), seed, say):
        raise typer.Exit(1)


@app.command()
def down(
    wipe: Annotated[bool, typer.Option("--wipe", help="remove all data and passwords as well")] = False,
) -> None:
    """Stop the suite."""
    if wipe:
        suite.wipe(ROOT, say)
    else:
        suite.down(ROOT, say)


@app.command()
def status() -> None:
    """Show every process; exit status 1 unless all are ready."""
    if not show_status():
        raise typer.Exit(1)


@app.command()
def logs(
    name: Annotated[str | None, typer.Argument(help="one process; all without it")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on as they grow")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="last lines of each")] = 50,
) -> None:
    """Show what the processes have logged."""
    log_files.show(Layout(ROOT), name, lines, follow, sys.stdout)


@app.command()
def dev(kinds: Annotated[list[str], typer.Argument(help="api, worker, aggregator")]) -> None:
    """Run services in the foreground, each restarted when its code changes."""
    raise typer.Exit(development.run(ROOT, kinds, say))


@app.command(context_settings={"ignore_unknown_options": True})
def operators(arguments: Annotated[list[str], typer.Argument(help="grant EMAIL, revoke EMAIL or list")]) -> None:
    """Say who sees and mends everybody's dead letters."""
    raise typer.Exit(suite.operators(ROOT, arguments))


@app.command(context_settings={"ignore_unknown_options": True})
def doctor(arguments: Annotated[list[str] | None, typer.Argument(help="as of `logmill doctor`")] = None) -> None:
    """Look at the suite as it is, and say what to mend; exit status 1 where there is something."""
    raise typer.Exit(suite.doctor(ROOT, arguments or []))


@app.command()
def backup(file: Annotated[str, typer.Argument(help="where to; - is standard output")]) -> None:
    """Keep what the suite has in PostgreSQL in a file, while all goes on."""
    raise typer.Exit(suite.backup(ROOT, file, say_aside))


@app.command()
def restore(
    file: Annotated[str, typer.Argument(help="what `backup` made; - is standard input")],
    replace: Annotated[bool, typer.Option("--replace", help="give up what the database has already")] = False,
) -> None:
    """Bring a backup back; the services are stopped for it and started again."""
    raise typer.Exit(suite.restore(ROOT, file, say_aside, replace=replace))


@app.command()
def infra(
    action: Annotated[str, typer.Argument(help="up or down")],
    instance: Annotated[str, typer.Option(help="whose servers")] = TEST,
) -> None:
    """Keep the tests' PostgreSQL and RabbitMQ running between test runs, or end that."""
    layout = Layout(ROOT, instance)
    if action == "up":
        found = infrastructure.keep(layout)
        for setting, value in found.environment().items():
            console.print(f"{setting}={value}", markup=False)
    elif action == "down":
        infrastructure.release(layout)
    else:
        raise typer.BadParameter("up or down")


def show_status() -> bool:
    """Prints the table; True when there are processes and all are ready."""
    rows = suite.status(ROOT)
    if not rows:
        console.print("nothing is running; `./justw up` starts the suite")
        return False
    table = Table("process", "pid", "port", "ready", "memory", box=None, pad_edge=False)
    for row in rows:
        ready = "[green]yes[/]" if row.ready else "[red]no[/]" if row.pid else "[red]dead[/]"
        memory = f"{row.memory_bytes / 1024**2:.0f} MiB" if row.pid else ""
        table.add_row(row.name, str(row.pid or ""), str(row.port or ""), ready, memory)
    console.print(table)
    return all(row.ready for row in rows)


def main() -> None:
    """Runs a command; what is wrong with the machine is said in words, not as a stack trace."""
    try:
        app()
    except LogmillError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print("[red]error:[/]", escape(str(error)))
        sys.exit(1)


if __name__ == "__main__":
    main()
