"""Content to upload, and uploads that run while a test does something else."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from tests.support.user import User

CHUNK_BYTES = 256 * 1024


def chunks(content: bytes) -> Iterator[bytes]:
    """`content` in the pieces a client would send."""
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


class Gate:
    """Chunks that stop half way until the gate is opened, so that a test knows an upload is under way."""

    def __init__(self, content: bytes) -> None:
        self._pieces = list(chunks(content))
        self.half_sent = threading.Event()
        self.open = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        half = len(self._pieces) // 2
        yield from self._pieces[:half]
        self.half_sent.set()
        assert self.open.wait(120), "the test never opened the gate"
        yield from self._pieces[half:]


@contextmanager
def uploading(user: User, content: Iterable[bytes], name: str = "test.log") -> Iterator["Future[str]"]:
    """An upload in a thread of its own, new content or not; the future is the job's id."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(user.upload, content, name, again="true")
