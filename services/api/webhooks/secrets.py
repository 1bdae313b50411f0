"""The secrets that an account's webhooks are signed with: made or taken in, listed, and forgotten."""

from collections.abc import Iterable
from datetime import datetime
from secrets import token_urlsafe
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from services.api.audit import record
from services.api.context import Context
from services.api.operations import Call, Nothing, Operation, path_id
from services.api.pages import Page
from services.api.problems import not_found
from services.api.settings import MIN_WEBHOOK_SECRET_CHARACTERS, WebhookSecret
from services.api.webhooks.keyring import own_email
from shared.database import Connection
from shared.errors import InputError

RECEIVER = "/webhook/github"
RANDOM_BYTES = 32
HINT_CHARACTERS = 4

LOCK_USER = "SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE"
COUNT = "SELECT count(*) FROM webhook_secrets WHERE owner_id = $1"
ADD = """
INSERT INTO webhook_secrets (webhook_secret_id, owner_id, name, secret, created_at) VALUES ($1, $2, $3, $4, $5)
"""
LIST = """
SELECT webhook_secret_id, name, secret, created_at, last_used_at FROM webhook_secrets
WHERE owner_id = $1 ORDER BY created_at DESC, webhook_secret_id DESC
"""
REMOVE = "DELETE FROM webhook_secrets WHERE webhook_secret_id = $1 AND owner_id = $2 RETURNING name"

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]+$")]
Secret = Annotated[
    str, StringConstraints(min_length=MIN_WEBHOOK_SECRET_CHARACTERS, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class NewWebhookSecret(BaseModel):
    """A secret to sign webhooks with."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"name": "octo/repo"}]}
    )

    name: Name = Field(description="what it is for")
    secret: Secret | None = Field(None, description="what the sender signs with; made up where there is none")


class WebhookSecretAnswer(BaseModel):
    """A secret that deliveries of yours are signed with, without itself."""

    webhook_secret_id: UUID | None = Field(description="null for one of the configuration")
    name: str
    hint: str = Field(description="how the secret ends")
    source: Literal["account", "configuration"] = Field(
        description="whether you keep it here, or who runs logmill does in its settings"
    )
    payload_path: str = Field(description="where the sender delivers to; it names the one secret to be tried")
    created_at: datetime | None = Field(description="null for one of the configuration")
    last_used_at: datetime | None = Field(
        description="when it last signed a delivery, to the minute; not known of the configuration's"
    )


class WebhookSecretPage(Page[WebhookSecretAnswer]):
    """All of your secrets; there is never a second page."""


class NewWebhookSecretAnswer(WebhookSecretAnswer):
    """A new secret, this once with itself."""

    secret: str = Field(description="enter it as the webhook's secret; it is never shown again")


async def create_secret(context: Context, call: Call[Nothing, NewWebhookSecret]) -> NewWebhookSecretAnswer:
    """A new secret, besides those there are: so that they can be changed without losing a delivery; raises
    InputError (409) where you have as many as may be."""
    user_id, name, now = call.user.user_id, call.body.name, context.clock.now()
    secret, secret_id = call.body.secret or token_urlsafe(RANDOM_BYTES), uuid4()
    async with context.database.transaction() as connection:
        await _require_room(context, connection, user_id)
        await connection.execute(ADD, secret_id, user_id, name, secret, now)
        await record(connection, user_id, "webhook_secret.create", details=_details(secret_id, name))
    context.keyring.forget()
    return NewWebhookSecretAnswer(
        webhook_secret_id=secret_id,
        name=name,
        hint=hint_of(secret),
        source="account",
        payload_path=payload_path(secret_id),
        created_at=now,
        last_used_at=None,
        secret=secret,
    )


async def list_secrets(context: Context, call: Call[Nothing, Nothing]) -> WebhookSecretPage:
    """Your secrets, newest first, and those that the configuration has for you."""
    async with context.database.acquire() as connection:
        rows = await connection.fetch(LIST, call.user.user_id)
    own = [_answer(row) for row in rows]
    return WebhookSecretPage(
        items=[*own, *configured_for(call.user.email, context.settings.webhook_secrets)], next_cursor=None
    )


async def delete_secret(context: Context, call: Call[Nothing, Nothing]) -> Response:
    """Forgets a secret: what is signed with it from now on is refused; raises InputError (404) if it is not there or
    not yours."""
    secret_id = path_id(call.request, "webhook_secret_id")
    async with context.database.transaction() as connection:
        name = await connection.fetchval(REMOVE, secret_id, call.user.user_id)
        if name is None:
            raise not_found()
        await record(connection, call.user.user_id, "webhook_secret.delete", details=_details(secret_id, name))
    context.keyring.forget()
    return Response(status_code=204)


def configured_for(email: str, configured: Iterable[WebhookSecret]) -> list[WebhookSecretAnswer]:
    """The configuration's secrets whose deliveries are those of the account `email`."""
    return [
        WebhookSecretAnswer(
            webhook_secret_id=None,
            name=entry.name,
            hint=hint_of(entry.secret.get_secret_value()),
            source="configuration",
            payload_path=RECEIVER,
            created_at=None,
            last_used_at=None,
        )
        for entry in configured
        if own_email(entry) == email
    ]


def hint_of(secret: str) -> str:
    """As much of a secret as tells it from others."""
    return secret[-HINT_CHARACTERS:]


def payload_path(secret_id: UUID) -> str:
    """Where deliveries go that are signed with that secret."""
    return f"{RECEIVER}?hook={secret_id}"


async def _require_room(context: Context, connection: Connection, user_id: UUID) -> None:
    """Raises InputError (409) where the user has as many as may be. Holds the user's row."""
    await connection.execute(LOCK_USER, user_id)
    most = context.settings.max_webhook_secrets_per_user
    if await connection.fetchval(COUNT, user_id) >= most:
        told = f"You may have {most} webhook secrets (max_webhook_secrets_per_user); delete one that is not used."
        raise InputError(409, "Too many webhook secrets", told)


def _answer(row: asyncpg.Record) -> WebhookSecretAnswer:
    return WebhookSecretAnswer(
        webhook_secret_id=row["webhook_secret_id"],
        name=row["name"],
        hint=hint_of(row["secret"]),
        source="account",
        payload_path=payload_path(row["webhook_secret_id"]),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
    )


def _details(secret_id: UUID, name: str) -> dict[str, str]:
    return {"webhook_secret_id": str(secret_id), "name": name}


PATH = "/api/webhook-secrets"
TAG = "webhooks"
OPERATIONS = (
    Operation("GET", PATH, "Your webhooks' secrets", TAG, list_secrets, Nothing, Nothing, WebhookSecretPage),
    Operation("POST", PATH, "Add a secret", TAG, create_secret, Nothing, NewWebhookSecret, NewWebhookSecretAnswer, 201),
    Operation(
        "DELETE", PATH + "/{webhook_secret_id}", "Forget a secret", TAG, delete_secret, Nothing, Nothing, None, 204
    ),
)
