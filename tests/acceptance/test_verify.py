"""Whatever came in adds up: counted once more by the api, and byte for byte what was sent."""

import asyncio
import gzip
import io
import json
import zipfile
from typing import Any
from uuid import UUID

import aio_pika
import httpx
import pytest

from services.api.uploads.registry import INTERRUPT
from tests.support.by_hand import enter_job, line_batch, publish
from tests.support.suite import Suite, wait_for
from tests.support.user import User

COUNT = 3000
PLAIN = b"".join(b"2026-01-02T03:04:05Z %s request %d\n" % ((b"INFO", b"ERROR")[n % 7 == 0], n) for n in range(COUNT))
TEXT = PLAIN.decode().replace("request", "Zażółć \U0001fab5")
ELEMENTS = [{"time": "2026-01-02T03:04:05Z", "level": "warn", "status": 200 + n % 9, "msg": "é"} for n in range(COUNT)]
AS_LINES = "".join(json.dumps(element, ensure_ascii=False) + "\n" for element in ELEMENTS).encode()
TRACES = b"".join(
    b"2026-01-02T03:04:%02dZ ERROR it broke\njava.lang.IllegalStateException: %d\n\tat a.b.C.d(C.java:1)\n"
    % (n % 60, n)
    for n in range(COUNT)
)
LONG = b"x" * 2_500_000
BROKEN = b"\xff\xfe broken \x80\n\x00\n\n" + PLAIN + b"\xc3\x28\n"


def zip_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


SENT: dict[str, tuple[bytes, list[bytes]]] = {
    "plain": (PLAIN, [PLAIN]),
    "no newline at the end": (PLAIN + b"and so on", [PLAIN + b"and so on"]),
    "nothing": (b"", [b""]),
    "no UTF-8": (b"2026-01-02T03:04:05Z INFO one\n" + BROKEN, [b"2026-01-02T03:04:05Z INFO one\n" + BROKEN]),
    "UTF-16": (TEXT.encode("utf-16"), [TEXT.encode()]),
    "JSON array": (json.dumps(ELEMENTS, ensure_ascii=False).encode(), [AS_LINES]),
    "over-long lines": (b"a\n" + LONG + b"\nb\n" + LONG, [b"a\n" + LONG + b"\nb\n" + LONG]),
    "traces": (TRACES, [TRACES]),
    "gzip": (gzip.compress(TRACES), [TRACES]),
    "members of an archive": (zip_of({"a.log": PLAIN, "b.log.gz": gzip.compress(TRACES)}), [PLAIN, TRACES]),
}


def checks_of(user: User, job_id: str) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in user.get(f"/api/jobs/{job_id}/verify")["checks"]}


def export(user: User, job_id: str) -> httpx.Response:
    return user.http.get(f"/api/jobs/{job_id}/export", params={"format": "raw"})


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", SENT)
def test_what_was_sent_adds_up(user: User, kind: str) -> None:
    content, expected = SENT[kind]
    jobs = user.http.post("/upload", content=content).raise_for_status().json()["jobs"]
    for job, lines in zip(jobs, expected, strict=True):
        assert user.wait(job["job_id"])["status"].startswith("completed")
        checks = checks_of(user, job["job_id"])
        assert {name: check for name, check in checks.items() if not check["ok"]} == {}
        assert checks["content"]["found"] is not None, checks["content"]
        assert export(user, job["job_id"]).raise_for_status().content == lines


async def break_off(suite: Suite, owner_id: UUID, confirmed: list[int], lines_each: int) -> str:
    """An upload of which the broker has these batches, whose sender left before it had those in between."""
    database = await suite.connect()
    under_way = {"status": "receiving", "owner_id": owner_id, "batches_total": None, "sealed_at": None}
    try:
        async with await aio_pika.connect(suite.environment["RABBITMQ_URL"]) as broker:
            job_id = await enter_job(database, lines=0, batches=0, **under_way)
            for batch_no in confirmed:
                await publish(await broker.channel(), line_batch(job_id, batch_no, PLAIN))
        await database.execute(INTERRUPT, job_id, 0, len(confirmed) * lines_each, "The client closed the connection.")
    finally:
        await database.close()
    return str(job_id)


HOLES: list[tuple[list[int], str | None, str]] = [
    ([0, 1, 2], None, ""),
    ([0, 2, 3], "1 of 4 never taken in: its upload broke off", "1 of its first 4 batches never came in"),
    ([2], "2 of 3 never taken in: its upload broke off", "2 of its first 3 batches never came in"),
]


@pytest.mark.parametrize(("confirmed", "detail", "said"), HOLES)
def test_what_broke_off_adds_up_whatever_it_lacks(
    suite: Suite, user: User, confirmed: list[int], detail: str | None, said: str
) -> None:
    owner_id = UUID(user.get("/auth/me")["user_id"])
    job_id = asyncio.run(break_off(suite, owner_id, confirmed, COUNT))
    wait_for("it to add up", lambda: all(check["ok"] for check in checks_of(user, job_id).values()))
    job = user.job(job_id)
    assert (job["status"], job["lines_read"], job["lines_stored"]) == ("interrupted", *[len(confirmed) * COUNT] * 2)
    batches = checks_of(user, job_id)["batches"]
    assert (batches["expected"], batches["found"], batches["detail"]) == (len(confirmed), len(confirmed), detail)
    answer = export(user, job_id)
    if detail is None:
        assert answer.raise_for_status().content == PLAIN * len(confirmed)
    else:
        assert (answer.status_code, said in answer.json()["detail"]) == (409, True)
        assert "again soon" not in answer.json()["detail"]
