"""Dead letters on the page: seen for what they are, replayed, discarded."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.batches import ATTEMPTS, TRACE, HandMadeJob
from tests.browser.visitor import WAIT_MS, Visitor
from tests.support.suite import Suite
from tests.support.user import User, assert_conserved

GOOD = b"2024-05-01 12:00:00 INFO one\n2024-05-01 12:00:01 INFO two\n"
HOSTILE = "2024-05-01 12:00:02 ERROR <script>alert('payload')</script> \x1b[31mred\x1b[0m \u202egnp.exe\n"
BIG = b"2024-05-01 12:00:03 WARN " + b"x" * 100_000 + b"\n"
LONG = "x" * 100


def letters_of(user: User, **query: object) -> list[dict[str, object]]:
    items: list[dict[str, object]] = user.get("/api/dead-letters", **query)["items"]
    return items


@pytest.fixture
def job(suite: Suite, user: User) -> HandMadeJob:
    """A job of four batches: one stored, two broken (the second one long), one given up."""
    made = HandMadeJob(suite, user, GOOD, HOSTILE.encode(), GOOD, BIG, file_name="<img src=x onerror=alert(1)>.log")
    made.good(0)
    made.poison(1)
    made.given_up(2)
    made.poison(3)
    assert user.wait(made.job_id)["lines_dead_lettered"] == 4
    return made


def letters(visitor: Visitor) -> Locator:
    return visitor.page.locator("[data-letter]")


def choose(visitor: Visitor, label: str, option: str) -> None:
    visitor.page.get_by_label("List of dead letters").get_by_role("combobox", name=label).select_option(option)


def test_there_are_none_at_first(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    expect(visitor.field("waiting_letters")).to_have_text("0")
    visitor.open_dead_letters()
    expect(visitor.page.get_by_text("No dead letters: every line batch found its place.")).to_be_visible()
    expect(visitor.page).to_have_title("Dead letters – logmill")
    assert visitor.complaints == []


def test_the_number_in_the_menu_follows_what_ends_meanwhile(suite: Suite, visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    expect(visitor.field("waiting_letters")).to_have_text("0")
    made = HandMadeJob(suite, user, GOOD)
    made.poison(0)
    user.wait(made.job_id)
    expect(visitor.field("waiting_letters")).to_have_text("1", timeout=15_000)  # long before it is asked for again


def test_they_are_grouped_and_narrowed_and_the_address_says_how(visitor: Visitor, user: User, job: HandMadeJob) -> None:
    visitor.log_in(user)
    expect(visitor.field("waiting_letters")).to_have_text("3")
    visitor.open_dead_letters()
    groups = visitor.page.get_by_role("table", name="By reason")
    expect(groups.get_by_role("row")).to_have_count(3)
    checksum = groups.locator("[data-group=bad_checksum]")
    cells = checksum.get_by_role("cell")
    assert [cells.nth(place).inner_text() for place in (1, 2, 3)] == ["2", "2", "1"]
    expect(letters(visitor)).to_have_count(3)
    checksum.get_by_role("button").click()
    expect(letters(visitor)).to_have_count(2)
    assert "reason=bad_checksum" in visitor.page.url
    expect(checksum.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    choose(visitor, "Reason", "attempts_exhausted")
    expect(letters(visitor)).to_have_count(1)
    choose(visitor, "State", "stored")
    expect(visitor.page.get_by_text("No dead letter passes the filter.")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_text("No dead letter passes the filter.")).to_be_visible()
    visitor.page.get_by_role("button", name="Show those that wait").click()
    expect(letters(visitor)).to_have_count(3)
    visitor.page.get_by_label("Search reasons, details and file names").fill("EXHAUSTED")
    expect(letters(visitor)).to_have_count(1)
    visitor.open("/#/")
    visitor.open(f"/#/jobs/{job.job_id}")
    visitor.page.get_by_role("link", name="view dead letters").click()
    expect(letters(visitor)).to_have_count(3)
    assert f"job_id={job.job_id}" in visitor.page.url
    assert visitor.complaints == []


def test_an_opened_one_shows_everything_and_nothing_of_it_is_markup(
    visitor: Visitor, user: User, job: HandMadeJob, tmp_path: Path
) -> None:
    letter = next(letter for letter in letters_of(user) if letter["batch_no"] == 1)
    visitor.log_in(user, f"/#/dead-letters/{letter['dead_letter_id']}?reason=bad_checksum")
    payload = visitor.field("payload")
    expect(payload).to_contain_text("<script>alert('payload')</script> ␛[31mred␛[0m ⟨U+202E⟩gnp.exe")
    expect(visitor.field("letter_detail")).to_contain_text("checksum")
    expect(visitor.field("history")).to_have_count(0)
    visitor.page.get_by_text("Headers").click()
    headers = visitor.field("letter_headers")
    shown = dict(zip(*(headers.locator(tag).all_inner_texts() for tag in ("dt", "dd")), strict=True))
    assert (shown["job_id"], shown["batch_no"], shown["first_line"]) == (job.job_id, "1", "3")
    with visitor.page.expect_download(timeout=WAIT_MS) as download:
        visitor.page.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "payload")
    assert (tmp_path / "payload").read_bytes() == HOSTILE.encode()
    assert visitor.page.locator("main img, main script, main [onerror]").count() == 0
    assert visitor.complaints == []


def test_attempts_and_trace_are_told_and_a_long_one_is_cut(visitor: Visitor, user: User, job: HandMadeJob) -> None:
    visitor.log_in(user, f"/#/dead-letters?job_id={job.job_id}")
    visitor.page.get_by_role("button", name="Failed at every attempt, lines 4–5, details").press("Enter")
    attempts = visitor.field("attempts").get_by_role("listitem")
    expect(attempts).to_have_count(len(ATTEMPTS))
    expect(attempts.last).to_contain_text("2024-05-01 12:00:02 · host-2:4711")
    expect(attempts.last).to_contain_text("ValueError: try 2")
    expect(visitor.field("letter_trace")).to_be_hidden()
    visitor.page.get_by_text("Trace of the last attempt").click()
    expect(visitor.field("letter_trace")).to_have_text(TRACE)
    visitor.page.get_by_role("button", name="Checksum does not match, line 6, details").click()
    expect(visitor.field("payload")).to_have_text(re.compile("^2024-05-01 12:00:03 WARN x+$"))
    expect(visitor.field("payload_cut")).to_have_text("Cut here; the download has all 100 kB.")
    expect(visitor.field("letter_trace")).to_have_count(0)
    visitor.page.go_back()
    expect(visitor.field("attempts")).to_be_visible()


def test_a_replay_of_all_tells_what_was_stored_and_what_died_again(
    visitor: Visitor, user: User, job: HandMadeJob
) -> None:
    visitor.log_in(user, f"/#/dead-letters?job_id={job.job_id}")
    visitor.page.get_by_role("button", name="Replay 3 dead letters").click()
    told = visitor.field("replay")
    expect(told).to_have_text("3 dead letters replayed: 1 stored, 2 died again.", timeout=WAIT_MS)
    expect(visitor.field("waiting_letters")).to_have_text("2")
    expect(letters(visitor)).to_have_count(2)
    visitor.page.get_by_role("button", name="Checksum does not match, line 3, details").click()
    expect(visitor.field("history")).to_contain_text(f"replayed by {user.email}")
    visitor.page.get_by_role("button", name="Dismiss").click()
    expect(told).to_have_count(0)
    visitor.open(f"/#/jobs/{job.job_id}")
    expect(visitor.field("lines_dead_lettered")).to_have_text("2")
    expect(visitor.field("conservation")).to_have_attribute("data-conserved", "true")
    assert_conserved(user.job(job.job_id))
    assert visitor.complaints == []


def test_one_is_replayed_by_keyboard_and_is_found_among_the_stored_ones(
    visitor: Visitor, user: User, job: HandMadeJob
) -> None:
    visitor.log_in(user, "/#/dead-letters?reason=attempts_exhausted")
    visitor.page.get_by_role("button", name="Failed at every attempt, lines 4–5, details").press("Enter")
    visitor.field("letter").get_by_role("button", name="Replay").press("Enter")
    expect(visitor.field("replay")).to_have_text("The dead letter is stored now.", timeout=WAIT_MS)
    opened = visitor.field("letter")
    expect(opened.locator("[data-field=letter_state]")).to_have_attribute("data-state", "stored")
    expect(opened).to_contain_text("Its lines are stored now")
    expect(opened.get_by_role("button", name="Replay")).to_have_count(0)
    choose(visitor, "State", "stored")
    expect(letters(visitor)).to_have_count(1)
    assert user.job(job.job_id)["lines_stored"] == 4


def test_discarding_asks_first(visitor: Visitor, user: User, job: HandMadeJob) -> None:
    visitor.log_in(user, f"/#/dead-letters?job_id={job.job_id}")
    visitor.page.get_by_role("button", name="Failed at every attempt, lines 4–5, details").click()
    discard = visitor.field("letter").get_by_role("button", name="Discard")
    discard.click()
    dialog = visitor.page.get_by_role("dialog", name="Discard this dead letter?")
    expect(dialog).to_contain_text("The bytes of 2 lines are deleted")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    visitor.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(discard).to_be_focused()
    discard.click()
    dialog.get_by_role("button", name="Discard for good").click()
    expect(letters(visitor)).to_have_count(2)
    expect(visitor.field("letter")).to_contain_text("Its bytes were discarded.")
    expect(visitor.field("history")).to_contain_text(f"discarded by {user.email}")
    visitor.page.get_by_role("button", name="Discard 2 dead letters").click()
    visitor.page.get_by_role("button", name="Discard for good").click()
    expect(letters(visitor)).to_have_count(0)
    expect(visitor.field("waiting_letters")).to_have_text("0")
    assert {letter["state"] for letter in letters_of(user, state="all")} == {"discarded"}
    assert user.job(job.job_id)["lines_dead_lettered"] == 4
    assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_360_pixels(suite: Suite, browser: Browser, user: User, scheme: str) -> None:
    job = HandMadeJob(suite, user, f"{LONG * 3}\n".encode(), file_name=f"{LONG}.log")
    job.poison(0)
    user.wait(job.job_id)
    phone = Visitor(browser, suite.api_url, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    phone.log_in(user)
    phone.open_dead_letters()
    phone.page.get_by_role("button", name=re.compile("^Checksum does not match, ")).click()
    expect(phone.field("payload")).to_contain_text(LONG)
    for folded in ("Headers", "Properties"):
        phone.page.get_by_text(folded).click()
    assert phone.overflow() == 0
    phone.field("letter").get_by_role("button", name="Discard").click()
    expect(phone.page.get_by_role("dialog")).to_be_visible()
    assert phone.overflow() == 0
    phone.leave()
