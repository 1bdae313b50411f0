"""Webhooks on the page: set up, signed with secrets, followed to their lines, and counted."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.visitor import Visitor
from tests.support.suite import Suite, wait_for
from tests.support.user import User
from tests.support.webhooks import Hook, hook_of, message, payload_of, wait_until_stored

SECRET = "It's a Secret to Everybody"
HOSTILE = "<img src=x onerror=alert(1)>/\u202eoper"
SHOWN = "<img src=x onerror=alert(1)>/⟨U+202E⟩oper"
LONG = "x" * 100
PAGE_SIZE = 50
RUNS = {
    "workflow_run": ["success", "success", "failure", "cancelled"],
    "deployment_status": ["error"],
}


def open_webhooks(visitor: Visitor) -> None:
    """Follows the link at the top."""
    visitor.page.get_by_role("banner").get_by_role("link", name="Webhooks").click()
    expect(visitor.page.get_by_role("heading", name="Webhooks")).to_be_visible()


def secrets(visitor: Visitor) -> Locator:
    return visitor.page.locator("[data-secret]")


def deliveries(visitor: Visitor) -> Locator:
    return visitor.page.locator("[data-delivery]")


def add_secret(visitor: Visitor, name: str, secret: str = "") -> None:
    form = visitor.page.get_by_role("form", name="Add a secret")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Secret", exact=True).fill(secret)
    form.get_by_role("button", name="Add").click()


def workflow_run(outcome: str, seconds: int) -> dict[str, Any]:
    """A workflow's run that took so long."""
    payload = payload_of("workflow_run.completed.success")
    run = payload["workflow_run"]
    run.update(conclusion=outcome, run_started_at="2024-05-01T12:00:00Z", updated_at=f"2024-05-01T12:00:{seconds:02}Z")
    return payload


