"""The lines of a job: filtered, opened, paged, and never taken for markup."""

import re

from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.support.user import User

HOSTILE = [
    "2024-05-01 12:00:00 ERROR <script>alert('script')</script>",
    "2024-05-01 12:00:01 ERROR <img src=x onerror=alert('image')>",
    "2024-05-01 12:00:02 ERROR <a href=\"javascript:alert('link')\">click</a> {{7*7}} ${7*7}",
    "2024-05-01 12:00:03 ERROR \x1b[31mred\x1b[0m and \u202ereversed\u202c",
]
LEVELS = ["INFO"] * 150 + ["WARN"] * 30 + ["ERROR"] * 20


def job_of(user: User, text: str, name: str = "lines.log") -> str:
    """An ended job with these lines."""
    job_id = user.upload(text.encode(), name)
    user.wait(job_id)
    return job_id


def mixed_lines() -> str:
    return "".join(
        f"2024-05-01 12:{number // 60:02}:{number % 60:02} {level} request {number} took {number} ms\n"
        for number, level in enumerate(LEVELS)
    )


def test_markup_in_a_log_stays_text(visitor: Visitor, user: User) -> None:
    job_id = job_of(user, "\n".join(HOSTILE) + "\n", "<img src=x onerror=alert('name')>.log")
    visitor.log_in(user, f"/#/jobs/{job_id}")
    expect(visitor.lines()).to_have_count(len(HOSTILE))
    for line in visitor.lines().all():
        line.get_by_role("button").click()
    expect(visitor.page.locator("[data-field=raw]")).to_have_count(len(HOSTILE))
    for shown in ("<script>alert('script')</script>", "<img src=x onerror=alert('image')>", "{{7*7}} ${7*7}"):
        expect(visitor.page.locator(".line-text").filter(has_text=shown)).to_have_count(1)
        expect(visitor.page.locator("[data-field=raw]").filter(has_text=shown)).to_have_count(1)
    expect(visitor.page.locator("[data-field=raw]").last).to_contain_text("␛[31mred")
    expect(visitor.page.locator("[data-field=raw]").last).to_contain_text("⟨U+202E⟩")
    expect(visitor.field("file_name")).to_have_text("<img src=x onerror=alert('name')>.log")
    assert visitor.page.locator("main img, main script, main [onerror]").count() == 0
    assert visitor.complaints == []


def test_levels_text_and_pages_narrow_the_lines(visitor: Visitor, user: User) -> None:
    job_id = job_of(user, mixed_lines())
    visitor.log_in(user, f"/#/jobs/{job_id}")
    expect(visitor.lines()).to_have_count(100)
    visitor.page.get_by_role("button", name="Load more").click()
    expect(visitor.lines()).to_have_count(200)
    expect(visitor.page.get_by_role("button", name="Load more")).to_have_count(0)
    chips = visitor.page.get_by_role("group", name="Filter lines")
    chips.get_by_role("button", name="error").click()
    expect(visitor.lines()).to_have_count(20)
    chips.get_by_role("button", name="warn").click()
    expect(visitor.lines()).to_have_count(50)
    visitor.page.get_by_label("Search the lines' text").fill("REQUEST 199 ")
    expect(visitor.lines()).to_have_count(1)
    expect(visitor.page.locator("mark")).to_have_text("request 199 ")
    visitor.page.reload()
    expect(visitor.lines()).to_have_count(1)
    visitor.page.get_by_label("Search the lines' text").fill("nowhere to be found")
    expect(visitor.page.get_by_text("No line passes the filter.")).to_be_visible()
    visitor.page.get_by_role("button", name="Show all lines").click()
    expect(visitor.lines()).to_have_count(100)


def test_an_opened_line_shows_every_field_and_its_original_text(visitor: Visitor, user: User) -> None:
    line = '{"time":"2024-05-01T12:00:00Z","level":"warn","msg":"slow","user":{"id":7},"tags":["a"]}'
    job_id = job_of(user, line + "\n", "one.json")
    visitor.log_in(user, f"/#/jobs/{job_id}")
    visitor.lines().get_by_role("button").focus()
    visitor.page.keyboard.press("Enter")
    fields = dict(zip(*(visitor.page.locator(f".fields {tag}").all_inner_texts() for tag in ("dt", "dd")), strict=True))
    item = next(user.lines(job_id))
    assert fields["level"] == "warn"
    assert fields["message"] == item["message"]
    assert {f"attrs.{name}" for name in item["attrs"]} <= set(fields)
    expect(visitor.page.locator("[data-field=raw]")).to_have_text(line)


def test_rejected_lines_are_listed_with_their_reasons(visitor: Visitor, user: User) -> None:
    good = '{"time":"2024-05-01T12:00:00Z","level":"info","msg":"fine"}\n'
    job_id = job_of(user, good * 20 + '{"time":"2024-05-01T12:00:01Z","level":\n' + good * 20, "broken.json")
    job = user.job(job_id)
    visitor.log_in(user, f"/#/jobs/{job_id}")
    expect(visitor.field("lines_rejected")).to_have_text(str(job["lines_rejected"]))
    visitor.page.get_by_role("button", name=re.compile("^rejected")).click()
    rejected = list(user.lines(job_id, reason="any"))
    assert len(rejected) == job["lines_rejected"] == 1
    expect(visitor.lines()).to_have_count(1)
    expect(visitor.lines()).to_contain_text(rejected[0]["reason"])


def test_a_time_picked_in_the_chart_narrows_the_lines(visitor: Visitor, user: User) -> None:
    job_id = job_of(user, mixed_lines())
    visitor.log_in(user, f"/#/jobs/{job_id}")
    chart = visitor.page.get_by_role("img", name=re.compile("^Lines by level"))
    chart.focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        visitor.page.keyboard.press(key)
    expect(visitor.lines()).to_have_count(60)
    expect(visitor.lines().first).to_contain_text("12:01:00")
    visitor.page.get_by_title("Show all times").click()
    expect(visitor.lines()).to_have_count(100)
