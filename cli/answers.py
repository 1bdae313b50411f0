"""What the api's answers mean: a refusal becomes an error in words."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx

from shared.errors import LogmillError

BUSY = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE})
DUPLICATE = "urn:logmill:problem:duplicate"


class ApiError(LogmillError):
    """The api refused a request, or does not answer; the text is for the person at the terminal.

    `status` is the HTTP status, or None where there was no answer.
    """

    def __init__(self, told: str, status: int | None = None) -> None:
        super().__init__(told)
        self.status = status


class AlreadyThere(ApiError):
    """The same content came in before, as the job `job_id`."""

    def __init__(self, told: str, job_id: str) -> None:
        super().__init__(told, httpx.codes.CONFLICT)
        self.job_id = job_id


class TooLarge(ApiError):
    """The api takes less than that (413)."""


class ApiBusy(ApiError):
    """The api cannot answer now (429, 502, 503) but may in a moment: `retry_after_seconds`, where it says so.

    Nothing came of the request: an upload that broke off with lines kept is a plain ApiError.
    """

    def __init__(self, told: str, status: int, retry_after_seconds: int | None = None) -> None:
        super().__init__(told, status)
        self.retry_after_seconds = retry_after_seconds


class Unreachable(ApiError):
    """Nobody answers at the api's address, or not to the end."""


async def check(answer: httpx.Response) -> None:
    """Raises the ApiError that an answer stands for; none where it is a success."""
    if answer.is_success:
        return
    await answer.aread()
    told, problem = answer.reason_phrase, {}
    with suppress(ValueError, KeyError, TypeError):
        problem = dict(answer.json())
        told = f"{problem['title']}: {problem['detail']}"
    told = f"{answer.request.url.path} answered {answer.status_code} ({told})"
    if problem.get("type") == DUPLICATE and "job_id" in problem:
        raise AlreadyThere(told, problem["job_id"])
    kept = kept_lines(problem)
    told += kept
    if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        raise TooLarge(told, answer.status_code)
    if answer.status_code in BUSY and not kept:
        seconds = answer.headers.get("Retry-After", "")
        raise ApiBusy(told, answer.status_code, int(seconds) if seconds.isdecimal() else None)
    raise ApiError(told, answer.status_code)


def kept_lines(problem: Mapping[str, Any]) -> str:
    """Which jobs have what came in of an upload that did not come in whole; empty where none has."""
    jobs = [f"job {job['job_id']} ({job['file_name']}) is {job['status']}" for job in problem.get("jobs", [])]
    if not jobs and "job_id" in problem:
        jobs = [f"job {problem['job_id']}"]
    return f"; what could be read before is kept: {', '.join(jobs)}" if jobs else ""
