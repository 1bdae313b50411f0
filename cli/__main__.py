"""`logmill COMMAND`: what a person or a script does with a running suite, and sample logs to do it with."""

import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from cli.canary import canary
from cli.dead_letters import dead_letters
from cli.doctor import doctor
from cli.export import export
from cli.formats import formats
from cli.generate import generate
from cli.jobs import jobs
from cli.keywords import keywords
from cli.preview import preview
from cli.terminal import note
from cli.upload import upload
from cli.verify import verify
from cli.webhook import webhook
from shared.errors import LogmillError

COMMANDS = (upload, preview, export, verify, keywords, generate, doctor, canary)
"""One function a command, each in a module of its own."""
GROUPS = (jobs, dead_letters, webhook, formats)
"""Commands with commands of their own."""


def build_app() -> typer.Typer:
    """The command line."""
    app = typer.Typer(name="logmill", no_args_is_help=True, pretty_exceptions_enable=False)

    @app.callback()
    def logmill(
        _version: Annotated[
            bool, typer.Option("--version", help="show which version this is", is_eager=True, callback=show_version)
        ] = False,
    ) -> None:
        """Log files in; searchable rows, rollups and live progress out."""

    for command in COMMANDS:
        app.command()(command)
    for group in GROUPS:
        app.add_typer(group)
    return app


def show_version(asked: bool) -> None:
    """Says which version is installed, and ends the command."""
    if asked:
        sys.stdout.write(f"logmill {version('logmill')}\n")
        raise typer.Exit


def main() -> None:
    """Runs a command; what went wrong is said in words, with exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what its encoding lacks is no reason to fail
    try:
        build_app()()
    except (LogmillError, OSError) as error:
        note(f"error: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
