"""The api goes away and comes back while somebody watches."""

from playwright.sync_api import Browser, expect

from tests.browser.visitor import WAIT_MS, Visitor
from tests.support.suite import Suite
from tests.support.user import User


def test_the_page_outlives_the_api(own_suite: Suite, browser: Browser) -> None:
    own_suite.start_all(workers=1)
    port, user = own_suite.api.port, User(own_suite.api_url)
    visitor = Visitor(browser, own_suite.api_url)
    visitor.log_in(user)
    expect(visitor.field("connection")).to_have_text("live")
    own_suite.api.kill()
    expect(visitor.field("connection")).to_have_text("reconnecting…", timeout=WAIT_MS)
    restarted = own_suite.start("api", LOGMILL_API_PORT=str(port))
    restarted.port = port
    restarted.wait_ready()
    user.wait(user.upload(b"one\ntwo\n", "afterwards.log"))
    expect(visitor.field("connection")).to_have_text("live", timeout=WAIT_MS)
    expect(visitor.page.get_by_role("link", name="afterwards.log")).to_contain_text("2 lines")
    user.http.close()
    visitor.leave()
