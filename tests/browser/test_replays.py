"""A replay that takes its time: found again after a reload, and cancelled."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.batches import HandMadeJob
from tests.browser.conftest import open_browser
from tests.browser.visitor import WAIT_MS, Visitor
from tests.support.suite import Suite, wait_for
from tests.support.user import User

LINES = b"2024-05-01 12:00:00 INFO one\n2024-05-01 12:00:01 INFO two\n"


@pytest.fixture
def idle_suite(own_suite: Suite) -> Suite:
    """Nobody works on what is published."""
    return own_suite.start_all(workers=0)


@pytest.fixture
def own_browser(idle_suite: Suite) -> Iterator[Browser]:
    """Opened after the suite's database was made, and closed before that is dropped."""
    with open_browser() as chromium:
        yield chromium


def test_a_running_replay_is_found_again_and_cancelled(idle_suite: Suite, own_browser: Browser) -> None:
    with User(idle_suite.api_url) as user:
        job = HandMadeJob(idle_suite, user, LINES, LINES)
        job.given_up(0)
        job.given_up(1)
        wait_for("them to be recorded", lambda: len(user.get("/api/dead-letters")["items"]) == 2)
        idle_suite.aggregator.kill()
        visitor = Visitor(own_browser, idle_suite.api_url)
        visitor.log_in(user, "/#/dead-letters")
        visitor.page.get_by_role("button", name="Replay 2 dead letters").click()
        expect(visitor.field("replay")).to_have_text("Replaying 2 dead letters: 0 stored, 0 died again")
        visitor.page.reload()
        expect(visitor.page.get_by_role("progressbar", name="Progress of the replay")).to_be_visible()
        visitor.page.get_by_role("button", name="Cancel the replay").click()
        expect(visitor.field("replay")).to_have_text(
            "Replay cancelled: 0 stored, 0 died again, 2 wait as before.", timeout=WAIT_MS
        )
        expect(visitor.page.get_by_role("button", name="Replay 2 dead letters")).to_be_visible()
        assert {letter["state"] for letter in user.get("/api/dead-letters")["items"]} == {"waiting"}
        assert visitor.complaints == []
        visitor.leave()
