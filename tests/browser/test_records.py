"""Records of several lines, lines that are shown cut, control characters, and downloads."""

import csv
import json
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.visitor import WAIT_MS, Visitor
from tests.support.user import User

FRAMES = [f"\tat shop.Till.pay{number}(Till.java:{number})" for number in range(12)]
TRACE = ["2024-05-01 12:00:01 ERROR payment failed", "java.lang.IllegalStateException: drawer is open", *FRAMES]
LINES = ["2024-05-01 12:00:00 INFO started", *TRACE, "2024-05-01 12:00:02 INFO stopped"]
TEXT = "\n".join(LINES) + "\n"
HIDDEN = (
    "2024-05-01 12:00:00 INFO \u202egnp.exe\u2066 \u061c\u200b "
    "\x1b]8;;http://192.0.2.1/\x07link\x1b]8;;\x07 \u05d0\u05d1\n"
)
LONG = "2024-05-01 12:00:03 WARN " + "x" * 1_500_000


def open_job(visitor: Visitor, user: User, text: str, name: str = "till.log") -> str:
    """The page of an ended job with these lines."""
    job_id = user.upload(text.encode(), name)
    user.wait(job_id)
    visitor.log_in(user, f"/#/jobs/{job_id}")
    return job_id


def test_a_trace_is_folded_to_its_first_line(visitor: Visitor, user: User) -> None:
    open_job(visitor, user, TEXT)
    expect(visitor.lines()).to_have_count(3)
    trace = visitor.lines().nth(1)
    expect(trace.get_by_role("button")).to_have_text("2–15")
    expect(trace.locator(".line-text")).to_have_text("payment failed+13 lines")
    trace.get_by_role("button", name="Lines 2–15, details").press("Enter")
    assert visitor.field("raw").inner_text().splitlines() == TRACE
    visitor.page.get_by_label("Search the lines' text").fill("pay11")
    expect(visitor.lines()).to_have_count(1)
    expect(visitor.lines().locator(".line-text")).to_contain_text("payment failed … at shop.Till.pay11")
    assert visitor.complaints == []


def test_formats_are_counted_at_the_top(visitor: Visitor, user: User) -> None:
    job_id = open_job(visitor, user, TEXT)
    counts = user.job(job_id)["format_counts"]
    expect(visitor.field("format_counts")).to_have_text("".join(f"{name} {count}" for name, count in counts.items()))


def test_a_cut_line_tells_its_true_length(visitor: Visitor, user: User) -> None:
    open_job(visitor, user, LONG + "\n")
    text = visitor.lines().locator(".line-text")
    expect(text).to_contain_text("1.5 MB long, cut")
    expect(text).to_contain_text(f"[line of {len(LONG):,} bytes, cut after ")
    visitor.lines().get_by_role("button").click()
    expect(visitor.page.get_by_text(f"This line is {len(LONG):,} bytes long and shown cut")).to_be_visible()
    expect(visitor.field("raw")).to_contain_text(f"[line of {len(LONG):,} bytes, cut after ")
    assert visitor.overflow() == 0


def test_direction_and_control_characters_stay_where_they_are(visitor: Visitor, user: User) -> None:
    open_job(visitor, user, HIDDEN)
    visitor.lines().get_by_role("button").click()
    for place in (visitor.lines().locator(".line-text"), visitor.field("raw")):
        expect(place).to_contain_text("⟨U+202E⟩gnp.exe⟨U+2066⟩ ⟨U+061C⟩⟨U+200B⟩")
        expect(place).to_have_attribute("dir", "auto")
        assert place.evaluate("element => getComputedStyle(element).unicodeBidi") in ("isolate", "plaintext")
    expect(visitor.field("raw")).to_contain_text("␛]8;;http://192.0.2.1/␇link")
    assert visitor.page.locator("main a[href*='192.0.2.1']").count() == 0


def test_exports_are_downloads(visitor: Visitor, user: User, tmp_path: Path) -> None:
    open_job(visitor, user, TEXT)
    saved = {name: tmp_path / name for name in ("NDJSON", "CSV", "Raw")}
    exports = visitor.page.get_by_role("group", name="Export")
    for name, path in saved.items():
        with visitor.page.expect_download(timeout=WAIT_MS) as download:
            exports.get_by_role("link", name=name).click()
        download.value.save_as(path)
    assert saved["Raw"].read_text() == TEXT
    assert [json.loads(line)["line_no"] for line in saved["NDJSON"].read_text().splitlines()] == [1, 2, 16]
    with saved["CSV"].open(newline="") as table:
        assert [row["line_count"] for row in csv.DictReader(table)] == ["1", "14", "1"]
    visitor.page.get_by_role("group", name="Filter lines").get_by_role("button", name="error").click()
    with visitor.page.expect_download(timeout=WAIT_MS) as download:
        exports.get_by_role("link", name="NDJSON").click()
    download.value.save_as(saved["NDJSON"])
    assert [json.loads(line)["level"] for line in saved["NDJSON"].read_text().splitlines()] == ["error"]
