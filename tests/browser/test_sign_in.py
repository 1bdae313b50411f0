"""Registering, logging in and out."""

import re
from uuid import uuid4

from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.support.user import PASSWORD, User


def test_a_new_user_registers_and_finds_an_empty_list(visitor: Visitor) -> None:
    visitor.open()
    visitor.register(f"ada-{uuid4().hex[:8]}@example.com")
    expect(visitor.page.get_by_text("No jobs yet.")).to_be_visible()
    expect(visitor.field("connection")).to_have_text("live")
    assert visitor.complaints == []


def test_a_refusal_says_why_and_keeps_what_was_typed(visitor: Visitor, user: User) -> None:
    visitor.open()
    visitor.register(user.email)
    expect(visitor.page.get_by_role("alert")).to_contain_text(re.compile("log in", re.IGNORECASE))
    visitor.page.get_by_role("button", name="Log in").click()
    visitor.fill_in(user.email, "not the password", "Log in")
    expect(visitor.page.get_by_role("alert")).to_contain_text("wrong")
    expect(visitor.page.get_by_label("Email")).to_have_value(user.email)
    visitor.fill_in(user.email, PASSWORD, "Log in")
    expect(visitor.page.get_by_role("button", name="Log out")).to_be_visible()


def test_a_weak_password_is_explained(visitor: Visitor) -> None:
    visitor.open()
    visitor.register("weak@example.com", "short")
    expect(visitor.page.get_by_role("alert")).to_contain_text("characters")


def test_a_login_survives_a_reload_and_ends_in_every_tab(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    visitor.page.reload()
    expect(visitor.page.get_by_role("button", name="Log out")).to_be_visible()
    other_tab = visitor.context.new_page()
    other_tab.goto("/")
    other_tab.get_by_role("button", name="Log out").click()
    for tab in (other_tab, visitor.page):
        expect(tab.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_link_to_a_job_works_through_the_login(visitor: Visitor, user: User) -> None:
    job_id = user.upload(b"2024-05-01 12:00:00 INFO started\n", "linked.log")
    user.wait(job_id)
    visitor.log_in(user, f"/#/jobs/{job_id}")
    expect(visitor.field("file_name")).to_have_text("linked.log")


def test_somebody_elses_job_is_not_found(visitor: Visitor, user: User, companion: Visitor) -> None:
    job_id = user.upload(b"secret\n", "private.log")
    companion.open()
    companion.register(f"eve-{uuid4().hex[:8]}@example.com")
    companion.open(f"/#/jobs/{job_id}")
    expect(companion.page.locator("main")).to_contain_text("not yours")
    expect(companion.page.get_by_text("private.log")).to_have_count(0)
