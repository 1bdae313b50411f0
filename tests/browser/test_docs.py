"""The page that documents the API."""

from playwright.sync_api import expect

from tests.browser.visitor import Visitor


def test_it_shows_every_route_and_opens_the_one_that_is_linked_to(visitor: Visitor) -> None:
    visitor.open("/docs#get_jobs_job_id_lines")
    lines = visitor.page.locator("#get_jobs_job_id_lines")
    expect(lines.get_by_text("/api/jobs/{job_id}/lines")).to_be_visible()
    expect(lines.get_by_role("cell", name="line_no", exact=True)).to_be_visible()
    document = visitor.page.request.get("/openapi.json").json()
    routes = sum(len(methods) for methods in document["paths"].values())
    expect(visitor.page.locator("details")).to_have_count(routes)
    expect(visitor.page.get_by_text("application/problem+json")).to_be_visible()
    assert visitor.complaints == []
