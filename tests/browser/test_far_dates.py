"""Lines dated as far away as timestamps go: the page shows them like any others."""

from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.support.user import User

FAR_LINES = (
    "9999-12-31T23:59:59Z ERROR the clock of this host is broken\n"
    "0001-01-01T00:00:00Z WARN so is this one\n"
    "2026-05-01T12:00:00Z INFO all is well\n"
)
LEVELS = {"error": 1, "warn": 1, "info": 1}
TALLY = {"lines_read": 3, "lines_stored": 3, "lines_rejected": 0, "lines_dead_lettered": 0}


def expect_whole_report(visitor: Visitor) -> None:
    """Totals, breakdown and a chart of three lines, and nothing that says something failed."""
    chart = visitor.page.get_by_label("Lines over time by level")
    expect(chart.locator("canvas")).to_be_visible()
    expect(chart.locator(".legend")).to_have_text("100-year barserror 1warn 1info 1")
    expect(visitor.field("lines_read")).to_have_text("3")
    assert visitor.tally() == TALLY
    assert visitor.entries("levels") == LEVELS
    expect(visitor.page.locator(".form-error")).to_have_count(0)


def test_lines_of_year_1_and_9999_leave_the_page_whole(visitor: Visitor, user: User) -> None:
    job_id = user.upload(FAR_LINES.encode(), "far.log")
    user.wait(job_id)
    refused: list[str] = []
    visitor.page.on("response", lambda answer: refused.append(answer.url) if answer.status == 422 else None)
    visitor.log_in(user, f"/#/jobs/{job_id}")
    expect_whole_report(visitor)
    visitor.page.get_by_role("img", name="Lines by level").press("ArrowLeft")
    visitor.page.keyboard.press("Enter")
    expect(visitor.lines()).to_have_count(1)
    visitor.open("/#/")
    expect(visitor.page.get_by_role("heading", name="All jobs")).to_be_visible()
    expect_whole_report(visitor)
    assert refused == []
    assert visitor.complaints == []


def test_a_chart_that_cannot_be_read_takes_nothing_else_with_it(visitor: Visitor, user: User) -> None:
    job_id = user.upload(FAR_LINES.encode(), "far.log")
    user.wait(job_id)
    visitor.page.route("**/api/rollups?*", lambda route: route.abort())
    visitor.log_in(user)
    chart = visitor.page.get_by_label("Lines over time by level")
    expect(chart.locator(".form-error")).to_be_visible()
    expect(visitor.field("lines_read")).to_have_text("3")
    assert visitor.tally() == TALLY
    assert visitor.entries("levels") == LEVELS
