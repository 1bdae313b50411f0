"""Errors as answers: RFC 9457 problem+json for every path out that is not a success."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.api.congestion import HeldUp
from shared.errors import BrokerUnavailable, DatabaseUnavailable, InputError, TransientError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5


class FieldError(BaseModel):
    """What is wrong with a part of the input: its JSON pointer, or the name of a query parameter."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """Why a request was not done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:logmill:problem:not-found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is nothing at this address, or it is not yours.",
                    "instance": "/api/jobs/00000000-0000-4000-8000-000000000000",
                    "request_id": "7f3c1c9e0f1d4a0f8f1f5d4be4b4a9c2",
                }
            ]
        }
    )

    type: str = Field(description="names the kind of problem; constant")
    title: str = Field(description="the kind of problem in words; constant per type")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened this time, for people")
    instance: str = Field(description="the path asked for")
    request_id: str = Field(description="finds the request in the service's log")
    errors: list[FieldError] | None = Field(None, description="what is wrong with which part of the input")
    retry_after: int | None = Field(None, description="seconds to wait before trying again")
    job_id: UUID | None = Field(None, description="the job of the same content, or of what there is of an upload")
    links: dict[str, str] | None = Field(None, description="where to go on with that job")
    jobs: list[dict[str, Any]] | None = Field(
        None, description="the jobs of an upload that was not read, or not taken in, whole"
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """What went wrong, before it is put into the words of an answer."""

    status: int
    title: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    retry_after_seconds: int | None = None
    headers: Mapping[str, str] | None = None
    job_id: UUID | None = None
    links: Mapping[str, str] | None = None
    jobs: tuple[dict[str, Any], ...] = ()


class InvalidInputError(InputError):
    """A query or body whose fields are not as they should be."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__(422, "Invalid input", "; ".join(f"{e.pointer}: {e.detail}" for e in errors))
        self.errors = errors


class TooManyRequestsError(InputError):
    """A rate limit is used up for `retry_after_seconds`."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(429, "Too many requests", f"Try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


class JobProblemError(InputError):
    """A refusal that has to do with the job `job_id`, whose `links` have its own as `self`."""

    job_id: UUID
    links: Mapping[str, str]
    jobs: tuple[dict[str, Any], ...] = ()


class DuplicateError(JobProblemError):
    """The same content is there already, as that job."""

    def __init__(self, job_id: UUID, links: Mapping[str, str]) -> None:
        told = f"The same content came in as job {job_id}. To take it in once more, add again=true."
        super().__init__(409, "Duplicate", told)
        self.job_id = job_id
        self.links = links


class UploadFailedError(JobProblemError):
    """An upload could not be read, or not to its end: `failure` says why, `jobs` (as in a 202) have what was read."""

    def __init__(self, failure: InputError, jobs: Sequence[dict[str, Any]]) -> None:
        super().__init__(failure.status, failure.title, failure.detail)
        self.jobs = tuple(jobs)
        self.job_id = UUID(self.jobs[0]["job_id"])
        self.links = self.jobs[0]["links"]


class UploadCutOffError(JobProblemError):
    """An upload was taken in for a part only, and not for the sender's fault: `jobs` have what there is of it.

    Who sends all of it again gets that part twice, so nobody is told when to try again.
    """

    def __init__(self, reason: str, jobs: Sequence[dict[str, Any]]) -> None:
        kept = "What came in before is kept; sent again, the whole input comes in once more."
        super().__init__(503, "Upload cut off", f"{reason} {kept}")
        self.jobs = tuple(jobs)
        self.job_id = UUID(self.jobs[0]["job_id"])
        self.links = self.jobs[0]["links"]


def not_found() -> InputError:
    """The one answer for what does not exist and for what belongs to somebody else."""
    return InputError(404, "Not found", "There is nothing at this address, or it is not yours.")


def invalid_field(pointer: str, detail: str) -> InvalidInputError:
    """A refusal because of one field."""
    return InvalidInputError((FieldError(pointer=pointer, detail=detail),))


def invalid_fields(error: ValidationError, *, in_body: bool) -> InvalidInputError:
    """A refusal that names each field pydantic found wrong, never its value."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return InvalidInputError(tuple(_field_error(e["loc"], e["msg"], in_body=in_body) for e in found))


def _field_error(location: tuple[int | str, ...], message: str, *, in_body: bool) -> FieldError:
    path = [str(part).replace("~", "~0").replace("/", "~1") for part in location]
    pointer = "".join(f"/{part}" for part in path) if in_body else ".".join(path)
    return FieldError(pointer=pointer, detail=message.removeprefix("Value error, "))


def refusal_of(error: Exception) -> Refusal:
    """What an error means to the caller; anything unforeseen is an internal error, without details."""
    match error:
        case InvalidInputError():
            return Refusal(error.status, error.title, error.detail, error.errors)
        case TooManyRequestsError():
            return Refusal(error.status, error.title, error.detail, (), error.retry_after_seconds)
        case JobProblemError():
            headers = {"Location": error.links["self"]}
            told = (error.status, error.title, error.detail)
            return Refusal(*told, headers=headers, job_id=error.job_id, links=error.links, jobs=error.jobs)
        case InputError(status=401):
            return Refusal(401, error.title, error.detail, headers={"WWW-Authenticate": "Bearer"})
        case InputError():
            seconds = RETRY_AFTER_SECONDS if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
            return Refusal(error.status, error.title, error.detail, (), seconds)
        case TransientError():
            return Refusal(503, "Not available now", f"{_what_is_away(error)} Try again soon.", (), RETRY_AFTER_SECONDS)
        case HTTPException():
            return _refusal_of_status(error)
        case _:
            return Refusal(500, "Internal error", "The service failed; its log says why.")


def _what_is_away(error: TransientError) -> str:
    match error:
        case DatabaseUnavailable():
            return "The database cannot be reached, or was too busy to answer in time."
        case HeldUp():
            return f"Nothing new is taken in now: {error}."
        case BrokerUnavailable():
            return "The message broker cannot be reached, or takes nothing in now."
        case _:
            return "Something the service depends on is not available."


def _refusal_of_status(error: HTTPException) -> Refusal:
    if error.status_code == HTTPStatus.NOT_FOUND:
        hidden = not_found()
        return Refusal(hidden.status, hidden.title, hidden.detail)
    title = HTTPStatus(error.status_code).phrase.capitalize()
    return Refusal(error.status_code, title, error.detail, headers=error.headers)


def problem_response(request: Request, refusal: Refusal) -> Response:
    """The answer to `request`, whose id the request id middleware gave."""
    seconds = refusal.retry_after_seconds
    problem = Problem(
        type=problem_type(refusal.title),
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail,
        instance=request.url.path,
        request_id=request.scope.get("state", {}).get("request_id", ""),
        errors=list(refusal.errors) or None,
        retry_after=seconds,
        job_id=refusal.job_id,
        links=dict(refusal.links) if refusal.links else None,
        jobs=list(refusal.jobs) or None,
    )
    waiting = {"Retry-After": str(seconds)} if seconds else {}
    content = msgspec.json.encode(problem.model_dump(exclude_none=True))
    headers = {"Cache-Control": "no-store", **waiting, **(refusal.headers or {})}
    return Response(content, refusal.status, headers, MEDIA_TYPE)


def problem_type(title: str) -> str:
    """The URI of a kind of problem."""
    return "urn:logmill:problem:" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


async def answer_error(request: Request, error: Exception) -> Response:
    """Starlette's handler for everything raised on purpose."""
    return problem_response(request, refusal_of(error))


ErrorHandler = Callable[[Request, Exception], Awaitable[Response]]
ERROR_HANDLERS: dict[Any, ErrorHandler] = {
    HTTPException: answer_error,
    InputError: answer_error,
    TransientError: answer_error,
}
"""For Starlette's `exception_handlers`; what is left over is the error middleware's."""
