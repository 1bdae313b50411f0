"""What cannot simply become a job: sent before, an archive of several files, no log at all, changed on its way."""

import gzip
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.visitor import WAIT_MS, Visitor
from tests.support.user import User, assert_conserved

LINE = "2024-05-01 12:00:00 INFO the same words\n"
LONG_AGO = 1_700_000_000
"""Browsers notice a change by the file's time, in whole seconds."""


def zip_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def stored(path: Path, content: bytes) -> Path:
    """A file that was last written to long ago."""
    path.write_bytes(content)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def row(visitor: Visitor, state: str) -> Locator:
    """The rows of uploads, as opposed to those of jobs."""
    return visitor.page.locator(f"[data-upload][data-state={state}]")


def jobs_of(user: User) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = user.get("/api/jobs")["items"]
    return items


def test_a_file_sent_before_leads_to_its_first_job_and_may_be_sent_again(visitor: Visitor, user: User) -> None:
    first = user.upload(LINE.encode(), "first.log")
    user.wait(first)
    visitor.log_in(user)
    visitor.drop("second.log", LINE)
    duplicate = row(visitor, "duplicate")
    expect(duplicate).to_contain_text("Already uploaded as first.log")
    expect(duplicate.get_by_role("link")).to_have_attribute("href", f"#/jobs/{first}")
    expect(visitor.page.locator("[data-job]")).to_have_count(1)
    expect(visitor.page.get_by_role("heading", name="All jobs")).to_be_visible()
    assert [job["job_id"] for job in jobs_of(user)] == [first]
    duplicate.get_by_role("button", name="Upload again").click()
    visitor.await_status("completed")
    expect(visitor.field("file_name")).to_have_text("second.log")
    expect(row(visitor, "duplicate")).to_have_count(0)
    assert [job["file_name"] for job in jobs_of(user)] == ["second.log", "first.log"]
    assert visitor.complaints == []


def test_each_file_of_an_archive_has_its_row(visitor: Visitor, user: User, tmp_path: Path) -> None:
    first = user.upload(LINE.encode(), "first.log")
    user.wait(first)
    files = {"new.log": LINE.encode() * 2, "old.log": LINE.encode(), "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(5000)}
    visitor.log_in(user)
    visitor.choose(stored(tmp_path / "logs.zip", zip_of(files)))
    archive = row(visitor, "accepted")
    expect(archive).to_contain_text("3 files: 1 taken in", timeout=WAIT_MS)
    expect(archive).to_contain_text("Already uploaded: first.log")
    expect(archive.get_by_role("link", name="first.log")).to_have_attribute("href", f"#/jobs/{first}")
    expect(archive.get_by_role("listitem").filter(has_text="picture.png")).to_contain_text("Supported: text")
    rows = visitor.page.locator("[data-job]")
    expect(rows.filter(has_text="new.log").locator("[title=Completed]")).to_be_visible(timeout=WAIT_MS)
    expect(rows.filter(has_text="picture.png").locator("[title=Failed]")).to_be_visible()
    expect(rows).to_have_count(3)
    archive.get_by_role("button", name="Dismiss logs.zip").click()
    expect(archive).to_have_count(0)
    assert visitor.complaints == []


def test_what_is_no_log_is_refused_in_the_servers_words(visitor: Visitor, user: User, tmp_path: Path) -> None:
    visitor.log_in(user)
    visitor.choose(stored(tmp_path / "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(5000)))
    expect(row(visitor, "failed")).to_contain_text("Supported: text in any usual charset")


def test_a_damaged_file_leads_to_what_could_be_read(visitor: Visitor, user: User, tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"2024-05-01 12:00:00 INFO {os.urandom(25).hex()}\n" for _ in range(3000)).encode())
    visitor.log_in(user)
    visitor.choose(stored(tmp_path / "cut.log.gz", whole[: len(whole) // 2]))
    failed = row(visitor, "failed")
    expect(failed).to_contain_text("What was received is in cut.log.gz", timeout=WAIT_MS)
    failed.get_by_role("link").click()
    visitor.await_status("failed")
    assert_conserved(user.wait(visitor.job_id()))


def replaced(path: Path) -> None:
    path.write_bytes(b"something else\n")


def grown(path: Path) -> None:
    with path.open("ab") as log:
        log.write(LINE.encode())


@pytest.mark.parametrize("change", [replaced, grown])
def test_a_file_that_changed_before_it_was_sent_is_told(
    visitor: Visitor, user: User, tmp_path: Path, change: Any
) -> None:
    path = stored(tmp_path / "live.log", LINE.encode() * 1000)
    visitor.log_in(user)
    visitor.open_options()
    visitor.choose(path)
    change(path)
    visitor.page.get_by_role("button", name="Preview live.log").click()
    expect(visitor.page.get_by_label("Preview", exact=True)).to_contain_text("The file changed after it was chosen")
    visitor.page.get_by_role("button", name="Upload 1 file").click()
    expect(row(visitor, "failed")).to_contain_text("The file changed after it was chosen")
    expect(visitor.page.get_by_role("button", name="Send live.log again")).to_have_count(0)


def test_a_file_replaced_while_it_is_sent_ends_as_interrupted(visitor: Visitor, user: User, tmp_path: Path) -> None:
    path = stored(tmp_path / "live.log", LINE.encode() * 500_000)
    visitor.log_in(user)
    visitor.slow_uploads()
    visitor.choose(path)
    visitor.await_status("receiving")
    expect(visitor.field("lines_read")).not_to_have_text("0", timeout=WAIT_MS)
    replaced(path)
    visitor.await_status("interrupted")
    expect(row(visitor, "failed")).to_contain_text("The file changed after it was chosen")
    expect(visitor.page.locator("main")).to_contain_text("The file changed after it was chosen")
    expect(visitor.page.locator("main")).to_contain_text("The upload broke off")
    job = user.wait(visitor.job_id())
    assert job["status"] == "interrupted"
    assert_conserved(job)
