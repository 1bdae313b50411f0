"""From a request to its user, by bearer token, API key or session cookie."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection
from starlette.responses import Response

from services.api.auth.accounts import User, find_by_session
from services.api.auth.api_keys import KEY_PREFIX, find_by_key, find_by_key_id
from services.api.auth.tokens import SessionClaim
from services.api.context import Context
from shared.errors import InputError

SESSION_COOKIE = "logmill_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def authenticate(context: Context, connection: HTTPConnection) -> User:
    """The request's user.

    Raises InputError: 401 without a valid credential, 403 where a cookie comes with another site's request.
    """
    authorization = connection.headers.get("authorization")
    if authorization is None:
        return await _by_cookie(context, connection)
    scheme, _, credential = authorization.partition(" ")
    user = await _find(context, credential.strip()) if scheme.lower() == "bearer" else None
    if user is None:
        raise unauthorized()
    return user


async def is_still_valid(context: Context, user: User) -> bool:
    """Whether what authenticated `user` still would: for streams, which outlive the check at their start."""
    if user.session_id is not None:
        claim = SessionClaim(user.user_id, user.session_id)
        return await find_by_session(context.database, claim, context.clock.now()) is not None
    if user.api_key_id is not None:
        return await find_by_key_id(context.database, user.api_key_id) is not None
    return False


async def _by_cookie(context: Context, connection: HTTPConnection) -> User:
    cookie = connection.cookies.get(SESSION_COOKIE)
    user = await _find(context, cookie) if cookie else None
    if user is None:
        raise unauthorized()
    if not is_own_site(connection.scope.get("method", "GET"), connection.headers):
        raise InputError(403, "Cross-site request refused", "Another site may not act with your cookie.")
    return user


async def _find(context: Context, credential: str) -> User | None:
    if credential.startswith(KEY_PREFIX):
        return await find_by_key(context.database, credential)
    claim = context.tokens.read(credential)
    return await find_by_session(context.database, claim, context.clock.now()) if claim else None


def is_own_site(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request with these (lower-case) headers may use the cookie it carries."""
    if method in SAFE_METHODS:
        return True
    site = headers.get("sec-fetch-site")
    if site in ("same-origin", "none"):
        return True
    if site == "cross-site":
        return False
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2].lower() == headers.get("host", "").lower() != ""


def unauthorized() -> InputError:
    """The refusal of a request that needs a login."""
    return InputError(401, "Login needed", "Log in, or send a valid access token or API key as bearer.")


def set_session_cookie(response: Response, token: str, *, max_age_seconds: int, secure: bool) -> None:
    """Lets a browser's own requests, event streams included, be the session's."""
    response.set_cookie(
        SESSION_COOKIE, token, max_age=max_age_seconds, path="/", httponly=True, samesite="lax", secure=secure
    )


def clear_session_cookie(response: Response, *, secure: bool) -> None:
    """Makes a browser forget the session."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=secure)
