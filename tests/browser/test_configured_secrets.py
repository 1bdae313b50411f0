"""Secrets of webhooks that whoever runs the server has set, as their owner sees them."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import open_browser
from tests.browser.visitor import Visitor
from tests.support.suite import Suite
from tests.support.user import PASSWORD

EMAIL = "configured@example.com"
SECRETS = [
    {"owner": EMAIL, "secret": "It's a Secret to Everybody", "name": "from the file"},
    {"owner": "somebody.else@example.com", "secret": "It's a Secret to Somebody", "name": "not mine"},
]


@pytest.fixture
def configured_suite(own_suite: Suite) -> Suite:
    """Secrets of two owners, neither of whom has registered yet."""
    own_suite.start("api", LOGMILL_WEBHOOK_SECRETS=json.dumps(SECRETS)).wait_ready()
    return own_suite


@pytest.fixture
def own_browser(configured_suite: Suite) -> Iterator[Browser]:
    """Opened after the suite's database was made, and closed before that is dropped."""
    with open_browser() as chromium:
        yield chromium


def test_they_are_shown_to_their_owner_and_cannot_be_removed_there(
    configured_suite: Suite, own_browser: Browser
) -> None:
    visitor = Visitor(own_browser, configured_suite.api_url)
    visitor.open("/#/webhooks")
    visitor.register(EMAIL, PASSWORD)
    secrets = visitor.page.locator("[data-secret]")
    expect(secrets).to_have_count(1)
    expect(secrets).to_contain_text("from the file …body")
    expect(secrets).to_contain_text("in the server’s configuration")
    expect(secrets.get_by_role("button")).to_have_count(0)
    assert visitor.complaints == []
    visitor.leave()
