"""Somebody in front of the page: does what people do there, and sees what they see."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, expect

from tests.support.user import PASSWORD, User

UPLOAD_BYTES_PER_SECOND = 1_500_000
WAIT_MS = 60_000

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`violated: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
DROP = """
([name, text, count]) => {
  const transfer = new DataTransfer();
  const file = new File([text.repeat(count)], name, { lastModified: Date.UTC(2024, 4, 1) });
  transfer.items.add(file);
  for (const type of ["dragover", "drop"]) {
    const target = document.querySelector("[aria-label=Upload]");
    target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}
"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Visitor:
    """A browser profile with one page. `complaints` collects what went wrong in it unseen."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.context = browser.new_context(base_url=url, **options)
        self.context.set_default_timeout(WAIT_MS)
        self.context.add_init_script(REPORT_VIOLATIONS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._on_dialog)
        self.page.on("console", self._on_console)

    def leave(self) -> None:
        """Closes the profile."""
        self.context.close()

    def open(self, path: str = "/") -> None:
        """Goes to an address of the page."""
        self.page.goto(path)

    def register(self, email: str, password: str = PASSWORD) -> None:
        """Fills in the form for new users, as far as it can be told without the server's answer."""
        self.page.get_by_role("button", name="Register").click()
        expect(self.page.get_by_role("heading", name="Register")).to_be_visible()
        self.fill_in(email, password, "Register")

    def log_in(self, user: User, path: str = "/") -> None:
        """Opens an address and logs in there."""
        self.open(path)
        self.fill_in(user.email, PASSWORD, "Log in")
        expect(self.field("connection")).to_have_text("live", timeout=WAIT_MS)

    def fill_in(self, email: str, password: str, button: str) -> None:
        """Fills in and sends the form that is there."""
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.locator("form").get_by_role("button", name=button, exact=True).first.click()

    def slow_uploads(self) -> None:
        """Limits this page's upstream, so that an upload can be watched on its way."""
        session = self.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": UPLOAD_BYTES_PER_SECOND},
        )

    def drop(self, name: str, text: str, count: int = 1) -> None:
        """Drops a file of `count` times `text` on the page."""
        self.page.evaluate(DROP, [name, text, count])

    def choose(self, *files: Path) -> None:
        """Chooses files with the button."""
        self.page.get_by_label("Choose files").set_input_files(files)

    def open_options(self) -> None:
        """Unfolds what can be chosen for files before they are sent."""
        self.page.get_by_text("Options and preview").click()
        expect(self.page.get_by_label("Character set")).to_be_visible()

    def open_dead_letters(self) -> None:
        """Follows the link at the top."""
        self.page.get_by_role("banner").get_by_role("link", name="Dead letters").click()
        expect(self.page.get_by_role("heading", name="Dead letters")).to_be_visible()

    def field(self, name: str) -> Locator:
        """The place of the page that shows one number or text."""
        return self.page.locator(f"[data-field={name}]")

    def number(self, name: str) -> int:
        """A shown number, without its separators."""
        return int(self.field(name).inner_text().replace(",", ""))

    def entries(self, name: str) -> dict[str, int]:
        """A shown breakdown: names and their counts."""
        rows = self.page.locator(f"[data-field={name}] > li")
        return {row.get_attribute("data-name") or "": int(row.get_attribute("data-count") or -1) for row in rows.all()}

    def job_id(self) -> str:
        """Of the job whose page is open."""
        expect(self.field("file_name")).to_be_visible(timeout=WAIT_MS)
        return self.page.url.split("#/jobs/")[1].split("?")[0]

    def await_status(self, *statuses: str) -> None:
        """Waits until the open job has one of these."""
        wanted = ", ".join(f"[data-field=status][data-status={status}]" for status in statuses)
        expect(self.page.locator(wanted)).to_be_visible(timeout=WAIT_MS)

    def tally(self) -> Mapping[str, int]:
        """The four numbers of conservation as shown."""
        names = ("lines_read", "lines_stored", "lines_rejected", "lines_dead_lettered")
        return {name: self.number(name) for name in names}

    def lines(self) -> Locator:
        """The rows of the lines table."""
        return self.page.locator("[data-line]")

    def overflow(self) -> int:
        """Pixels that the page is wider than its window."""
        pixels: int = self.page.evaluate(OVERFLOW)
        return pixels

    def _on_dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_console(self, message: ConsoleMessage) -> None:
        # The browser itself reports every answer of 400 or more, an expected one too.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)
