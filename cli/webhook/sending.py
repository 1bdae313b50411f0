"""A delivery as GitHub would make it, sent to the suite until it is taken."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from cli.answers import ApiBusy, ApiError, Unreachable
from cli.client import ApiClient
from cli.outage import SHORTEST_PAUSE_SECONDS, Outage
from cli.webhook.refusals import DeliveryRefused
from cli.webhook.signing import signature_of

PATH = "/webhook/github"
PATIENCE_SECONDS = 300
TIMEOUT = httpx.Timeout(60, write=None)
EVENT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,128}")
OF_THIS_ONE = frozenset(
    {
        httpx.codes.BAD_REQUEST,
        httpx.codes.REQUEST_ENTITY_TOO_LARGE,
        httpx.codes.UNSUPPORTED_MEDIA_TYPE,
        httpx.codes.UNPROCESSABLE_ENTITY,
        httpx.codes.INTERNAL_SERVER_ERROR,
    }
)
"""What these say is true of one delivery; any other refusal would meet the next one as well."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is sent: a payload with what GitHub says of it in headers."""

    delivery_id: str
    event: str
    payload: bytes
    hook_id: int | None = None

    def headers(self, secret: bytes) -> dict[str, str]:
        """Raises DeliveryRefused for an id or an event that no header can have."""
        if not (DELIVERY_ID.fullmatch(self.delivery_id) and EVENT.fullmatch(self.event)):
            told = f"event {self.event!r}, id {self.delivery_id!r}"
            raise DeliveryRefused(f"GitHub told an event or an id that no header can have: {told}")
        return {
            "Content-Type": "application/json",
            "X-GitHub-Event": self.event,
            "X-GitHub-Delivery": self.delivery_id,
            "X-Hub-Signature-256": signature_of(secret, self.payload),
            **({} if self.hook_id is None else {"X-GitHub-Hook-ID": str(self.hook_id)}),
        }


def made_up_id(event: str, payload: bytes) -> str:
    """The same for the same event and bytes: what is sent twice by mistake is there once."""
    digest = hashlib.sha256(event.encode() + b"\n" + payload).digest()
    return str(UUID(bytes=digest[:16], version=5))


async def send(
    client: ApiClient,
    delivery: Delivery,
    secret: bytes,
    tell: Callable[[str], None],
    *,
    patience_seconds: float = PATIENCE_SECONDS,
) -> dict[str, Any]:
    """What the api answers once it has it; sent again while the api is busy or away, which does not double it.
    `tell` is told of each such trouble.

    Raises ApiError where it is refused, or not taken before `patience_seconds` are over; DeliveryRefused where another
    delivery may be taken.
    """
    outage, headers, known = Outage(patience_seconds), delivery.headers(secret), ""
    while True:
        try:
            return await client.ask("POST", PATH, content=delivery.payload, headers=headers, timeout=TIMEOUT)
        except ApiError as error:
            if error.status in OF_THIS_ONE:
                raise DeliveryRefused(str(error)) from error
            pause_seconds = _pause_seconds(error, outage)
            if not _may_be_taken_later(error) or outage.is_over(pause_seconds):
                raise
            if known != str(error):
                known = str(error)
                tell(f"{known}; it is sent again, for {patience_seconds:g} s at most")
        await asyncio.sleep(pause_seconds)


def _may_be_taken_later(error: ApiError) -> bool:
    """A proxy's 504 too: the api may have taken it or not, and sent again it is there once."""
    return isinstance(error, ApiBusy | Unreachable) or error.status == httpx.codes.GATEWAY_TIMEOUT


def _pause_seconds(error: ApiError, outage: Outage) -> float:
    """As long as the answer says, if it does; a proxy may say 0."""
    if isinstance(error, ApiBusy) and error.retry_after_seconds is not None:
        return max(error.retry_after_seconds, SHORTEST_PAUSE_SECONDS)
    return outage.next_pause_seconds()
