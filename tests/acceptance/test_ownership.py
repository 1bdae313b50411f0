"""What is somebody else's does not exist; without a login there is nothing."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import pytest

from tests.support.suite import Suite
from tests.support.user import User

OF_ONE_JOB = ["/api/jobs/{}", "/api/jobs/{}/lines", "/api/stats/{}", "/stream/{}"]
OF_A_USER = ["/api/jobs", "/api/stats", "/api/rollups", "/stream", "/auth/me", "/auth/api-keys"]


@pytest.fixture
def stranger(suite: Suite) -> Iterator[User]:
    with User(suite.api_url) as other:
        yield other


def told(answer: httpx.Response) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["title"], problem["detail"]


@pytest.mark.parametrize("path", OF_ONE_JOB)
def test_another_ones_job_and_no_job_are_the_same(user: User, stranger: User, path: str) -> None:
    job_id = user.upload(b"mine\n")
    user.wait(job_id)
    theirs = stranger.http.get(path.format(job_id))
    missing = stranger.http.get(path.format(uuid4()))
    assert told(theirs) == told(missing)
    assert theirs.status_code == 404


@pytest.mark.parametrize("path", [*OF_A_USER, *(path.format(UUID(int=7)) for path in OF_ONE_JOB)])
def test_nothing_without_a_login(suite: Suite, path: str) -> None:
    assert httpx.get(suite.api_url + path).status_code == 401


def test_no_upload_without_a_login(suite: Suite) -> None:
    assert httpx.post(suite.api_url + "/upload", content=b"line\n").status_code == 401


def test_a_stranger_sees_an_empty_house(user: User, stranger: User) -> None:
    user.wait(user.upload(b'10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5\n'))
    assert stranger.get("/api/jobs")["items"] == []
    assert stranger.get("/api/stats")["lines_read"] == 0
    assert stranger.get("/api/rollups", step="1m", group_by="level")["items"] == []
