"""Clients that upload the oracle's files through a suite under faults, and the journal of what they were told."""

import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from tests.faults.lines import Content, content_of, mix
from tests.support.user import User

TIMEOUT_SECONDS = 45
MOST_TRIES = 4
PAUSES_SECONDS = (0.3, 1, 2)
CHUNK_BYTES = (512, 8192, 65536)
LONGEST_REST_SECONDS = 0.4


class BreaksOff(Exception):
    """A client that goes away in the middle of its upload."""


@dataclass
class Journal:
    """What clients tried and were told; shared by their threads.

    `attempted`: contents by upload number. `acknowledged`: the upload whose content a job was promised to hold, by
    the job's id. `answers`: how many of each kind there were.
    """

    seed: int
    most_lines: int
    attempted: dict[int, Content] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> Content:
        """The next upload."""
        with self._lock:
            number = len(self.attempted) + 1
            self.attempted[number] = content_of(self.seed, number, self.most_lines)
            return self.attempted[number]

    def acknowledge(self, job_id: str, upload: int) -> None:
        """A client was told that this job has all of this upload."""
        with self._lock:
            self.acknowledged[job_id] = upload

    def note(self, answer: str) -> None:
        """Counts one answer."""
        with self._lock:
            self.answers[answer] += 1

    def expected(self, file_name: str) -> Content | None:
        """What a job with this name may hold; None for a name no client uses."""
        number, _, rest = file_name.partition("-")
        return self.attempted.get(int(number)) if rest and number.isdigit() else None


class Client:
    """A user who uploads one file after another until stopped, and tries again as a client should."""

    def __init__(self, number: int, api_urls: Sequence[str], journal: Journal) -> None:
        self._apis = api_urls
        self._journal = journal
        self._stop = threading.Event()
        self.user = User(api_urls[number % len(api_urls)])
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS, headers={"Authorization": f"Bearer {self.user.token}"})
        self._thread = threading.Thread(target=self._run, name=f"client {number}")

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Begins no other upload, and no other try of this one."""
        self._stop.set()

    def join(self) -> None:
        """Returns once the last answer is in."""
        self._thread.join()

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()
        self.user.http.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            content = self._journal.begin()
            chance = random.Random(mix(content.seed, content.upload, 1))
            self._upload(content, chance)
            self._stop.wait(chance.random() * LONGEST_REST_SECONDS)

    def _upload(self, content: Content, chance: random.Random) -> None:
        """Until it is acknowledged, the client gives up, or leaves."""
        body = content.body()
        goes_away = chance.random() < 0.08
        for number in range(MOST_TRIES):
            again = number == 0 or chance.random() < 0.5
            chunks = pieces(body, chance, breaks_off=goes_away and number == 0)
            if self._try(content, number, again, chunks) or goes_away or self._stop.is_set():
                return
            self._stop.wait(PAUSES_SECONDS[min(number, len(PAUSES_SECONDS) - 1)])

    def _try(self, content: Content, number: int, again: bool, chunks: Iterator[bytes]) -> bool:
        """Whether the upload is done with: the server has it all, whichever try brought it."""
        api = self._apis[(content.upload + number) % len(self._apis)]
        query = {"name": f"{content.upload}-{number}.log", **({"again": "true"} if again else {})}
        try:
            answer = self._http.post(f"{api}/upload", params=query, content=chunks)
        except BreaksOff:
            self._journal.note("left by the client")
            return True
        except httpx.HTTPError as error:
            self._journal.note(type(error).__name__)
            return False
        self._journal.note(str(answer.status_code))
        told = answer.json() if answer.headers.get("content-type", "").startswith("application/") else {}
        if answer.status_code == 202 or (answer.status_code == 409 and "job_id" in told):
            self._journal.acknowledge(told["job_id"], content.upload)
            return True
        return False


def pieces(body: bytes, chance: random.Random, breaks_off: bool) -> Iterator[bytes]:
    """The body as a client sends it; one that breaks off does so somewhere in the middle."""
    step = chance.choice(CHUNK_BYTES) if len(body) < 200_000 else CHUNK_BYTES[-1]
    end = int(len(body) * chance.random()) if breaks_off else len(body)
    for start in range(0, end, step):
        yield body[start : min(start + step, end)]
    if breaks_off:
        raise BreaksOff
