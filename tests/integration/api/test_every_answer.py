"""What holds for every route: ids, headers, limits, and a problem for every error."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message
from structlog.testing import capture_logs

from services.api.context import Context, build_context
from services.api.middleware import CONTENT_SECURITY_POLICY, http_middleware
from services.api.problems import ERROR_HANDLERS
from services.api.queue_status import unmetered
from services.api.settings import ApiSettings
from shared.database import Database
from shared.errors import BrokerUnavailable, DatabaseUnavailable
from tests.integration.api.conftest import build_reading_app
from tests.integration.api.owner import PASSWORD

CANARY = "canary-in-the-error"


def client_of(app: Starlette, address: str = "198.51.100.7") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url="http://api.test")


MISROUTED: list[tuple[str, str, int, set[str]]] = [
    ("GET", "/nothing/here", 404, set()),
    ("GET", "/api/jobs/", 404, set()),
    ("POST", "/api/jobs", 405, {"GET", "HEAD"}),
    ("PUT", "/auth/api-keys", 405, {"GET", "HEAD", "POST"}),
    ("TRACE", "/auth/me", 405, {"GET", "HEAD"}),
    ("BREW", "/docs", 405, {"GET", "HEAD"}),
    ("OPTIONS", "/auth/login", 405, {"POST"}),
    ("GET", "/api/dead-letters/replay", 405, {"POST"}),
    ("DELETE", "/api/dead-letters/groups", 405, {"GET", "HEAD"}),
    ("GET", "/api/jobs", 401, set()),
]


async def test_errors_of_routing(http: httpx.AsyncClient) -> None:
    for method, path, status, allowed in MISROUTED:
        answer = await http.request(method, path)
        problem = answer.json()
        assert (answer.status_code, problem["status"], problem["instance"]) == (status, status, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.headers.get("allow", "").split(", ")) - {""} == allowed


async def test_headers_of_every_answer(http: httpx.AsyncClient) -> None:
    for path in ("/auth/me", "/nothing", "/docs", "/docs/docs.js", "/openapi.json", "/api/queue-status"):
        headers = (await http.get(path)).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
        assert "access-control-allow-origin" not in headers
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_over_tls_the_cookie_and_the_host_are_kept_to_it(settings: ApiSettings, database: Database) -> None:
    secure = build_context(settings.model_copy(update={"cookie_secure": True}), database, unmetered)
    async with client_of(build_reading_app(secure)) as http:
        credentials = {"email": "tls@example.org", "password": PASSWORD}
        assert "max-age" in (await http.post("/auth/register", json=credentials)).headers["strict-transport-security"]
        assert "; secure" in (await http.post("/auth/login", json=credentials)).headers["set-cookie"].lower()


async def test_request_ids(http: httpx.AsyncClient) -> None:
    for given, kept in (("abc-1.2_Z", True), ("x" * 64, True), ("x" * 65, False), ("", False), ("a b", False)):
        answer = await http.get("/auth/me", headers={"X-Request-ID": given})
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert (answer.headers["x-request-id"] == given) is kept
        assert len(answer.headers["x-request-id"]) >= 8


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        [("Content-Length", "5"), ("Content-Length", "6")],
    ],
)
async def test_an_unclear_length_is_refused(http: httpx.AsyncClient, headers: list[tuple[str, str]]) -> None:
    answer = await http.request("POST", "/auth/login", headers=[*headers, ("Content-Type", "application/json")])
    assert (answer.status_code, answer.json()["title"]) == (400, "Unclear length")


def failing_app(context: Context) -> Starlette:
    """Routes that fail in every way there is."""

    async def fail(request: Request) -> Response:
        errors: dict[str, Exception] = {
            "database": DatabaseUnavailable(CANARY),
            "broker": BrokerUnavailable(CANARY),
            "bug": ZeroDivisionError(CANARY),
        }
        raise errors[request.path_params["how"]]

    async def break_off(_request: Request) -> Response:
        async def body() -> Any:
            yield b"so far"
            raise ZeroDivisionError(CANARY)

        return StreamingResponse(body())

    routes = [Route("/fail/{how}", fail), Route("/break-off", break_off)]
    return Starlette(routes=routes, middleware=http_middleware(context), exception_handlers=ERROR_HANDLERS)


@pytest.mark.parametrize(("how", "status"), [("database", 503), ("broker", 503), ("bug", 500)])
async def test_a_failure_is_a_problem_that_gives_nothing_away(context: Context, how: str, status: int) -> None:
    with capture_logs() as logged:
        async with client_of(failing_app(context)) as http:
            answer = await http.get(f"/fail/{how}")
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("retry-after") == ("5" if status == 503 else None)
    assert problem.get("retry_after") == (5 if status == 503 else None)
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text
    assert [(event["log_level"], event["path"]) for event in logged] == [("error", "/fail/bug")] * (how == "bug")


async def test_a_client_that_leaves_is_no_failure(app: Starlette) -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(f"sent to nobody: {message}")

    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    scope = {"type": "http", "method": "POST", "path": "/auth/login", "query_string": b"", "headers": headers}
    with capture_logs() as logged:
        await app(scope, receive, send)
    assert [event["log_level"] for event in logged] == ["debug"]


async def test_an_answer_that_has_begun_breaks_off(context: Context) -> None:
    async with client_of(failing_app(context)) as http:
        with pytest.raises(ZeroDivisionError):
            await http.get("/break-off")


async def test_a_database_that_goes_away_is_503(context: Context) -> None:
    nowhere = replace(context, database=AwayDatabase())  # type: ignore[arg-type]
    async with client_of(build_reading_app(nowhere)) as http:
        token = context.tokens.issue(uuid4(), uuid4(), context.tokens.expiry())
        answer = await http.get("/api/jobs", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 503


class AwayDatabase:
    """As `Database`, while PostgreSQL is away."""

    def acquire(self) -> Any:
        raise DatabaseUnavailable(CANARY)

    transaction = acquire


async def test_a_client_may_ask_so_often_and_no_more(settings: ApiSettings, database: Database) -> None:
    slow = settings.model_copy(
        update={"requests_per_second": 0.01, "request_burst": 3, "trusted_proxies": ["10.0.0.0/8"]}
    )
    app = build_reading_app(build_context(slow, database, unmetered))
    async with client_of(app) as direct, client_of(app, "10.0.0.1") as proxied:
        forged = [
            (await direct.get("/docs", headers={"X-Forwarded-For": f"192.0.2.{n}"})).status_code for n in range(5)
        ]
        honest = [
            (await proxied.get("/docs", headers={"X-Forwarded-For": f"192.0.2.{n}"})).status_code for n in range(5)
        ]
        last = await direct.get("/docs")
    assert forged == [200, 200, 200, 429, 429]
    assert honest == [200] * 5
    assert int(last.headers["retry-after"]) == last.json()["retry_after"] > 60


async def test_an_account_may_be_tried_so_often_from_everywhere(settings: ApiSettings, database: Database) -> None:
    few = settings.model_copy(update={"account_logins_per_minute": 2, "logins_per_minute": 3})
    app = build_reading_app(build_context(few, database, unmetered))
    attempt = {"email": "victim@example.org", "password": "guess guess"}
    statuses = [await try_login(app, f"198.51.100.{number}", attempt) for number in range(4)]
    others = [attempt | {"email": f"{name}@x.example"} for name in "abcd"]
    statuses += [await try_login(app, "198.51.100.99", other) for other in others]
    assert statuses == [401, 401, 429, 429, 401, 401, 401, 429]


async def try_login(app: Starlette, address: str, credentials: dict[str, str]) -> int:
    async with client_of(app, address) as http:
        return (await http.post("/auth/login", json=credentials)).status_code


async def test_the_docs_are_whole(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "://" not in page.text
    for path, kind in (("/docs/docs.js", "text/javascript"), ("/docs/docs.css", "text/css")):
        assert path in page.text
        assert (await http.get(path)).headers["content-type"].startswith(kind)
    document = (await http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert (await http.head("/openapi.json")).status_code == 200


async def test_queue_status_needs_no_login(http: httpx.AsyncClient) -> None:
    status = (await http.get("/api/queue-status")).json()
    assert status["available"] is True
    assert status["queues"]["logs_ingest"]["ready"] is None
