"""A webhook at GitHub, as its REST API shows it: what it delivered, or failed to."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import TypeVar

import httpx
import msgspec

from cli.client import authorization, is_loopback
from cli.webhook.attempts import Attempt
from cli.webhook.pacing import LIMITS, Again, Decision, Done, Refused, decide, decide_unanswered
from cli.webhook.refusals import DeliveryRefused
from shared.errors import LogmillError

T = TypeVar("T")

DEFAULT_API = "https://api.github.com"
API_VERSION = "2022-11-28"
PAGE_ITEMS = 100
TIMEOUT = httpx.Timeout(30, read=60)
BETWEEN_CHANGES_SECONDS = 1
"""What GitHub asks for between requests that change something."""
TOLD_SECONDS = 2
"""A pause as long as that is told of."""
GONE = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.UNPROCESSABLE_ENTITY, httpx.codes.BAD_REQUEST})
"""What these say is true of the one delivery that was asked for; other refusals meet the next one as well."""
NULL = msgspec.Raw(b"null")


class GithubError(LogmillError):
    """GitHub refused a request, or cannot be asked; `status` is None where there was no answer."""

    def __init__(self, told: str, status: int | None = None) -> None:
        super().__init__(told)
        self.status = status


class Request(msgspec.Struct):
    """What GitHub sent, as far as it is needed here."""

    payload: msgspec.Raw = NULL


class Full(msgspec.Struct):
    """An attempt in full."""

    request: Request


class GithubHook:
    """A webhook of a repository (`/repos/OWNER/REPO`) or of an organization (`/orgs/ORG`).

    Goes by GitHub's limits, and asks again where it fails; `tell` is told of each pause. Methods raise GithubError, and
    of one attempt DeliveryRefused.
    """

    def __init__(
        self,
        api: str,
        owner_path: str,
        hook_id: int,
        token: str,
        tell: Callable[[str], None],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._path = f"{owner_path}/hooks/{hook_id}/deliveries"
        self._rest_until = 0.0
        self.tell = tell
        self._http = httpx.AsyncClient(
            base_url=api,
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=True,  # of what was renamed
            trust_env=not is_loopback(api),
            headers={
                **authorization(token),
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": API_VERSION,
                "User-Agent": f"logmill/{version('logmill')}",
            },
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def attempts(self, since: datetime | None = None) -> AsyncIterator[Attempt]:
        """Every attempt that GitHub still knows of, or those since then, the newest first."""
        query = {"per_page": str(PAGE_ITEMS)}
        while True:
            answer = await self._ask("GET", self._path, query)
            for attempt in _decoded(answer, list[Attempt]):
                if since is not None and attempt.delivered_at < since:
                    return
                yield attempt
            following = next_query(answer)
            if not following or following == query:
                return
            query = following

    async def payload(self, attempt: Attempt) -> bytes:
        """The payload as GitHub writes it, which need not be the bytes that it signed."""
        answer = await self._ask_of(attempt, "GET")
        payload = bytes(_decoded(answer, Full).request.payload)
        if payload == bytes(NULL):
            raise DeliveryRefused("GitHub has the payload no more")
        return payload

    async def redeliver(self, attempt: Attempt) -> None:
        """Has GitHub deliver it again; whether that works is seen in its list."""
        await self._ask_of(attempt, "POST", "/attempts")
        self._rest(BETWEEN_CHANGES_SECONDS)

    async def _ask_of(self, attempt: Attempt, method: str, below: str = "") -> httpx.Response:
        try:
            return await self._ask(method, f"{self._path}/{attempt.id}{below}")
        except GithubError as error:
            if error.status in GONE:
                raise DeliveryRefused(str(error)) from error
            raise

    async def _ask(self, method: str, path: str, query: dict[str, str] | None = None) -> httpx.Response:
        tries = 0
        while True:
            await self._pause(self._rest_until - time.monotonic(), LIMITS)
            tries += 1
            answer: httpx.Response | None = None
            try:
                answer = await self._http.request(method, path, params=query)
                decision = _decision(answer, tries)
            except httpx.RequestError as error:
                decision = decide_unanswered(f"does not answer: {str(error) or type(error).__name__}", tries)
            match decision:
                case Done(rest_seconds) if answer is not None:
                    self._rest(rest_seconds)
                    return answer
                case Again(after_seconds, why):
                    await self._pause(after_seconds, why)
                case Refused(why):
                    raise GithubError(f"GitHub {why}: {method} {path}", None if answer is None else answer.status_code)

    def _rest(self, seconds: float) -> None:
        self._rest_until = max(self._rest_until, time.monotonic() + seconds)

    async def _pause(self, seconds: float, why: str) -> None:
        if seconds <= 0:
            return
        if seconds >= TOLD_SECONDS:
            self.tell(f"GitHub {why}; it is asked again in {seconds:,.{0 if seconds > 10 else 1}f} s")
        await asyncio.sleep(seconds)


def next_query(answer: httpx.Response) -> dict[str, str]:
    """The query of the page after this one, of its Link header; empty where there is none.

    Its address is not followed: the token goes where the user said, and nowhere else.
    """
    following = answer.links.get("next", {}).get("url", "")
    with suppress(httpx.InvalidURL):
        return dict(httpx.URL(following).params)
    return {}


def _decision(answer: httpx.Response, tries: int) -> Decision:
    message = answer.reason_phrase
    with suppress(ValueError, KeyError, TypeError):
        message = str(answer.json()["message"]) if answer.is_error else message
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return decide(answer.status_code, headers, message, now=_now_of(headers.get("date", "")), tries=tries)


def _now_of(date: str) -> float:
    """The time by the clock that an answer's headers go by; ours where it does not tell."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return time.time()


def _decoded(answer: httpx.Response, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise GithubError(f"{answer.request.url} does not answer as GitHub's API does: {error}") from error
