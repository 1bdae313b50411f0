"""The route table: an operation says what it takes and gives, and that checks, serves and documents it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from services.api.auth.accounts import User
from services.api.auth.authentication import authenticate, unauthorized
from services.api.context import Context
from services.api.problems import invalid_field, invalid_fields, not_found
from shared.errors import InputError

BODY_SECONDS = 30
MAX_BODY_BYTES = 256 * 1024
"""A format's sample may have 16,384 characters, and JSON may spend twelve bytes on one (two escapes)."""
JSON_TYPE = "application/json; charset=utf-8"
ID_LENGTH = 36


class Nothing(BaseModel):
    """No query parameters, or no body."""

    model_config = ConfigDict(frozen=True)


Q = TypeVar("Q", bound=BaseModel)
B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """One request of an operation, with its query and body checked."""

    request: Request
    query: Q
    body: B
    known_user: User | None

    @property
    def user(self) -> User:
        """Who is asking; every operation with a login knows."""
        if self.known_user is None:
            raise unauthorized()
        return self.known_user

    @property
    def job_id(self) -> UUID:
        """The path's job; raises InputError (404) for what cannot be an id."""
        return path_id(self.request, "job_id")


Handler: TypeAlias = Callable[[Context, Call[Q, B]], Awaitable[BaseModel | Response]]


@dataclass(frozen=True, slots=True)
class Operation(Generic[Q, B]):
    """One method of one path.

    `handler` is None where another route serves it and only the documentation is here. `answer` describes
    the body of a success (None: there is none); `documents` is merged into the OpenAPI operation as it is.
    `conflicts`: whether it answers 409 though it takes no body.
    """

    method: str
    path: str
    summary: str
    tag: str
    handler: Handler[Q, B] | None
    query: type[Q]
    body: type[B]
    answer: type[BaseModel] | None
    status: int = 200
    login: bool = True
    documents: Mapping[str, Any] = field(default_factory=dict)
    conflicts: bool = False


AnyOperation: TypeAlias = Operation[Any, Any]


class PathRoute(Route):
    """The one route of its path: it refuses a wrong method itself, even if a later path would fit too."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the path fits."""
        match, child_scope = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL else match), child_scope


def operation_routes(context: Context, operations: Iterable[AnyOperation]) -> list[Route]:
    """One route a path, so that a wrong method is told of all the right ones."""
    by_path: dict[str, dict[str, AnyOperation]] = defaultdict(dict)
    for operation in operations:
        if operation.handler is not None:
            by_path[operation.path][operation.method] = operation
    return [
        PathRoute(path, partial(_dispatch, context, methods), methods=list(methods))
        for path, methods in by_path.items()
    ]


async def _dispatch(context: Context, methods: Mapping[str, AnyOperation], request: Request) -> Response:
    method = "GET" if request.method == "HEAD" else request.method
    return await answer(context, methods[method], request)


async def answer(context: Context, operation: AnyOperation, request: Request) -> Response:
    """Authenticates, checks, handles and writes the answer; raises InputError and TransientError."""
    if operation.handler is None:
        raise not_found()
    user = await authenticate(context, request) if operation.login else None
    query = read_query(operation.query, request.query_params)
    body = await read_body(operation.body, request)
    result = await operation.handler(context, Call(request, query, body, user))
    return result if isinstance(result, Response) else json_response(result, operation.status)


def json_response(content: BaseModel | bytes, status: int = 200) -> Response:
    """An answer nobody keeps a copy of."""
    body = content if isinstance(content, bytes) else content.model_dump_json().encode()
    return Response(body, status, {"Cache-Control": "no-store"}, JSON_TYPE)


def read_query(model: type[Q], parameters: QueryParams) -> Q:
    """The parameters as `model`, repeated ones as a comma-separated list. Empty ones count as not given; a model that
    forbids what it does not know, since leaving something out says too much, refuses them."""
    given = {name: ",".join(parameters.getlist(name)) for name in parameters}
    if model.model_config.get("extra") == "forbid":
        _require_values(given)
    try:
        return model.model_validate({name: value for name, value in given.items() if value != ""})
    except ValidationError as error:
        raise invalid_fields(error, in_body=False) from None


def _require_values(given: Mapping[str, str]) -> None:
    empty = [name for name, value in given.items() if not value.strip()]
    if empty:
        raise invalid_field(empty[0], "is empty; give it a value or leave it out")


async def read_body(model: type[B], request: Request) -> B:
    """The JSON body as `model`; raises InputError for another type, too many bytes, or wrong fields."""
    if model is Nothing:
        return model()
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise InputError(415, "Unsupported media type", "Send the body as application/json.")
    try:
        return model.model_validate_json(await _read_bounded(request))
    except ValidationError as error:
        raise invalid_fields(error, in_body=True) from None


async def _read_bounded(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise InputError(413, "Body too large", f"The body may have at most {MAX_BODY_BYTES} bytes.")
    except TimeoutError:
        raise InputError(408, "Request timeout", f"The body did not come within {BODY_SECONDS} s.") from None
    return bytes(body)


def path_id(request: Request, name: str) -> UUID:
    """The path parameter as an id; raises InputError (404) for anything but a UUID in its usual form."""
    text: str = request.path_params[name]
    try:
        found = UUID(text)
    except ValueError:
        raise not_found() from None
    if len(text) != ID_LENGTH or str(found) != text.lower():
        raise not_found()
    return found
