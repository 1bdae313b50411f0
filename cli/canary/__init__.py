"""`logmill canary`: writes known lines, reads them back, and says what came of them, for as long as it runs."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from cli.client import DEFAULT_URL


def canary(
    url: Annotated[str, typer.Option(envvar="LOGMILL_CANARY_URL", help="the api's address")] = DEFAULT_URL,
    email: Annotated[
        str, typer.Option(envvar="LOGMILL_CANARY_EMAIL", help="an account for the canary alone; made if it is new")
    ] = "canary@localhost",
    password_file: Annotated[
        Path | None,
        typer.Option(envvar="LOGMILL_CANARY_PASSWORD_FILE", help="holds its password; or LOGMILL_CANARY_PASSWORD"),
    ] = None,
    interval_seconds: Annotated[
        int, typer.Option(envvar="LOGMILL_CANARY_INTERVAL_SECONDS", min=1, max=300, help="from round to round")
    ] = 60,
    lines: Annotated[
        int, typer.Option(envvar="LOGMILL_CANARY_LINES", min=10, max=10_000, help="lines of a round")
    ] = 50,
    late_seconds: Annotated[
        int, typer.Option(envvar="LOGMILL_CANARY_LATE_SECONDS", min=1, max=3600, help="after which a line is late")
    ] = 60,
    missing_seconds: Annotated[
        int,
        typer.Option(envvar="LOGMILL_CANARY_MISSING_SECONDS", min=2, max=86_400, help="after which it is missing"),
    ] = 1800,
    keep: Annotated[
        int, typer.Option(envvar="LOGMILL_CANARY_KEEP", min=1, max=100, help="jobs that are looked at again")
    ] = 3,
    host: Annotated[
        str, typer.Option(envvar="LOGMILL_CANARY_HOST", help="address of /metrics and /health")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="LOGMILL_CANARY_PORT", min=0, max=65_535, help="port of /metrics and /health")
    ] = 8084,
) -> None:
    """Write known lines and read them back, again and again: count those late, missing, doubled, altered."""
    # What a server needs takes other commands longer to load than they run.
    from cli.canary.running import run
    from cli.canary.settings import PASSWORD, CanarySettings, read_limits, read_password, read_url

    limits = read_limits(late_seconds, missing_seconds)
    password = read_password(password_file, os.environ.get(PASSWORD))
    settings = CanarySettings(read_url(url), email, password, host, port, interval_seconds, lines, keep, limits)
    asyncio.run(run(settings))
