"""GitHub under faults: delivers, and delivers again what got no answer or a bad one; each has to be one record."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from tests.faults.proof import Ask
from tests.support.suite import wait_for
from tests.support.webhooks import Hook, message, new_delivery_id

RECORDS = """
SELECT trace_id, count(*) AS records, min(job_id::text) AS job_id, min(line_no) AS line_no
FROM log_records JOIN jobs USING (job_id) WHERE source = 'github' GROUP BY trace_id
"""
DAYS_ARE_OVER = "UPDATE webhook_feeds SET day = day - 2 WHERE closed_at IS NULL"
ENDED_BADLY = """
SELECT job_id, file_name, status, lines_read, lines_stored FROM jobs
WHERE source = 'github' AND (status <> 'completed' OR lines_read <> lines_stored OR bytes_received <> bytes_total)
"""
REPOSITORIES = 3
REDELIVERY_SECONDS = 120
REST_SECONDS = 0.2
"""After a failure: while nobody answers, there are not to be thousands."""
ODD_SHOWN = 200


class Github(threading.Thread):
    """One sender, through several apis in turn. `told`: the answer to each delivery that was accepted, by its id.

    `failed`: payloads still to be delivered again. `odd`: what may never happen, in words.
    """

    def __init__(self, hooks: Sequence[Hook], pause_seconds: float = 0) -> None:
        super().__init__(name="github")
        self._hooks = hooks
        self._pause_seconds = pause_seconds
        self._over = threading.Event()
        self._tries = 0
        self.told: dict[str, dict[str, Any]] = {}
        self.failed: dict[str, object] = {}
        self.answers: Counter[str] = Counter()
        self.odd: list[str] = []

    def run(self) -> None:
        """Until `stop`."""
        while not self._over.wait(self._pause_seconds):
            delivery_id = new_delivery_id()
            payload = message(delivery_id, f"octo/r{len(self.told) % REPOSITORIES}")
            if not self.deliver(delivery_id, payload):
                self.failed[delivery_id] = payload
                self._over.wait(REST_SECONDS)

    def stop(self) -> None:
        """Nothing new from now on."""
        self._over.set()

    def redeliver(self) -> None:
        """Until all that failed is accepted."""
        for delivery_id, payload in self.failed.items():

            def is_accepted(delivery_id: str = delivery_id, payload: object = payload) -> bool:
                return self.deliver(delivery_id, payload)

            wait_for(f"delivery {delivery_id} to be accepted", is_accepted, REDELIVERY_SECONDS)
        self.failed.clear()

    def deliver(self, delivery_id: str, payload: object) -> bool:
        """Whether it was accepted; an answer that is neither that nor 503 is odd, and so is another one than before."""
        self._tries += 1
        hook = self._hooks[self._tries % len(self._hooks)]
        try:
            answer = hook.deliver(payload, "told", delivery_id)
        except httpx.TransportError as error:
            self.answers[type(error).__name__] += 1
            return False
        self.answers[str(answer.status_code)] += 1
        if answer.status_code == 202:
            if self.told.setdefault(delivery_id, answer.json()) != answer.json():
                self.odd.append(f"{delivery_id} was answered {self.told[delivery_id]}, then {answer.text}")
        elif answer.status_code != 503:
            self.odd.append(f"{answer.status_code} {answer.text[:ODD_SHOWN]}")
        return answer.status_code == 202


@contextmanager
def delivering(senders: Sequence[Github]) -> Iterator[None]:
    """All of them deliver during the block."""
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        for sender in senders:
            sender.stop()
        for sender in senders:
            sender.join()


def wrong_deliveries(ask: Ask, told: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is lost, doubled, misplaced or of nobody, in words, once all of `told` ought to be stored."""
    found = {row["trace_id"]: row for row in ask(RECORDS)}
    wrong = [f"delivery {delivery_id} is lost" for delivery_id in told.keys() - found.keys()]
    wrong += [f"delivery {delivery_id} was never accepted, but is there" for delivery_id in found.keys() - told.keys()]
    for delivery_id in told.keys() & found.keys():
        row, answer = found[delivery_id], told[delivery_id]
        if row["records"] != 1:
            wrong.append(f"delivery {delivery_id} is there {row['records']} times")
        if (row["job_id"], row["line_no"]) != (answer["job_id"], answer["line_no"]):
            wrong.append(f"delivery {delivery_id} is not where its answer says")
    return wrong


def badly_ended(ask: Ask) -> list[str]:
    """Rolling jobs that did not complete, in words, once all of their days are over."""
    return [f"rolling job {dict(row)}" for row in ask(ENDED_BADLY)]
