"""Registering, logging in and out, and API keys."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from starlette.responses import Response

from services.api.auth.accounts import add_user, find_login, revoke_session, start_session
from services.api.auth.api_keys import add_key, list_keys, revoke_key
from services.api.auth.authentication import clear_session_cookie, set_session_cookie
from services.api.auth.passwords import MAX_CHARACTERS, MIN_CHARACTERS, weakness
from services.api.context import Context
from services.api.operations import Call, Nothing, Operation, json_response, path_id
from services.api.pages import Page, PageQuery, cut
from services.api.problems import TooManyRequestsError, invalid_field, not_found
from services.api.rate_limits import RateLimit
from shared.errors import InputError

MAX_EMAIL_CHARACTERS = 254
EMAIL = re.compile(r"[^\s@\x00-\x20\x7f]+@[^\s@\x00-\x20\x7f]+")


def normal_email(text: str) -> str:
    """The address as it is stored and compared; raises ValueError where it cannot be one."""
    email = text.strip().lower()
    if len(email) > MAX_EMAIL_CHARACTERS or not EMAIL.fullmatch(email):
        raise ValueError("must be an email address")
    return email


Email = Annotated[
    str,
    AfterValidator(normal_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": MAX_EMAIL_CHARACTERS}),
]


class Body(BaseModel):
    """A JSON body; fields it does not know are refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Registration(Body):
    """A new user."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "ann@example.org", "password": "..."}]})

    email: Email
    password: str = Field(description=f"{MIN_CHARACTERS} to {MAX_CHARACTERS} characters, not a common password")


class Login(Body):
    """What a user knows."""

    email: Email
    password: str = Field(max_length=MAX_CHARACTERS)


class NewApiKey(Body):
    """A key to be made."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]+$", description="what it is for")


class UserAnswer(BaseModel):
    """A user."""

    user_id: UUID
    email: str
    created_at: datetime
    is_operator: bool = Field(description="whether everybody's dead letters are theirs to see and to act on")


class AccessToken(BaseModel):
    """Send it as `Authorization: Bearer …`; browsers get a cookie that does the same."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105
    expires_in: int = Field(description="seconds")


class ApiKeyAnswer(BaseModel):
    """An API key without its secret."""

    api_key_id: UUID
    name: str
    prefix: str = Field(description="how the key begins")
    created_at: datetime


class ApiKeyPage(Page[ApiKeyAnswer]):
    """A page of API keys."""


class NewApiKeyAnswer(ApiKeyAnswer):
    """A new API key, this once with its secret."""

    api_key: str = Field(description="send it as `Authorization: Bearer …`; it is never shown again")


async def register(context: Context, call: Call[Nothing, Registration]) -> UserAnswer:
    """A new user; raises InputError: 409 for an email that is taken, 422 for a weak password."""
    _admit(context.login_limit, context.clients.of(call.request))
    problem = weakness(call.body.password, call.body.email)
    if problem is not None:
        raise invalid_field("/password", problem)
    now = context.clock.now()
    password_hash = await context.passwords.hash(call.body.password)
    user_id = await add_user(context.database, call.body.email, password_hash, now)
    if user_id is None:
        raise InputError(409, "Email taken", "There is a user with this email already; log in instead.")
    return UserAnswer(user_id=user_id, email=call.body.email, created_at=now, is_operator=False)


async def login(context: Context, call: Call[Nothing, Login]) -> Response:
    """A session, as a token and as a cookie; raises InputError (401) for any wrong email or password alike."""
    _admit(context.login_limit, context.clients.of(call.request))
    _admit(context.account_limit, call.body.email)
    known = await find_login(context.database, call.body.email)
    user_id, password_hash = known if known else (None, None)
    matches = await context.passwords.verify(password_hash, call.body.password)
    if user_id is None or not matches:
        raise InputError(401, "Login refused", "The email or the password is wrong.")
    expires_at = context.tokens.expiry()
    session_id = await start_session(context.database, user_id, context.clock.now(), expires_at)
    token = context.tokens.issue(user_id, session_id, expires_at)
    seconds = context.settings.session_seconds
    response = json_response(AccessToken(access_token=token, expires_in=seconds))
    set_session_cookie(response, token, max_age_seconds=seconds, secure=context.settings.cookie_secure)
    return response


async def logout(context: Context, call: Call[Nothing, Nothing]) -> Response:
    """Ends the session, for every copy of its token; an API key stays."""
    if call.user.session_id is not None:
        await revoke_session(context.database, call.user.session_id, context.clock.now())
    response = Response(status_code=204)
    clear_session_cookie(response, secure=context.settings.cookie_secure)
    return response


async def get_me(_context: Context, call: Call[Nothing, Nothing]) -> UserAnswer:
    """Who is asking."""
    user = call.user
    return UserAnswer(user_id=user.user_id, email=user.email, created_at=user.created_at, is_operator=user.is_operator)


async def create_api_key(context: Context, call: Call[Nothing, NewApiKey]) -> NewApiKeyAnswer:
    """A new key of the user's."""
    key, secret = await add_key(context.database, call.user.user_id, call.body.name, context.clock.now())
    return NewApiKeyAnswer(
        api_key_id=key.api_key_id, name=key.name, prefix=key.prefix, created_at=key.created_at, api_key=secret
    )


async def list_api_keys(context: Context, call: Call[PageQuery, Nothing]) -> ApiKeyPage:
    """The user's keys, newest first."""
    limit = call.query.items(context.settings)
    scope = ("api-keys", call.user.user_id)
    before = context.cursors.place(scope, call.query.cursor)
    keys, last = cut(await list_keys(context.database, call.user.user_id, before, limit + 1), limit)
    items = [
        ApiKeyAnswer(api_key_id=key.api_key_id, name=key.name, prefix=key.prefix, created_at=key.created_at)
        for key in keys
    ]
    next_cursor = context.cursors.after(scope, (last.created_at, last.api_key_id)) if last else None
    return ApiKeyPage(items=items, next_cursor=next_cursor)


async def delete_api_key(context: Context, call: Call[Nothing, Nothing]) -> Response:
    """Revokes a key at once."""
    api_key_id = path_id(call.request, "api_key_id")
    if not await revoke_key(context.database, call.user.user_id, api_key_id, context.clock.now()):
        raise not_found()
    return Response(status_code=204)


def _admit(limit: RateLimit, key: str) -> None:
    wait_seconds = limit.take(key)
    if wait_seconds is not None:
        raise TooManyRequestsError(wait_seconds)


KEYS = "/auth/api-keys"
OPERATIONS = (
    Operation(
        "POST", "/auth/register", "Become a user", "login", register, Nothing, Registration, UserAnswer, 201, False
    ),
    Operation("POST", "/auth/login", "Log in", "login", login, Nothing, Login, AccessToken, login=False),
    Operation("POST", "/auth/logout", "Log out", "login", logout, Nothing, Nothing, None, 204),
    Operation("GET", "/auth/me", "Who you are", "login", get_me, Nothing, Nothing, UserAnswer),
    Operation("POST", KEYS, "Make an API key", "login", create_api_key, Nothing, NewApiKey, NewApiKeyAnswer, 201),
    Operation("GET", KEYS, "Your API keys", "login", list_api_keys, PageQuery, Nothing, ApiKeyPage),
    Operation(
        "DELETE", KEYS + "/{api_key_id}", "Revoke an API key", "login", delete_api_key, Nothing, Nothing, None, 204
    ),
)
