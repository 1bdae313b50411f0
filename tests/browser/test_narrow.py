"""The page on a phone, and by keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visitor import Visitor
from tests.support.suite import Suite
from tests.support.user import User

LONG = "x" * 400
LINES = [
    f"2024-05-01 12:00:00 ERROR {LONG}",
    '203.0.113.77 - - [01/May/2024:12:00:00 +0000] "GET /a/very/long/path/' + LONG + ' HTTP/1.1" 500 1 "-" "-"',
    '{"time":"2024-05-01T12:00:00Z","level":"info","msg":"' + LONG + '","key":"' + LONG + '"}',
]


@pytest.fixture
def job_id(user: User) -> str:
    job_id = user.upload(("\n".join(LINES) + "\n").encode(), f"{LONG[:100]}.log")
    user.wait(job_id)
    return job_id


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_360_pixels(suite: Suite, browser: Browser, user: User, job_id: str, scheme: str) -> None:
    phone = Visitor(browser, suite.api_url, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    phone.open()
    expect(phone.page.get_by_label("Email")).to_be_visible()
    assert phone.overflow() == 0
    phone.log_in(user)
    expect(phone.page.get_by_role("link", name=re.compile("xxx"))).to_be_visible()
    assert phone.overflow() == 0
    phone.page.get_by_role("link", name=re.compile("xxx")).click()
    expect(phone.lines()).to_have_count(len(LINES))
    for line in phone.lines().all():
        line.get_by_role("button").click()
    assert phone.overflow() == 0
    phone.page.get_by_role("link", name="All jobs").click()
    expect(phone.page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    phone.leave()


def test_the_preview_and_the_settings_fit_360_pixels(
    suite: Suite, browser: Browser, user: User, tmp_path: Path
) -> None:
    (tmp_path / f"{LONG[:100]}.log").write_text("\n".join(LINES) + "\n")
    pattern = {"name": "x" * 64, "pattern": f"(?<message>{LONG}|.*)", "sample": LONG}
    user.http.post("/api/formats", json=pattern).raise_for_status()
    phone = Visitor(browser, suite.api_url, viewport={"width": 360, "height": 740})
    phone.log_in(user)
    phone.open_options()
    phone.choose(tmp_path / f"{LONG[:100]}.log")
    phone.page.get_by_role("combobox", name="Format").select_option("json")
    phone.page.get_by_role("button", name=re.compile("^Preview")).click()
    expect(phone.field("mismatch")).to_be_in_viewport()
    assert phone.overflow() == 0
    phone.page.get_by_role("link", name="Formats and keywords").click()
    expect(phone.page.locator("[data-format]")).to_be_visible()
    assert phone.overflow() == 0
    phone.leave()


def test_a_job_is_reached_by_keyboard(visitor: Visitor, user: User, job_id: str) -> None:
    visitor.log_in(user)
    link = visitor.page.locator(f"[data-job='{job_id}'] a")
    expect(link).to_be_visible()
    for _ in range(20):
        visitor.page.keyboard.press("Tab")
        if link.evaluate("element => element === document.activeElement"):
            break
    visitor.page.keyboard.press("Enter")
    expect(visitor.field("file_name")).to_be_visible()
    expect(visitor.field("announcement")).to_contain_text("3 stored")
