"""What can be done to a job: cancelled, deleted, verified, retried."""

import re

from playwright.sync_api import expect

from tests.browser.batches import HandMadeJob
from tests.browser.visitor import WAIT_MS, Visitor
from tests.support.suite import Suite
from tests.support.user import User, assert_conserved

BLOCK = "".join(f"2024-05-01 12:00:{second:02} INFO request {second} took 7 ms\n" for second in range(60))
BLOCKS = 3000
LINES = b"2024-05-01 12:00:00 INFO one\n2024-05-01 12:00:01 ERROR two\n"


def test_a_job_is_cancelled_while_its_file_is_sent(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    visitor.slow_uploads()
    visitor.drop("unwanted.log", BLOCK, BLOCKS)
    visitor.await_status("receiving")
    expect(visitor.field("lines_stored")).not_to_have_text("0", timeout=WAIT_MS)
    visitor.page.get_by_role("button", name="Cancel", exact=True).click()
    visitor.await_status("cancelled")
    expect(visitor.page.locator("main")).to_contain_text("It was cancelled by its owner. The lines stored before that")
    expect(visitor.field("conservation")).to_have_attribute("data-conserved", "true")
    expect(visitor.page.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="Send unwanted.log again")).to_be_visible()
    expect(visitor.page.get_by_text("Not sent")).to_have_count(0)
    job = user.wait(visitor.job_id())
    assert job["status"] == "cancelled"
    assert_conserved(job)
    assert visitor.complaints == []


def test_a_job_is_deleted_when_asked_twice(visitor: Visitor, user: User) -> None:
    job_id = user.upload(LINES, "old & <b>bold.log")
    user.wait(job_id)
    visitor.log_in(user, f"/#/jobs/{job_id}")
    delete = visitor.page.get_by_role("button", name="Delete", exact=True)
    delete.click()
    dialog = visitor.page.get_by_role("dialog", name="Delete this job?")
    expect(dialog).to_contain_text("old & <b>bold.log")
    expect(dialog).to_contain_text("Its 2 lines, charts and dead letters are removed from everywhere.")
    dialog.get_by_role("button", name="Keep").press("Enter")
    expect(dialog).to_have_count(0)
    expect(delete).to_be_focused()
    delete.click()
    dialog.get_by_role("button", name="Delete for good").click()
    expect(visitor.page.get_by_text("No jobs yet.")).to_be_visible()
    expect(visitor.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    assert user.get("/api/jobs")["items"] == []
    assert visitor.complaints == []


def test_a_job_is_deleted_while_its_file_is_sent(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    visitor.slow_uploads()
    visitor.drop("unwanted.log", BLOCK, BLOCKS)
    visitor.await_status("receiving")
    visitor.page.get_by_role("button", name="Delete", exact=True).click()
    visitor.page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(visitor.page.locator("[data-upload][data-state=cancelled]")).to_contain_text("unwanted.log")
    expect(visitor.page.locator("[data-job]")).to_have_count(0)
    assert user.get("/api/jobs")["items"] == []
    assert visitor.complaints == []


def test_a_recount_shows_each_check_and_what_does_not_add_up(suite: Suite, visitor: Visitor, user: User) -> None:
    job = HandMadeJob(suite, user, LINES, LINES)
    job.good(0)
    job.good(1)
    user.wait(job.job_id)
    visitor.log_in(user, f"/#/jobs/{job.job_id}")
    verify = visitor.page.get_by_role("button", name="Verify")
    verify.click()
    expect(visitor.field("adds_up")).to_have_text("Recounted: everything adds up.")
    answer = user.get(f"/api/jobs/{job.job_id}/verify")
    checks = visitor.page.locator("[data-check]")
    expect(checks).to_have_count(len(answer["checks"]))
    expect(visitor.page.locator("[data-check][data-ok=true]")).to_have_count(len(answer["checks"]))
    expect(visitor.page.locator("[data-check=lines_stored]")).to_contain_text("Lines stored")
    job.execute("DELETE FROM log_records WHERE job_id = $1 AND line_no = 4")
    verify.click()
    expect(visitor.field("adds_up")).to_have_text("Recounted: something does not add up.")
    expect(visitor.page.locator("[data-check][data-ok=false]").first).to_contain_text("not ok")
    visitor.page.get_by_role("button", name="Close the verification").click()
    expect(visitor.field("adds_up")).to_have_count(0)
    assert visitor.complaints == []


def test_a_verification_nobody_waits_for_is_not_counted_on(suite: Suite, visitor: Visitor, user: User) -> None:
    job_id = user.upload(LINES)
    user.wait(job_id)
    visitor.log_in(user, f"/#/jobs/{job_id}")
    visitor.page.route("**/verify", lambda route: None)  # no answer, as of a big job
    visitor.page.get_by_role("button", name="Verify").click()
    expect(visitor.page.get_by_text("Recounting the job from its rows…")).to_be_visible()
    with visitor.page.expect_event("requestfailed") as left:
        visitor.page.get_by_role("button", name="Close the verification").click()
    assert left.value.url.endswith(f"/api/jobs/{job_id}/verify")
    expect(visitor.page.get_by_role("region", name="Verification")).to_have_count(0)
    with visitor.page.expect_event("requestfailed"):
        visitor.page.get_by_role("button", name="Verify").click()
        visitor.page.get_by_role("link", name="logmill").click()
    assert visitor.complaints == []


def test_what_died_of_a_job_is_retried(suite: Suite, visitor: Visitor, user: User) -> None:
    job = HandMadeJob(suite, user, LINES, LINES)
    job.good(0)
    job.given_up(1)
    assert user.wait(job.job_id)["status"] == "completed_with_errors"
    visitor.log_in(user, f"/#/jobs/{job.job_id}")
    expect(visitor.lines()).to_have_count(2)
    visitor.page.get_by_role("button", name="Retry").click()
    expect(visitor.field("replay")).to_have_text("The dead letter is stored now.", timeout=WAIT_MS)
    visitor.await_status("completed")
    expect(visitor.field("lines_dead_lettered")).to_have_text("0")
    expect(visitor.field("lines_stored")).to_have_text("4")
    expect(visitor.lines()).to_have_count(4)
    expect(visitor.page.get_by_role("button", name="Retry")).to_have_count(0)
    assert visitor.entries("levels") == {"error": 2, "info": 2}
    assert visitor.complaints == []


def test_a_retry_that_cannot_help_says_why(suite: Suite, visitor: Visitor, user: User) -> None:
    job = HandMadeJob(suite, user, LINES)
    job.given_up(0)
    user.wait(job.job_id)
    user.http.delete("/api/dead-letters", params={"all": "true"}).raise_for_status()
    visitor.log_in(user, f"/#/jobs/{job.job_id}")
    visitor.page.get_by_role("button", name="Retry").click()
    expect(
        visitor.page.get_by_role("alert").filter(has_text=re.compile("none can be replayed: 1 discarded"))
    ).to_be_visible()
