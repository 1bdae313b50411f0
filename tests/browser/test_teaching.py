"""Formats and keywords of one's own."""

from playwright.sync_api import Locator, expect

from tests.browser.visitor import Visitor
from tests.support.user import User

GROK = "%{TIMESTAMP_ISO8601:time} till %{INT:till} %{LOGLEVEL:level} %{GREEDYDATA:message}"
GOOD = "2024-05-01 12:00:00 till 7 WARN drawer is open"
BAD = "2024-05-01 12:00:00 door 7 WARN open"


def fill_in(form: Locator, name: str, pattern: str, sample: str) -> None:
    form.get_by_label("Name").fill(name)
    form.get_by_label("Pattern", exact=True).fill(pattern)
    form.get_by_label("Sample lines").fill(sample)
    form.get_by_role("button", name="Try and add").click()


def test_a_format_is_refused_at_its_fields_then_kept_offered_changed_and_deleted(visitor: Visitor, user: User) -> None:
    visitor.log_in(user)
    visitor.page.get_by_role("link", name="Formats and keywords").click()
    expect(visitor.page.get_by_text("None yet.")).to_be_visible()
    form = visitor.page.get_by_role("form", name="Format")
    fill_in(form, "json", GROK, BAD)
    expect(form.locator("#format-name-errors")).to_contain_text("built-in")
    expect(form.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    fill_in(form, "till", GROK, f"{GOOD}\n{BAD}")
    expect(form.locator("#format-sample-errors")).to_contain_text("line 2 does not match: column 21")
    fill_in(form, "till", GROK + "%{NO_SUCH:x}", GOOD)
    expect(form.locator("#format-pattern-errors")).to_contain_text("NO_SUCH")
    fill_in(form, "till", GROK, GOOD)
    expect(form).to_contain_text("till is kept")
    expect(form.get_by_role("cell", name="drawer is open")).to_be_visible()
    kept = visitor.page.locator("[data-format=till]")
    expect(kept).to_contain_text(GROK)
    fill_in(form, "till", GROK, GOOD)
    expect(form.get_by_role("alert")).to_contain_text("You have a format called till")
    kept.get_by_role("button", name="Change till").click()
    form.get_by_label("Pattern", exact=True).fill("(?<time>\\S+ \\S+) (?<message>.*)")
    form.get_by_label("Regular expression").check()
    form.get_by_role("button", name="Try and keep").click()
    expect(kept).to_contain_text("regular expression")
    visitor.open_options()
    visitor.page.get_by_role("combobox", name="Format").select_option("till")
    kept.get_by_role("button", name="Delete till").click()
    kept.get_by_role("button", name="Delete till for good?").click()
    expect(kept).to_have_count(0)
    assert user.get("/api/formats")["items"] == []
    assert visitor.complaints == []


def test_keywords_are_saved_refused_and_reset(visitor: Visitor, user: User) -> None:
    usual = user.get("/api/keywords")["keywords"]
    visitor.log_in(user, "/#/settings")
    words = visitor.page.get_by_label("Words to be counted")
    expect(words).to_have_value("\n".join(usual))
    reset = visitor.page.get_by_role("button", name="Back to the usual ones")
    expect(reset).to_be_disabled()
    words.fill("deadlock\n\n out of stock \n")
    visitor.page.get_by_role("button", name="Save").click()
    expect(visitor.page.get_by_text("Saved.")).to_be_visible()
    assert user.get("/api/keywords") == {"keywords": ["deadlock", "out of stock"], "is_default": False}
    words.fill("fine\n" + "x" * 101)
    visitor.page.get_by_role("button", name="Save").click()
    expect(visitor.page.locator("#keywords-errors")).to_contain_text("xxx")
    expect(words).to_have_attribute("aria-invalid", "true")
    reset.click()
    expect(words).to_have_value("\n".join(usual))
    assert user.get("/api/keywords")["is_default"]
    assert visitor.complaints == []
