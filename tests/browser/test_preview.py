"""A file is looked at before it is sent, and sent with what was chosen for it."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.support.user import User

LINES = (
    '{"time":"2024-05-01 12:00:00","level":"warn","logger":"shop","msg":"nearly out of stock"}\n'
    '{"time":"2024-05-01 12:00:01","level":"info","logger":"shop","msg":"\u202e<b>restocked</b>"}\n'
)
TRACE = "2024-05-01 12:00:02 ERROR boom\njava.lang.IllegalStateException: boom\n\tat shop.Till.pay(Till.java:7)\n"


def test_options_are_tried_in_the_preview_and_sent_with_the_file(visitor: Visitor, user: User, tmp_path: Path) -> None:
    (tmp_path / "shop.log").write_text(LINES + TRACE)
    visitor.log_in(user)
    visitor.open_options()
    visitor.choose(tmp_path / "shop.log")
    visitor.page.get_by_role("button", name="Preview shop.log").click()
    preview = visitor.page.get_by_label("Preview", exact=True)
    expect(preview.get_by_role("row")).to_have_count(4)
    warned = preview.get_by_role("row").nth(1)
    for cell in ("2024-05-01 12:00:00", "warn", "json", "shop", "nearly out of stock"):
        expect(warned.get_by_role("cell", name=cell, exact=True)).to_be_visible()
    expect(preview.get_by_role("row").nth(2)).to_contain_text("⟨U+202E⟩<b>restocked</b>")
    expect(preview.get_by_role("row").nth(3)).to_contain_text("3–5")
    expect(preview.get_by_role("row").nth(3)).to_contain_text("+2 lines")
    visitor.page.get_by_label("Time zone of times without one").fill("+02:00")
    visitor.page.get_by_label("Time zone of times without one").press("Enter")
    expect(warned).to_contain_text("2024-05-01 10:00:00")
    visitor.page.get_by_role("combobox", name="Format").select_option("json")
    expect(visitor.field("mismatch")).to_have_text(TRACE.splitlines()[0])
    expect(preview).to_contain_text("Line 3 does not match: column")
    with visitor.page.expect_request("**/upload?*") as request:
        visitor.page.get_by_role("button", name="Upload 1 file").click()
    assert "format=json" in request.value.url
    assert "timezone=%2B02%3A00" in request.value.url
    visitor.await_status("completed_with_errors")
    expect(preview).to_have_count(0)
    first = next(user.lines(visitor.job_id()))
    assert first["logged_at"] == "2024-05-01T10:00:00Z"
    assert visitor.complaints == []


def test_a_zone_that_is_none_is_told(visitor: Visitor, user: User, tmp_path: Path) -> None:
    (tmp_path / "shop.log").write_text(LINES)
    visitor.log_in(user)
    visitor.open_options()
    visitor.page.get_by_label("Time zone of times without one").fill("Nowhere/Land")
    visitor.choose(tmp_path / "shop.log")
    visitor.page.get_by_role("button", name="Preview shop.log").click()
    expect(visitor.page.get_by_label("Preview", exact=True)).to_contain_text("Nowhere/Land")
    visitor.page.get_by_role("button", name="Do not upload shop.log").click()
    expect(visitor.page.get_by_label("Preview", exact=True)).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="Upload 1 file")).to_have_count(0)
