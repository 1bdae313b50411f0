"""The demo: sample logs through the running suite, and an account of every line of them."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from cli.generate import ALL_FORMATS, generate_samples
from cli.upload import upload_files
from deploy.local import suite
from deploy.local.credentials import credential
from deploy.local.layout import Layout
from shared.errors import LogmillError

EMAIL = "demo@logmill.dev"

Job = Mapping[str, Any]


class DemoFailed(LogmillError):
    """The suite answered something the demo cannot go on with."""


def run(root: Path, workers: int | None, size_bytes: int, seed: int | None, say: Callable[[str], None]) -> bool:
    """Brings the suite up, ingests samples and prints what became of them; True if every line is accounted for."""
    layout = Layout(root.resolve())
    url = suite.up(root, workers, say)
    password = credential(layout.secrets_file, "demo_password")[:16]
    token = log_in(url, EMAIL, password)
    say(f"generating sample logs of {len(ALL_FORMATS)} formats")
    # A new seed each time, as the same file again would be no new input.
    samples = generate_samples(layout.state / "demo", size_bytes, ALL_FORMATS, seed or time.time_ns())
    paths = [sample.path for sample in samples]
    started = time.monotonic()
    jobs = asyncio.run(upload_files(url, token, paths, follow=True))
    seconds = time.monotonic() - started
    console = open_console()
    console.print(results_table(jobs))
    problems = [text for job, path in zip(jobs, paths, strict=True) for text in problems_of(job, count_lines(path))]
    for problem in problems:
        console.print(f"[red]{problem}[/]")
    if not problems:
        lines = sum(job["lines_read"] for job in jobs)
        console.print(f"[green]every line accounted for:[/] {lines:,} lines in {seconds:.1f} s")
    show_next_steps(console, url, password)
    return not problems


def open_console() -> Console:
    """As wide as the terminal; where there is none, wide enough for the table."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def log_in(url: str, email: str, password: str) -> str:
    """The access token of a user, who is registered first where nobody has that name."""
    account = {"email": email, "password": password}
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        registered = client.post("/auth/register", json=account)
        if registered.status_code not in (httpx.codes.CREATED, httpx.codes.CONFLICT):
            raise DemoFailed(f"/auth/register answered {registered.status_code}: {registered.text}")
        answer = client.post("/auth/login", json=account)
        if not answer.is_success:
            raise DemoFailed(f"/auth/login answered {answer.status_code}: {answer.text}")
        return str(answer.json()["access_token"])


def count_lines(path: Path) -> int:
    """The lines of a file; each of ours ends in a line feed."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1024**2), b""))


def problems_of(job: Job, lines: int) -> list[str]:
    """What is wrong with a job that should have taken in `lines` lines; nothing if every one is accounted for."""
    name, read = job["file_name"], job["lines_read"]
    found = []
    if job["status"] != "completed":
        found.append(f"{name}: {job['status']} ({job['error_message'] or 'no error message'})")
    if read != lines:
        found.append(f"{name}: {lines} lines in the file, {read} lines read")
    if read != (kept := job["lines_stored"] + job["lines_rejected"] + job["lines_dead_lettered"]):
        found.append(f"{name}: {read} lines read, {kept} lines stored, rejected or dead-lettered")
    return found


def results_table(jobs: list[dict[str, Any]]) -> Table:
    """A row a job: read = stored + rejected + dead-lettered."""
    table = Table("file", "status", box=None, pad_edge=False)
    for heading in ("lines read", "= stored", "+ rejected", "+ dead-lettered", "lines/s"):
        table.add_column(heading, justify="right")
    table.add_column("formats")
    for job in jobs:
        counts = [job[f"lines_{outcome}"] for outcome in ("read", "stored", "rejected", "dead_lettered")]
        rate = lines_per_second(job)
        numbers = [*(f"{count:,}" for count in counts), f"{rate:,.0f}" if rate else ""]
        table.add_row(job["file_name"], job["status"], *numbers, ", ".join(sorted(job["format_counts"] or {})))
    return table


def lines_per_second(job: Job) -> float | None:
    """From a job's creation to its end; None while it has not ended."""
    if not job["created_at"] or not job["completed_at"]:
        return None
    taken = datetime.fromisoformat(job["completed_at"]) - datetime.fromisoformat(job["created_at"])
    return float(job["lines_read"] / max(taken.total_seconds(), 0.001))


def show_next_steps(console: Console, url: str, password: str) -> None:
    """Where to look, and what to type next."""
    command = f".venv/bin/logmill upload FILE... --follow --url {url} --email {EMAIL}"
    for text in (
        f"\nthe page:  [bold]{url}[/]",
        f"login:     {EMAIL}  {password}",
        f"\nyour own:  {command}",
        "the suite: ./justw status, ./justw logs -f, ./justw up --workers 4, ./justw down",
    ):
        console.print(text, soft_wrap=True)
