"""A file is dropped, watched, and its numbers are the API's."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.visitor import WAIT_MS, Visitor
from tests.support.suite import wait_for
from tests.support.user import User, assert_conserved, is_conserved

ACCESS = '10.0.0.{0} - - [01/May/2024:12:{0:02}:00 +0000] "GET /path/{1} HTTP/1.1" {2} 512 "-" "probe/1.0"\n'.format
BLOCK = "".join(ACCESS(minute, minute % 7, (200, 200, 404, 500)[minute % 4]) for minute in range(60))
BLOCKS = 1000
LINES = 60 * BLOCKS


def shown(visitor: Visitor) -> dict[str, Any]:
    """The report of the open job as the page shows it."""
    return {
        "tally": visitor.tally(),
        "levels": visitor.entries("levels"),
        "statuses": visitor.entries("status_codes"),
        "keywords": visitor.entries("keywords"),
        "ips": visitor.entries("top_ips"),
        "paths": visitor.entries("top_paths"),
        "formats": visitor.entries("formats"),
        "unique_ips": visitor.number("unique_ips"),
    }


def told(user: User, job_id: str) -> dict[str, Any]:
    """The same from the API."""
    stats = user.get(f"/api/stats/{job_id}")
    job = user.job(job_id)
    return {
        "tally": {name: job[name] for name in ("lines_read", "lines_stored", "lines_rejected", "lines_dead_lettered")},
        "levels": _occurring(stats["level_distribution"]),
        "statuses": _occurring(stats["status_distribution"]),
        "keywords": _occurring(stats["keyword_frequency"]),
        "ips": {entry["ip"]: entry["count"] for entry in stats["top_ips"][:10]},
        "paths": {entry["path"]: entry["count"] for entry in stats["top_paths"][:10]},
        "formats": _occurring(stats["format_counts"]),
        "unique_ips": stats["unique_ips"],
    }


def _occurring(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def await_report(visitor: Visitor) -> None:
    """Waits until the job has ended and its final report is there."""
    visitor.await_status("completed", "completed_with_errors")
    expect(visitor.field("conservation")).to_have_attribute("data-conserved", "true")
    # The sums are asked for once more at the end.
    expect(visitor.page.get_by_label("Breakdown")).to_have_attribute("aria-busy", "false")


def test_a_dropped_file_is_watched_to_its_end(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    visitor.slow_uploads()
    visitor.drop("access.log", BLOCK, BLOCKS)
    visitor.await_status("receiving")
    lines_read = visitor.field("lines_read")
    expect(lines_read).not_to_have_text("0", timeout=WAIT_MS)
    first = lines_read.inner_text()
    expect(lines_read).not_to_have_text(first, timeout=WAIT_MS)
    assert visitor.number("lines_read") > int(first.replace(",", ""))
    progress = visitor.page.get_by_role("progressbar", name="Progress of access.log").first
    expect(progress).to_have_attribute("aria-valuemax", "100")
    await_report(visitor)
    job_id = visitor.job_id()
    job = user.wait(job_id)
    assert_conserved(job)
    assert job["lines_stored"] == LINES
    assert shown(visitor) == told(user, job_id)
    assert visitor.complaints == []


def test_two_browsers_see_the_same_and_one_may_reload_half_way(
    visitor: Visitor, companion: Visitor, user: User
) -> None:
    visitor.log_in(user)
    companion.log_in(user)
    visitor.slow_uploads()
    visitor.drop("shared.log", BLOCK, BLOCKS)
    companion.page.get_by_role("link", name="shared.log").click()
    companion.await_status("receiving")
    expect(companion.field("lines_read")).not_to_have_text("0", timeout=WAIT_MS)
    companion.page.reload()
    companion.await_status("receiving", "processing")
    await_report(visitor)
    await_report(companion)
    job_id = visitor.job_id()
    assert companion.job_id() == job_id
    assert user.wait(job_id)["lines_stored"] == LINES
    assert shown(visitor) == shown(companion) == told(user, job_id)


def test_several_files_chosen_at_once_have_a_row_each(visitor: Visitor, user: User, tmp_path: Path) -> None:
    names = [f"part-{number}.log" for number in range(5)]
    for name in names:
        (tmp_path / name).write_text(BLOCK.replace("probe", name))
    visitor.log_in(user)
    visitor.choose(*(tmp_path / name for name in names))
    for name in names:
        row = visitor.page.get_by_role("listitem").filter(has_text=name)
        expect(row).to_contain_text("60 lines", timeout=WAIT_MS)
        expect(row.locator("[title=Completed]")).to_be_visible(timeout=WAIT_MS)
    assert [job["lines_stored"] for job in user.get("/api/jobs")["items"]] == [60] * 5


def test_the_files_own_time_is_sent_with_it(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    with visitor.page.expect_request("**/upload?*") as request:
        visitor.drop("named & dated?.log", BLOCK)
    assert "name=named+%26+dated%3F.log" in request.value.url
    assert "modified=2024-05-01T00%3A00%3A00.000Z" in request.value.url
    visitor.await_status("completed")
    expect(visitor.field("file_name")).to_have_text("named & dated?.log")


def test_a_cancelled_upload_ends_as_interrupted(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    visitor.slow_uploads()
    visitor.drop("unwanted.log", BLOCK, BLOCKS)
    visitor.await_status("receiving")
    visitor.page.get_by_role("button", name="Cancel the upload of unwanted.log").click()
    visitor.await_status("interrupted")
    job_id = visitor.job_id()
    wait_for("what was confirmed to be stored", lambda: is_conserved(user.job(job_id)))


def test_a_lost_network_is_told_and_mended(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    expect(visitor.field("connection")).to_have_text("live")
    visitor.context.set_offline(True)
    expect(visitor.field("connection")).to_have_text("reconnecting…", timeout=WAIT_MS)
    job_id = user.upload(BLOCK.encode(), "meanwhile.log")
    user.wait(job_id)
    visitor.context.set_offline(False)
    expect(visitor.field("connection")).to_have_text("live", timeout=WAIT_MS)
    expect(visitor.page.get_by_role("link", name="meanwhile.log")).to_contain_text("60 lines")
