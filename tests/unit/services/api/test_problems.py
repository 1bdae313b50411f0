"""What each error means to a caller."""

import json

import pytest
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.api.problems import (
    TooManyRequestsError,
    invalid_field,
    invalid_fields,
    not_found,
    problem_response,
    problem_type,
    refusal_of,
)
from shared.errors import BrokerUnavailable, DatabaseUnavailable, InputError, PoisonMessage, TransientError

REQUEST = Request({"type": "http", "method": "GET", "path": "/x", "headers": [], "state": {"request_id": "r1"}})


@pytest.mark.parametrize(
    ("error", "status", "title", "headers"),
    [
        (not_found(), 404, "Not found", {}),
        (HTTPException(404), 404, "Not found", {}),
        (HTTPException(405, headers={"Allow": "GET, POST"}), 405, "Method not allowed", {"allow": "GET, POST"}),
        (InputError(401, "Login needed", "d"), 401, "Login needed", {"www-authenticate": "Bearer"}),
        (InputError(413, "Too large", "d"), 413, "Too large", {}),
        (invalid_field("limit", "too small"), 422, "Invalid input", {}),
        (InputError(503, "Service stopping", "d"), 503, "Service stopping", {"retry-after": "5"}),
        (TooManyRequestsError(7), 429, "Too many requests", {"retry-after": "7"}),
        (DatabaseUnavailable("relation secret"), 503, "Not available now", {"retry-after": "5"}),
        (BrokerUnavailable("amqp://secret"), 503, "Not available now", {"retry-after": "5"}),
        (TransientError("secret"), 503, "Not available now", {"retry-after": "5"}),
        (PoisonMessage("r", "secret"), 500, "Internal error", {}),
        (ValueError("secret"), 500, "Internal error", {}),
    ],
)
def test_problem(error: Exception, status: int, title: str, headers: dict[str, str]) -> None:
    response = problem_response(REQUEST, refusal_of(error))
    problem = json.loads(bytes(response.body))
    assert (response.status_code, problem["status"], problem["title"]) == (status, status, title)
    assert (problem["instance"], problem["request_id"]) == ("/x", "r1")
    assert response.headers["content-type"] == "application/problem+json"
    assert {name: response.headers.get(name) for name in headers} == headers
    assert b"secret" not in response.body


@pytest.mark.parametrize(
    ("title", "uri"),
    [("Not found", "urn:logmill:problem:not-found"), ("Cross-site (cookie)!", "urn:logmill:problem:cross-site-cookie")],
)
def test_type(title: str, uri: str) -> None:
    assert problem_type(title) == uri


def test_fields_are_named_and_values_are_not() -> None:
    class Body(BaseModel):
        names: list[int]

    with pytest.raises(ValidationError) as refused:
        Body.model_validate_json('{"names": [1, "hunter2"]}')
    problem = invalid_fields(refused.value, in_body=True)
    assert [error.pointer for error in problem.errors] == ["/names/1"]
    assert "hunter2" not in problem.detail
