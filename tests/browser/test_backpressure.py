"""A full queue, as somebody sees it who sends files into it."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, expect

from tests.browser.conftest import open_browser
from tests.browser.visitor import WAIT_MS, Visitor
from tests.support.suite import Suite
from tests.support.user import User

MEBIBYTE = 1024**2
SETTINGS = {"LOGMILL_MAX_QUEUE_BYTES": str(MEBIBYTE), "LOGMILL_PUBLISH_FIRST_PATIENCE_SECONDS": "3"}


@pytest.fixture
def full_suite(own_suite: Suite) -> Suite:
    """A small queue that nobody takes anything from."""
    return own_suite.start_all(workers=0, **SETTINGS)


@pytest.fixture
def own_browser(full_suite: Suite) -> Iterator[Browser]:
    """Opened after the suite's database was made, and closed before that is dropped."""
    with open_browser() as chromium:
        yield chromium


def log_of(path: Path, mebibytes: int) -> Path:
    """Lines that hardly compress."""
    count = mebibytes * MEBIBYTE // 1024
    path.write_text("".join(f"2024-05-01 12:00:00 INFO {os.urandom(500).hex()}\n" for _ in range(count)))
    return path


def note_upload(asked: list[str], request: Request) -> None:
    if "/upload" in request.url:
        asked.append(request.method)


def test_an_upload_says_what_it_waits_for_and_a_new_one_tries_again_by_itself(
    full_suite: Suite, own_browser: Browser, tmp_path: Path
) -> None:
    with User(full_suite.api_url) as user:
        visitor = Visitor(own_browser, full_suite.api_url)
        visitor.log_in(user)
        asked: list[str] = []
        visitor.page.on("request", partial(note_upload, asked))
        visitor.choose(log_of(tmp_path / "first.log", 8))
        row = visitor.page.locator("[data-job]").filter(has_text="first.log")
        expect(row.locator("[data-field=row_notice]")).to_contain_text("The upload waits: ", timeout=WAIT_MS)
        expect(visitor.field("notice")).to_contain_text("logs_ingest is full")
        visitor.choose(log_of(tmp_path / "second.log", 2), log_of(tmp_path / "third.log", 1))
        held = visitor.page.locator("[data-upload][data-state=held]")
        second, third = held.filter(has_text="second.log"), held.filter(has_text="third.log")
        expect(second).to_contain_text("Keep this page open: the file is sent again by itself.", timeout=WAIT_MS)
        expect(second).to_contain_text("Next try in ")
        third.get_by_role("button", name="Cancel the upload of third.log").click(timeout=WAIT_MS)
        expect(visitor.page.locator("[data-upload][data-state=cancelled]")).to_contain_text("third.log")
        expect(visitor.field("queue_ready")).not_to_have_text("0", timeout=WAIT_MS)
        full_suite.start("worker", **SETTINGS).wait_ready()
        for name in ("first.log", "second.log"):
            done = visitor.page.locator("[data-job]").filter(has_text=name).locator("[title=Completed]")
            expect(done).to_be_visible(timeout=2 * WAIT_MS)
        expect(visitor.field("notice")).to_have_count(0)
        names = [job["file_name"] for job in user.get("/api/jobs")["items"] if job["status"] == "completed"]
        assert sorted(names) == ["first.log", "second.log"]
        assert asked.count("HEAD") >= asked.count("POST") - 3 > 0  # a file goes out once more only after a word
        assert visitor.complaints == []
        visitor.leave()
