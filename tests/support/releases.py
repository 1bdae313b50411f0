"""The release before this one, as it was: its processes, and a load that goes on while releases take turns."""

import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from tests.support.suite import Service, Suite, wait_for
from tests.support.user import User
from tests.support.webhooks import PATH, Hook, hook_of, message, new_delivery_id

ARCHIVE = Path(__file__).parents[1] / "releases" / "release.tar.xz"
GIVE_UP_SECONDS = 60
PAUSE_SECONDS = 0.25
"""A person's, between two things; what is to be busy has other work beside."""
LINES = 2000
BUSY = (httpx.TransportError, httpx.HTTPStatusError)


def unpack(folder: Path) -> Path:
    """The release's tree in this folder."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@dataclass(kw_only=True)
class Release(Suite):
    """Processes of the tree in `root`, as `unpack` leaves it."""

    root: Path

    def __post_init__(self) -> None:
        self.environment = {**self.environment, "LOGMILL_CONFIG_DIR": str(self.root / "configs")}

    def _spawn(self, module: str, variables: Mapping[str, str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
        # `-m` looks into the working directory first: nothing is imported from this clone.
        return subprocess.Popen(
            [sys.executable, "-m", module], cwd=self.root, env=dict(variables), stdout=output, stderr=output
        )


def some_lines(name: str, count: int = LINES) -> bytes:
    """Lines in which nothing is like in those of another name."""
    levels = ("INFO", "WARN", "ERROR", "DEBUG")
    return b"".join(
        b"2026-01-02T03:%02d:%02dZ %s %s request %d took %d ms\n"
        % (number // 60 % 60, number % 60, levels[number % 4].encode(), name.encode(), number, number % 977)
        for number in range(count)
    )


@dataclass
class Load:
    """Somebody who uploads, and is told of by webhooks, one thing after the other, to whichever api is `api` then.

    As clients do, what was not answered is sent again: `jobs` are the lines by job, `deliveries` those accepted.
    """

    api: Service
    jobs: dict[str, int] = field(default_factory=dict)
    deliveries: list[str] = field(default_factory=list)
    feeds: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.user = User(self.api.url)
        self._hook = hook_of(self.user)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()
        self.user.http.close()
        if self._error:
            raise self._error

    def wait_for_more(self) -> None:
        """Returns once it has had a few answers more."""
        before = len(self.jobs)
        wait_for("the load to get through", lambda: self._error or len(self.jobs) > before + 1)
        if self._error:
            raise self._error

    def _run(self) -> None:
        number = 0
        try:
            while not self._stop.wait(PAUSE_SECONDS):
                number += 1
                self._send(number)
        except BaseException as error:
            self._error = error

    def _send(self, number: int) -> None:
        self.jobs[self._until_answered(lambda: self.upload(some_lines(f"load-{number}")))] = LINES
        delivery_id = new_delivery_id()
        self.feeds.add(self._until_answered(lambda: self.deliver(f"told {number}", delivery_id)))
        self.deliveries.append(delivery_id)

    def _until_answered(self, send: Callable[[], str]) -> str:
        answers: list[str] = []

        def is_answered() -> bool:
            try:
                answers.append(send())
            except BUSY:
                return False
            return True

        wait_for("an answer", is_answered, GIVE_UP_SECONDS)
        return answers[0]

    def upload(self, content: bytes) -> str:
        """The id of its job, be it of an earlier try. Raises one of BUSY where there is no such answer."""
        with httpx.Client(base_url=self.api.url, headers=self.user.http.headers, timeout=30) as client:
            answer = client.post("/upload", params={"name": "load.log"}, content=content)
        if answer.status_code != httpx.codes.CONFLICT:
            answer.raise_for_status()
        job_id: str = answer.json()["job_id"]
        return job_id

    def deliver(self, text: str, delivery_id: str) -> str:
        """As `upload`."""
        answer = Hook(self.api.url, self._hook.secret, PATH).deliver(message(text), delivery_id=delivery_id)
        job_id: str = answer.raise_for_status().json()["job_id"]
        return job_id
