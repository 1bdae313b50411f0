"""The api goes away and comes back while somebody watches."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import open_browser
from tests.browser.visitor import WAIT_MS, Visitor
from tests.support.suite import Suite
from tests.support.user import User


@pytest.fixture
def watched_suite(own_suite: Suite) -> Suite:
    return own_suite.start_all(workers=1)


@pytest.fixture
def own_browser(watched_suite: Suite) -> Iterator[Browser]:
    """Opened after the suite's database was made, and closed before that is dropped."""
    with open_browser() as chromium:
        yield chromium


def test_the_page_outlives_the_api(watched_suite: Suite, own_browser: Browser) -> None:
    port, user = watched_suite.api.port, User(watched_suite.api_url)
    visitor = Visitor(own_browser, watched_suite.api_url)
    visitor.log_in(user)
    expect(visitor.field("connection")).to_have_text("live")
    watched_suite.api.kill()
    expect(visitor.field("connection")).to_have_text("reconnecting…", timeout=WAIT_MS)
    restarted = watched_suite.start("api", LOGMILL_API_PORT=str(port))
    restarted.port = port
    restarted.wait_ready()
    user.wait(user.upload(b"one\ntwo\n", "afterwards.log"))
    expect(visitor.field("connection")).to_have_text("live", timeout=WAIT_MS)
    expect(visitor.page.get_by_role("link", name="afterwards.log")).to_contain_text("2 lines")
    user.http.close()
    visitor.leave()
