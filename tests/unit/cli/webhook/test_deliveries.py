"""`logmill webhook deliveries`."""

import pytest

from tests.unit.cli.stub import StubApi, run

PATH = "/api/webhook-deliveries"
DELIVERY = {
    "delivery_id": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    "event": "push",
    "action": None,
    "repository": "octo/widget",
    "job_id": "00000000-0000-4000-8000-000000000001",
    "line_no": 12,
    "received_at": "2026-03-05T06:07:08.123Z",
    "state": "queued",
}


def test_they_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    api = StubApi({f"GET {PATH}": {"items": [DELIVERY], "next_cursor": "more"}})
    result = run(monkeypatch, api, "webhook", "deliveries", "--event", "push", "--limit", "1")
    assert (result.exit_code, api.asked) == (0, [f"GET {PATH}?event=push&limit=1"])
    told = ["2026-03-05T06:07:08.123Z", "push", "", "octo/widget", "queued", DELIVERY["job_id"], "12"]
    assert result.stdout == "\t".join([*map(str, told), str(DELIVERY["delivery_id"])]) + "\n"
    assert "there are more" in result.stderr
