"""`python -m bench.pipeline`: lines a second from POST /upload to committed rows, on a suite of its own.

Starts an api, an aggregator and `--workers` workers around private servers, uploads generated access-log lines and
prints the rate from the first byte sent to the job's end.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from bench.access_lines import access_lines
from deploy.local.infrastructure import lease
from deploy.local.postgres import create_database, drop_database
from deploy.local.rabbitmq import create_vhost, drop_vhost
from tests.support.load import chunks
from tests.support.suite import ROOT, Suite
from tests.support.user import User, assert_conserved


@contextmanager
def running_suite(workers: int) -> Iterator[Suite]:
    """A ready suite on an empty database and virtual host."""
    name = f"bench_{uuid4().hex}"
    with lease(ROOT) as servers, tempfile.TemporaryDirectory() as folder:
        database, vhost = create_database(servers.postgres, name), create_vhost(servers.rabbitmq, name)
        suite = Suite({**database.environment(), **vhost.environment()}, Path(folder))
        try:
            yield suite.start_all(workers)
        finally:
            suite.stop_all()
            drop_database(servers.postgres, name)
            drop_vhost(servers.rabbitmq, name)


def measure(user: User, content: bytes) -> tuple[int, float, float]:
    """Uploads once: lines stored, seconds until the upload was answered, seconds until the job ended."""
    began = time.monotonic()
    job_id = user.upload(chunks(content), "access.log", again="true")
    answered = time.monotonic() - began
    job = user.wait(job_id, 600)
    ended = time.monotonic() - began
    assert_conserved(job)
    return job["lines_stored"], answered, ended


def main(arguments: list[str]) -> None:
    """Prints a row a round."""
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline", description=__doc__)
    parser.add_argument("--lines", type=int, default=500_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    content = access_lines(options.lines)
    title = f"{options.lines:,} access-log lines of {len(content) / options.lines:.0f} bytes, {options.workers} workers"
    table = Table("round", "rows", "answered after", "all stored after", "lines/s", "MB/s", title=title)
    with running_suite(options.workers) as suite, User(suite.api_url) as user:
        for number in range(1, options.rounds + 1):
            stored, answered, ended = measure(user, content)
            rates = (f"{stored / ended:,.0f}", f"{len(content) / ended / 1e6:.1f}")
            table.add_row(str(number), f"{stored:,}", f"{answered:.2f} s", f"{ended:.2f} s", *rates)
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