def test_somebody_new_is_told_what_to_fill_in_and_nothing_is_there_yet(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    open_webhooks(visitor)
    expect(visitor.page).to_have_title("Webhooks – logmill")
    expect(visitor.field("payload_url")).to_have_text(f"{user.api_url}/webhook/github")
    expect(visitor.field("address_warning")).to_contain_text("GitHub cannot reach this address")
    expect(visitor.page.get_by_text("None yet: until there is one, every delivery is refused.")).to_be_visible()
    expect(visitor.page.get_by_text("Nothing was delivered yet.")).to_be_visible()
    link = visitor.page.get_by_role("banner").get_by_role("link", name="Webhooks")
    expect(link).to_have_attribute("aria-current", "page")
    visitor.page.get_by_text("What to fill in at GitHub").click()
    expect(visitor.field("payload_url")).to_be_hidden()
    visitor.page.reload()
    expect(visitor.field("payload_url")).to_be_visible()
    assert visitor.complaints == []


def test_a_secret_that_is_made_is_shown_once_and_signs_deliveries(visitor: Visitor, user: User) -> None:
    visitor.log_in(user, "/#/webhooks")
    add_secret(visitor, "octo/widget")
    expect(visitor.page.get_by_role("heading", name="octo/widget is added.")).to_be_focused()
    secret = visitor.field("new_secret").inner_text()
    expect(secrets(visitor)).to_have_count(1)
    expect(secrets(visitor)).to_contain_text(f"…{secret[-4:]}")
    expect(secrets(visitor)).to_contain_text("not used yet")
    expect(visitor.page.get_by_label("New secret").locator("[data-field=address_warning]")).to_be_visible()
    own_url = visitor.page.get_by_label("New secret").locator("[data-field=payload_url]").inner_text()
    visitor.page.reload()
    expect(secrets(visitor)).to_have_count(1)
    assert secret not in visitor.page.content()
    told = Hook(user.api_url, secret, own_url.removeprefix(user.api_url)).accepted(message("one"), "told")
    expect(deliveries(visitor)).to_have_count(1)
    expect(deliveries(visitor)).to_have_attribute("data-delivery", told["delivery_id"])
    expect(secrets(visitor)).to_contain_text("last used")
    assert visitor.complaints == []


def test_a_secret_is_refused_at_its_field_and_a_typed_one_is_taken_as_it_is(visitor: Visitor, user: User) -> None:
    visitor.log_in(user, "/#/webhooks")
    add_secret(visitor, "mine", "too short")
    expect(visitor.page.locator("#secret-secret-errors")).to_contain_text("16")
    expect(visitor.page.get_by_label("Secret", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(secrets(visitor)).to_have_count(0)
    add_secret(visitor, "mine", SECRET)
    expect(visitor.field("new_secret")).to_have_text(SECRET)
    visitor.page.get_by_role("button", name="Close the new secret").click()
    expect(visitor.field("new_secret")).to_have_count(0)
    Hook(user.api_url, SECRET).accepted(message("one"))
    expect(deliveries(visitor)).to_have_count(1)


def test_removing_a_secret_asks_first_and_what_it_signs_is_refused_then(visitor: Visitor, user: User) -> None:
    hook = hook_of(user, "old")
    visitor.log_in(user, "/#/webhooks")
    remove = visitor.page.get_by_role("button", name="Remove old")
    remove.click()
    dialog = visitor.page.get_by_role("dialog", name="Remove this secret?")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    visitor.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(remove).to_be_focused()
    remove.press("Enter")
    dialog.get_by_role("button", name="Remove for good").click()
    expect(secrets(visitor)).to_have_count(0)
    expect(visitor.page.locator("#main")).to_be_focused()
    assert hook.deliver(message("late")).status_code == 401
    assert user.get("/api/webhook-deliveries")["items"] == []
    assert visitor.complaints == []


def test_a_delivery_leads_to_its_own_lines(visitor: Visitor, user: User) -> None:
    hook = hook_of(user)
    visitor.log_in(user, "/#/webhooks")
    hook.accepted(message("before"))
    push = payload_of("push")
    told = hook.accepted(push, "push")
    row = visitor.page.locator(f"[data-delivery='{told['delivery_id']}']")
    expect(row).to_contain_text("push")
    expect(row).to_contain_text(push["repository"]["full_name"])
    expect(row.locator("[data-field=delivery_state]")).to_have_text("Taken in")
    row.get_by_role("link", name=f"line {told['line_no']}").click()
    assert visitor.job_id() == told["job_id"]
    expect(visitor.lines()).to_have_count(told["line_count"])
    expect(visitor.lines().first).to_have_attribute("data-line", str(told["line_no"]))
    visitor.lines().first.get_by_role("button").click()
    payload = visitor.field("unfolded")
    expect(payload).to_be_hidden()
    visitor.page.get_by_text(f"{len(push)} fields").click()
    expect(payload).to_contain_text(f'"compare": "{push["compare"]}"')
    visitor.page.go_back()
    expect(row).to_be_visible()
    assert visitor.complaints == []


def test_deliveries_are_listed_by_event_and_page_after_page(visitor: Visitor, user: User) -> None:
    hook = hook_of(user)
    for number in range(PAGE_SIZE + 1):
        hook.accepted(message(f"no. {number}"), "brand_new")
    hook.accepted(payload_of("star.created"), "star")
    visitor.log_in(user, "/#/webhooks")
    expect(deliveries(visitor)).to_have_count(PAGE_SIZE)
    visitor.page.get_by_role("button", name="Load more").click()
    expect(deliveries(visitor)).to_have_count(PAGE_SIZE + 2)
    event = visitor.page.get_by_role("combobox", name="Event")
    event.select_option("star")
    expect(deliveries(visitor)).to_have_count(1)
    assert "event=star" in visitor.page.url
    event.select_option("release")
    expect(visitor.page.get_by_text("No delivery of this event.")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_text("No delivery of this event.")).to_be_visible()
    visitor.page.get_by_role("button", name="Show all events").click()
    expect(deliveries(visitor)).to_have_count(PAGE_SIZE)
    event.select_option("brand_new")
    visitor.page.get_by_role("button", name="Load more").click()
    expect(deliveries(visitor)).to_have_count(PAGE_SIZE + 1)
    assert visitor.complaints == []


def test_a_job_of_webhooks_shows_events_and_how_runs_went(visitor: Visitor, user: User) -> None:
    hook = hook_of(user)
    visitor.log_in(user)
    told = hook.accepted(payload_of("push"), "push")
    job_id, lines = told["job_id"], told["line_count"]
    for seconds, outcome in enumerate(RUNS["workflow_run"], 10):
        lines += hook.accepted(workflow_run(outcome, seconds), "workflow_run")["line_count"]
    lines += hook.accepted(payload_of("deployment_status.created.error"), "deployment_status")["line_count"]
    wait_until_stored(user, job_id, lines)
    row = visitor.page.locator(f"[data-job='{job_id}']")
    expect(row).to_contain_text("GitHub · ")
    expect(row.get_by_role("progressbar")).to_have_count(0)
    row.get_by_role("link").click()
    expect(visitor.field("movement")).to_contain_text("until its day (UTC) is over")
    expect(visitor.page.get_by_label("Progress", exact=True).get_by_role("progressbar")).to_have_count(0)
    wait_for("all events to be counted", lambda: sum(visitor.entries("events").values()) == lines)
    commits = told["line_count"] - 1
    assert visitor.entries("events") == {"push": 1, "commit": commits, "workflow_run": 4, "deployment_status": 1}
    assert visitor.entries("repositories") == {payload_of("push")["repository"]["full_name"]: lines}
    assert sum(visitor.entries("senders").values()) == lines
    assert outcomes(visitor, "workflow_run") == {"success": 2, "failure": 1, "cancelled": 1}
    assert outcomes(visitor, "deployment_status") == {"error": 1}
    runs = visitor.page.locator("[data-event=workflow_run]")
    expect(runs.locator("[data-percentile=p50]")).to_have_text(re.compile(r"^1[0-3] s$"))
    expect(runs.locator("[data-percentile=p99]")).to_have_text(re.compile(r"^1[23] s$"))
    expect(visitor.field("unique_ips")).to_have_count(0)
    visitor.open("/#/")
    expect(visitor.page.get_by_text("1 job open for webhooks")).to_be_visible()
    expect(visitor.field("events").get_by_role("listitem")).to_have_count(4)
    assert sum(visitor.entries("events").values()) == lines
    assert visitor.complaints == []


def outcomes(visitor: Visitor, event: str) -> dict[str, int]:
    shown = visitor.page.locator(f"[data-event={event}] [data-outcome]").all()
    return {one.get_attribute("data-outcome") or "": int(one.get_attribute("data-count") or -1) for one in shown}


def test_a_job_of_files_says_nothing_of_events(visitor: Visitor, user: User) -> None:
    job_id = user.upload(b"2024-05-01 12:00:00 ERROR one\n")
    user.wait(job_id)
    visitor.log_in(user, f"/#/jobs/{job_id}")
    expect(visitor.field("levels").get_by_role("listitem")).to_have_count(1)
    expect(visitor.field("unique_ips")).to_have_text("0")
    for field in ("events", "repositories", "senders", "runs"):
        expect(visitor.field(field)).to_have_count(0)


def test_nothing_that_is_delivered_is_markup(visitor: Visitor, user: User) -> None:
    hook = hook_of(user, HOSTILE)
    hostile = {**message(HOSTILE, HOSTILE), "action": HOSTILE, "sender": {"login": HOSTILE}}
    told = hook.accepted(hostile, delivery_id=f"'\"<b>{LONG}")
    wait_until_stored(user, told["job_id"], 1)
    visitor.log_in(user, "/#/webhooks")
    expect(secrets(visitor)).to_contain_text(SHOWN)
    expect(deliveries(visitor)).to_contain_text("'\"<b>xxx")
    deliveries(visitor).get_by_role("link", name="line 1").click()
    expect(visitor.lines()).to_have_count(1)
    visitor.lines().get_by_role("button").click()
    expect(visitor.field("senders")).to_contain_text(SHOWN)
    assert visitor.page.locator("main img, main script, main [onerror]").count() == 0
    assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_360_pixels(suite: Suite, browser: Browser, user: User, scheme: str) -> None:
    hook = hook_of(user, LONG)
    payload = workflow_run("failure", 10)
    payload["repository"]["full_name"] = f"{LONG}/{LONG}"
    told = hook.accepted(payload, "workflow_run", delivery_id=LONG)
    wait_until_stored(user, told["job_id"], 1)
    phone = Visitor(browser, suite.api_url, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    phone.log_in(user)
    open_webhooks(phone)
    expect(deliveries(phone)).to_be_visible()
    phone.page.get_by_text("What to fill in at GitHub").click()
    expect(phone.field("payload_url")).to_be_visible()
    add_secret(phone, "new")
    expect(phone.field("new_secret")).to_be_visible()
    assert phone.overflow() == 0
    phone.page.get_by_role("button", name="Remove new").click()
    expect(phone.page.get_by_role("dialog")).to_be_visible()
    assert phone.overflow() == 0
    phone.page.keyboard.press("Escape")
    deliveries(phone).get_by_role("link").click()
    expect(phone.field("runs")).to_be_visible()
    assert phone.overflow() == 0
    phone.leave()
