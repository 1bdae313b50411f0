"""What a canary is told: which api, as whom, how often, how much."""

from dataclasses import dataclass, field
from pathlib import Path

import httpx
import typer

from cli.canary.rounds import Limits

PASSWORD = "LOGMILL_CANARY_PASSWORD"  # noqa: S105


@dataclass(frozen=True, slots=True)
class CanarySettings:
    """Checked: every value is within its limits."""

    url: str
    email: str
    password: str = field(repr=False)
    host: str
    port: int
    interval_seconds: int
    lines: int
    keep: int
    limits: Limits


def read_password(file: Path | None, variable: str | None) -> str:
    """The password, of LOGMILL_CANARY_PASSWORD or of a file; a line feed at the file's end does not count.

    Raises BadParameter, which never tells it, where there is none, or two.
    """
    if file is None:
        if not variable:
            raise typer.BadParameter(f"set {PASSWORD}, or name a file that holds it: --password-file, {PASSWORD}_FILE")
        return variable
    if variable:
        raise typer.BadParameter(f"{PASSWORD} and {PASSWORD}_FILE are both set")
    try:
        password = file.read_text("utf-8").rstrip("\r\n")
    except (UnicodeDecodeError, OSError) as error:
        raise typer.BadParameter(f"{PASSWORD}_FILE: {file} cannot be read: {type(error).__name__}") from None
    if not password:
        raise typer.BadParameter(f"{PASSWORD}_FILE: {file} is empty")
    return password


def read_url(url: str) -> str:
    """The api's address; raises BadParameter where nothing could ever answer there."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise typer.BadParameter(f"LOGMILL_CANARY_URL: {url} is not an address: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise typer.BadParameter(f"LOGMILL_CANARY_URL: {url} does not begin with http:// or https:// and a host")
    return url


def read_limits(late_seconds: int, missing_seconds: int) -> Limits:
    """How long a line may take; raises BadParameter where it would be missing before it is late."""
    if missing_seconds <= late_seconds:
        raise typer.BadParameter(f"--missing-seconds has to be more than --late-seconds, which is {late_seconds}")
    return Limits(late_seconds, missing_seconds)
