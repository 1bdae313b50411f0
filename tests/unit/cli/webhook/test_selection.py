"""What a replay is about: said in exactly one way."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from cli.answers import ApiError
from cli.webhook.selection import TOKEN_VARIABLE, FailedDeliveries, SavedPayload, github_token, select

FILE = Path("push.json")
SINCE = datetime(2026, 3, 5, 6, tzinfo=UTC)


def chosen(
    *,
    file: Path | None = None,
    event: str | None = None,
    delivery: str | None = None,
    repository: str | None = None,
    organization: str | None = None,
    hook: int | None = None,
    since: str | None = None,
) -> SavedPayload | FailedDeliveries:
    return select(file, event, delivery, repository, organization, hook, since)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"file": FILE, "event": "push"}, SavedPayload(FILE, "push", None)),
        ({"file": FILE, "event": "push", "delivery": "a-1"}, SavedPayload(FILE, "push", "a-1")),
        ({"repository": "octo/wid.get_1", "hook": 7}, FailedDeliveries("/repos/octo/wid.get_1", 7, None)),
        ({"repository": "octo/.github", "hook": 7}, FailedDeliveries("/repos/octo/.github", 7, None)),
        ({"organization": "octo-org", "hook": 7}, FailedDeliveries("/orgs/octo-org", 7, None)),
        (
            {"organization": "octo", "hook": 7, "since": "2026-03-05T06:00:00Z"},
            FailedDeliveries("/orgs/octo", 7, SINCE),
        ),
        (
            {"organization": "octo", "hook": 7, "since": "2026-03-05 07:00+01:00"},
            FailedDeliveries("/orgs/octo", 7, SINCE),
        ),
        ({"organization": "octo", "hook": 7, "since": "2026-03-05T06:00"}, FailedDeliveries("/orgs/octo", 7, SINCE)),
    ],
)
def test_what_is_chosen(told: dict[str, object], expected: object) -> None:
    assert chosen(**told) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "say what to replay"),
        ({"file": FILE, "event": "push", "repository": "octo/widget"}, "say what to replay"),
        ({"repository": "octo/widget", "organization": "octo", "hook": 7}, "say what to replay"),
        ({"file": FILE}, "--event says"),
        ({"file": FILE, "event": "pu sh"}, "--event says"),
        ({"file": FILE, "event": "push", "delivery": "a b"}, "--delivery 'a b' is none"),
        ({"file": FILE, "event": "push", "hook": 7}, "no --hook"),
        ({"file": FILE, "event": "push", "since": "2026-03-05"}, "no --since"),
        ({"repository": "octo/widget"}, "--hook is needed"),
        ({"repository": "octo/widget", "hook": 7, "event": "push"}, "no --event"),
        ({"repository": "octo/widget", "hook": 7, "since": "yesterday"}, "--since 'yesterday'"),
        ({"repository": "octo", "hook": 7}, "is not OWNER/REPO"),
        ({"repository": "octo/..", "hook": 7}, "is not OWNER/REPO"),
        ({"repository": "octo/widget/hooks", "hook": 7}, "is not OWNER/REPO"),
        ({"repository": "octo/widget?x", "hook": 7}, "is not OWNER/REPO"),
        ({"organization": "octo/widget", "hook": 7}, "is no organization's name"),
        ({"organization": "..", "hook": 7}, "is no organization's name"),
    ],
)
def test_what_makes_no_sense(told: dict[str, object], said: str) -> None:
    with pytest.raises(typer.BadParameter, match=said):
        chosen(**told)  # type: ignore[arg-type]


def test_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "ghp_x")
    assert github_token() == "ghp_x"
    monkeypatch.setenv(TOKEN_VARIABLE, "")
    with pytest.raises(ApiError, match=TOKEN_VARIABLE):
        github_token()
