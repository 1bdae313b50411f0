"""`logmill webhook secrets`, `add-secret` and `remove-secret`: what webhooks are signed with."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.answers import ApiError
from cli.client import DEFAULT_URL, ApiClient
from cli.login import Email, Token, Url, as_user
from cli.tables import Column, moment, write_rows
from cli.terminal import AsJson, Yes, confirm, note, write_fields, write_json
from cli.webhook.signing import read_secret

PATH = "/api/webhook-secrets"
COLUMNS = (
    Column("secret", "webhook_secret_id"),
    Column("name", "name", is_cut=True),
    Column("ends in", "hint"),
    Column("from", "source", is_spare=True),
    Column("added (UTC)", "created_at", moment, is_spare=True),
    Column("last used (UTC)", "last_used_at", moment),
    Column("payload path", "payload_path", in_table=False),
)


def list_secrets(as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, email: Email = None) -> None:
    """List the secrets that your webhooks may be signed with; their text is shown only when one is added."""
    write_rows(COLUMNS, as_user(url, token, email, find_secrets), as_json=as_json)


def add_secret(
    name: Annotated[str, typer.Argument(help="what you will know it by: the repository, say")],
    secret_file: Annotated[
        Path | None, typer.Option(help="a file that has the secret, or - for stdin; else one is made up")
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Add a secret, and show what the webhook's page at GitHub is to be told. What it signs is yours from now on."""
    body = {"name": name} | ({} if secret_file is None else {"secret": text_of(secret_file)})
    added = as_user(url, token, email, lambda client: client.ask("POST", PATH, json=body))
    if as_json:
        write_json(added)
        return
    write_fields(
        {
            "webhook_secret_id": added["webhook_secret_id"],
            "name": added["name"],
            "payload_url": url.rstrip("/") + added["payload_path"],
            "content_type": "application/json",
            "secret": added["secret"],
        }
    )
    note("the secret is not shown again")
    note(f"if GitHub reaches the api at another address, its payload URL is https://ADDRESS{added['payload_path']}")


def remove_secret(
    secret_id: Annotated[UUID, typer.Argument(metavar="ID", help="the secret's id, of `webhook secrets`")],
    yes: Yes = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    email: Email = None,
) -> None:
    """Remove a secret: what is signed with it is refused from now on, what came stays. Asks first."""

    async def ask_and_remove(client: ApiClient) -> None:
        named = [each for each in await find_secrets(client) if each["webhook_secret_id"] == str(secret_id)]
        for each in named:
            confirm(f"Refuse what is signed with {each['name']} (\u2026{each['hint']}) from now on?", yes)
        await client.ask("DELETE", f"{PATH}/{secret_id}")

    as_user(url, token, email, ask_and_remove)
    note("removed")


async def find_secrets(client: ApiClient) -> list[dict[str, Any]]:
    """All that are the user's, with those of the configuration."""
    items: list[dict[str, Any]] = (await client.ask("GET", PATH))["items"]
    return items


def text_of(path: Path) -> str:
    """The secret in a file as text; raises ApiError where it is none."""
    try:
        return read_secret(path).decode()
    except UnicodeDecodeError as error:
        raise ApiError(f"{path} is not text (UTF-8)") from error
