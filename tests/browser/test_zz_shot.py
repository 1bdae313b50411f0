import pytest
from playwright.sync_api import Browser, expect
from tests.browser.visitor import Visitor
from tests.support.suite import Suite
from tests.support.user import User
from tests.browser.test_records import TEXT, LONG, HIDDEN
from tests.browser.test_preview import LINES, TRACE
from tests.browser.test_sent_before import zip_of, LINE, stored
import pathlib
OUT="/tmp/w/h9/"

@pytest.mark.parametrize("name,scheme,size", [("wide","light",(1280,1000)),("dark","dark",(1280,1000)),("phone","light",(360,740))])
def test_shot(suite: Suite, browser: Browser, user: User, tmp_path: pathlib.Path, name, scheme, size) -> None:
    v = Visitor(browser, suite.api_url, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    job = user.upload((TEXT + HIDDEN + LONG + "\n" + '192.0.2.7 - - [05/Mar/2024:08:09:10 +0000] "GET /a HTTP/1.1" 500 5 "-" "curl/8.5.0"\n').encode(), "till.log"); user.wait(job)
    first = user.upload(LINE.encode(), "first.log"); user.wait(first)
    v.log_in(user, f"/#/jobs/{job}")
    expect(v.lines()).to_have_count(6)
    v.lines().nth(1).get_by_role("button").click()
    v.page.wait_for_timeout(500)
    v.page.screenshot(path=OUT+name+"-job.png", full_page=True)
    over=[v.overflow()]
    v.open("/#/")
    v.drop("second.log", LINE)
    expect(v.page.locator("[data-state=duplicate]")).to_be_visible()
    files = {"new.log": LINE.encode() * 2, "old.log": LINE.encode(), "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(5000)}
    v.choose(stored(tmp_path / "logs.zip", zip_of(files)))
    expect(v.page.locator("[data-state=accepted]")).to_be_visible()
    v.open_options()
    (tmp_path/"shop.log").write_text(LINES+TRACE)
    v.choose(tmp_path/"shop.log")
    v.page.get_by_role("combobox", name="Format").select_option("json")
    v.page.get_by_role("button", name="Preview shop.log").click()
    expect(v.field("mismatch")).to_be_visible()
    v.page.wait_for_timeout(1000)
    v.page.screenshot(path=OUT+name+"-preview.png", full_page=True)
    over.append(v.overflow())
    user.http.post("/api/formats", json={"name":"till","grok":"%{TIMESTAMP_ISO8601:time} till %{INT:till} %{LOGLEVEL:level} %{GREEDYDATA:message}","sample":"2024-05-01 12:00:00 till 7 WARN open"}).raise_for_status()
    v.page.get_by_label("Close the preview").click()
    v.open("/#/settings")
    f=v.page.get_by_role("form", name="Format")
    f.get_by_label("Name").fill("json"); f.get_by_label("Pattern", exact=True).fill("%{WORD:level}$"); f.get_by_label("Sample lines").fill("a b\nc d")
    f.get_by_role("button", name="Try and add").click()
    expect(f.locator("li").first).to_be_visible()
    v.page.wait_for_timeout(500)
    v.page.screenshot(path=OUT+name+"-settings.png", full_page=True)
    over.append(v.overflow())
    assert over==[0,0,0]
    v.leave()
