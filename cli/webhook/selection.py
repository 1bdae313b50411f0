"""What `logmill webhook replay` is to replay: a saved payload, or what GitHub failed to deliver."""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from cli.answers import ApiError
from cli.webhook.sending import DELIVERY_ID, EVENT

NAME = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.-]+"
REPOSITORY = re.compile(rf"{NAME}/{NAME}")
ORGANIZATION = re.compile(NAME)
TOKEN_VARIABLE = "GITHUB_TOKEN"  # noqa: S105


@dataclass(frozen=True, slots=True)
class SavedPayload:
    """A file with the payload of one delivery; without an id it is given one of its own."""

    path: Path
    event: str
    delivery_id: str | None


@dataclass(frozen=True, slots=True)
class FailedDeliveries:
    """Those of a webhook; `owner_path` is the part of GitHub's API that the hook belongs to."""

    owner_path: str
    hook_id: int
    since: datetime | None


def select(
    file: Path | None,
    event: str | None,
    delivery: str | None,
    repository: str | None,
    organization: str | None,
    hook: int | None,
    since: str | None,
) -> SavedPayload | FailedDeliveries:
    """What these options choose. Raises BadParameter unless they say it in exactly one way."""
    if sum(each is not None for each in (file, repository, organization)) != 1:
        raise typer.BadParameter("say what to replay: a FILE, or the webhook of a --repository or an --organization")
    if file is not None:
        _refuse(f"{file} is replayed alone", hook=hook, since=since)
        return _saved(file, event, delivery)
    _refuse("what GitHub failed to deliver is known there", event=event, delivery=delivery)
    if hook is None:
        raise typer.BadParameter("--hook is needed: the number at the end of the address of the webhook's page")
    return FailedDeliveries(_owner_path(repository, organization), hook, None if since is None else _moment(since))


def github_token() -> str:
    """What GITHUB_TOKEN has; raises ApiError where it has nothing."""
    if token := os.environ.get(TOKEN_VARIABLE):
        return token
    raise ApiError(f"{TOKEN_VARIABLE} is not set: a token of GitHub's that may read the webhook, see docs/sources.md")


def _saved(file: Path, event: str | None, delivery: str | None) -> SavedPayload:
    if event is None or not EVENT.fullmatch(event):
        raise typer.BadParameter("--event says of which event the payload is: push, pull_request, ...")
    if delivery is not None and not DELIVERY_ID.fullmatch(delivery):
        raise typer.BadParameter(f"--delivery {delivery!r} is none: at most 128 characters, no spaces")
    return SavedPayload(file, event, delivery)


def _refuse(why: str, **options: object) -> None:
    for name, value in options.items():
        if value is not None:
            raise typer.BadParameter(f"{why}: no --{name}")


def _owner_path(repository: str | None, organization: str | None) -> str:
    if repository is not None:
        if not REPOSITORY.fullmatch(repository):
            raise typer.BadParameter(f"--repository {repository!r} is not OWNER/REPO")
        return f"/repos/{repository}"
    if not ORGANIZATION.fullmatch(organization or ""):
        raise typer.BadParameter(f"--organization {organization!r} is no organization's name")
    return f"/orgs/{organization}"


def _moment(since: str) -> datetime:
    try:
        at = datetime.fromisoformat(since)
    except ValueError as error:
        raise typer.BadParameter(f"--since {since!r} is no time (RFC 3339)") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
