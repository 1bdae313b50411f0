"""A real Chromium for the tests of the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from deploy.local.browser import executable
from tests.browser.visitor import Visitor
from tests.support.suite import Suite

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EXPECT_MS = 15_000


@contextmanager
def open_browser() -> Iterator[Browser]:
    """While it is open no other event loop can run in this thread."""
    expect.set_options(timeout=EXPECT_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as chromium:
        yield chromium


@pytest.fixture
def visitor(suite: Suite, browser: Browser) -> Iterator[Visitor]:
    """Somebody new at the page, not logged in."""
    somebody = Visitor(browser, suite.api_url)
    yield somebody
    somebody.leave()


@pytest.fixture
def companion(suite: Suite, browser: Browser) -> Iterator[Visitor]:
    """Somebody else, with a browser profile of their own."""
    somebody = Visitor(browser, suite.api_url)
    yield somebody
    somebody.leave()
