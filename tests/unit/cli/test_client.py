"""The command line's HTTP client: what it retries, when it gives up, and whose proxy it uses."""

import os
from pathlib import Path

import httpx
import pytest

from cli.answers import DUPLICATE, AlreadyThere, ApiError, TooLarge, kept_lines
from cli.client import ApiClient, is_loopback

JOB = "0190"
RUNNING = 'event: progress\ndata: {"lines_read": 1}\n\n'
DONE = 'event: completed\ndata: {"lines_read": 2}\n\n'


class Api:
    """Answers one after the other; an exception is raised. The last one stays."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def follow(api: Api, patience_seconds: float) -> list[str]:
    transport = httpx.MockTransport(api)
    client = ApiClient("http://127.0.0.1:1", "token", transport=transport, patience_seconds=patience_seconds)
    try:
        return [progress.event async for progress in client.follow(JOB)]
    finally:
        await client.close()


TROUBLES = [
    httpx.Response(503, json={"title": "Unavailable", "detail": "starting"}),
    httpx.Response(429, text="slow down"),
    httpx.Response(200, text=RUNNING),
    httpx.ConnectError("nobody listens"),
    httpx.ReadError(""),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
async def test_follow_outlives_a_restart(trouble: httpx.Response | Exception) -> None:
    events = await follow(Api(trouble, httpx.Response(200, text=RUNNING + DONE)), 60)
    assert events[-2:] == ["progress", "completed"]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (httpx.Response(503, json={"title": "Unavailable", "detail": "starting"}), "answered 503"),
        (httpx.ConnectError("nobody listens"), "nobody listens"),
        (httpx.Response(200, text=""), "the stream ended early"),
    ],
)
async def test_follow_gives_up_in_words(trouble: httpx.Response | Exception, said: str) -> None:
    with pytest.raises(ApiError, match=f"cannot follow job {JOB}.*{said}"):
        await follow(Api(trouble), 0.01)


async def test_a_login_waits_its_turn() -> None:
    busy, granted = httpx.Response(429, text="slow down"), httpx.Response(200, json={"access_token": "t"})
    client = ApiClient("http://127.0.0.1:1", transport=httpx.MockTransport(Api(busy, busy, granted)))
    assert await client.login("a@example.com", "secret") == "t"
    await client.close()


async def test_follow_does_not_retry_a_refusal() -> None:
    refusal = httpx.Response(404, json={"title": "Not found", "detail": "no such job"})
    with pytest.raises(ApiError, match="no such job"):
        await follow(Api(refusal), 60)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8081", True),
        ("http://127.8.0.1", True),
        ("http://[::1]:8081", True),
        ("http://localhost:8081", True),
        ("http://10.0.0.1:8081", False),
        ("https://logs.example.org", False),
        ("https://localhost.example.org", False),
    ],
)
def test_loopback(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_what_is_no_address() -> None:
    with pytest.raises(ApiError, match="is not an address"):
        ApiClient("http://127.0.0.1:port")


async def test_another_server() -> None:
    client = ApiClient("http://127.0.0.1:1", transport=httpx.MockTransport(Api(httpx.Response(200, text="<html>"))))
    with pytest.raises(ApiError, match="does not answer as logmill does"):
        await client.login("ann@example.org", "secret")
    await client.close()


async def test_content_that_came_in_before(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\n")
    problem = {"type": DUPLICATE, "title": "Duplicate", "detail": "The same content came in before.", "job_id": JOB}
    client = ApiClient("http://127.0.0.1:1", transport=httpx.MockTransport(Api(httpx.Response(409, json=problem))))
    with pytest.raises(AlreadyThere, match="answered 409") as caught:
        await client.upload(tmp_path / "a.log", lambda _sent: None)
    await client.close()
    assert caught.value.job_id == JOB


KEPT = [
    {"job_id": JOB, "file_name": "a.log", "status": "failed"},
    {"job_id": "1", "file_name": "b", "status": "failed"},
]
REFUSALS: list[tuple[int, dict[str, object], type[ApiError], str]] = [
    (409, {"type": "urn:logmill:problem:job-ended", "job_id": JOB}, ApiError, "answered 409"),
    (413, {}, TooLarge, "answered 413"),
    (422, {"job_id": JOB, "jobs": KEPT}, ApiError, f"is kept: job {JOB} (a.log) is failed, job 1 (b) is failed"),
]


@pytest.mark.parametrize(("status", "problem", "kind", "said"), REFUSALS)
async def test_refused_uploads(
    tmp_path: Path, status: int, problem: dict[str, object], kind: type[ApiError], said: str
) -> None:
    (tmp_path / "a.log").write_bytes(b"one\n")
    answer = httpx.Response(status, json={"title": "No", "detail": "no", **problem})
    client = ApiClient("http://127.0.0.1:1", transport=httpx.MockTransport(Api(answer)))
    with pytest.raises(ApiError) as caught:
        await client.upload(tmp_path / "a.log", lambda _sent: None)
    await client.close()
    assert type(caught.value) is kind
    assert said in str(caught.value)


def test_nothing_is_kept() -> None:
    assert kept_lines({"title": "No"}) == ""


async def test_an_archive_has_many_jobs(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    answer = httpx.Response(202, json={"job_id": "2", "jobs": [{"job_id": "1"}, {"job_id": "2"}]})
    client = ApiClient("http://127.0.0.1:1", transport=httpx.MockTransport(Api(answer)))
    assert await client.upload(tmp_path / "a.zip", lambda _sent: None) == ["1", "2"]
    await client.close()


async def test_an_export_that_breaks_off() -> None:
    api = Api(httpx.RemoteProtocolError("peer closed connection without sending complete message body"))
    client = ApiClient("http://127.0.0.1:1", transport=httpx.MockTransport(api))
    with pytest.raises(ApiError, match=f"the export of job {JOB} broke off: peer closed"):
        await client.export(JOB, {}, lambda _chunk: None)
    await client.close()


@pytest.mark.parametrize("token", ["tok\u00ebn", "token\n", "to\x1bken"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(ApiError, match="the token has characters that no token has"):
        ApiClient("http://127.0.0.1:1", token)


async def test_a_name_that_is_no_utf_8(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\xff.log")
    path.write_bytes(b"one\n")
    names: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        names.append(request.url.params["name"])
        return httpx.Response(202, json={"jobs": []})

    client = ApiClient("http://127.0.0.1:1", transport=httpx.MockTransport(answer))
    await client.upload(path, lambda _sent: None)
    await client.close()
    assert names == ["a\ufffd.log"]
