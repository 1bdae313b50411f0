"""A delivery sent as GitHub would, until it is taken."""

import httpx
import pytest

from cli.answers import ApiBusy, ApiError
from cli.webhook.refusals import DeliveryRefused
from cli.webhook.sending import Delivery, made_up_id, send
from tests.unit.cli.stub import Answer, StubApi, problem

ROUTE = "POST /webhook/github"
PUSH = Delivery("72d3162e-cc78-11e3-81ab-4c9367dc0958", "push", b"Hello, World!", 7)
SECRET = b"It's a Secret to Everybody"
ACCEPTED = {"delivery_id": PUSH.delivery_id, "event": "push", "action": None, "job_id": "j", "line_no": 1}
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_headers() -> None:
    assert PUSH.headers(SECRET) == {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": PUSH.delivery_id,
        "X-GitHub-Hook-ID": "7",
        "X-Hub-Signature-256": SIGNATURE,
    }
    assert "X-GitHub-Hook-ID" not in Delivery("a", "push", b"").headers(SECRET)


@pytest.mark.parametrize(
    ("delivery_id", "event"),
    [("", "push"), ("a b", "push"), ("é", "push"), ("a", ""), ("a", "p\r\nX: y"), ("x" * 129, "p")],
)
def test_what_no_header_can_have(delivery_id: str, event: str) -> None:
    with pytest.raises(DeliveryRefused, match="no header can have"):
        Delivery(delivery_id, event, b"").headers(SECRET)


def test_an_id_is_made_of_the_content() -> None:
    ids = [made_up_id(*told) for told in [("push", b"1"), ("push", b"1"), ("push", b"2"), ("pull", b"1")]]
    assert (ids[0] == ids[1], len(set(ids))) == (True, 3)


BUSY: list[Answer] = [
    problem(503, "Not available now", **{"Retry-After": "0"}),
    problem(429, "Too many"),
    httpx.Response(502, text="<html>"),
    httpx.Response(504, text="<html>"),
    httpx.ConnectError("nobody listens"),
    httpx.ReadTimeout(""),
]


@pytest.mark.parametrize("trouble", BUSY, ids=str)
async def test_it_is_sent_until_it_is_taken(trouble: Answer) -> None:
    told: list[str] = []
    api = StubApi({ROUTE: [trouble, trouble, ACCEPTED]})
    assert await send(api.client(), PUSH, SECRET, told.append) == ACCEPTED
    assert (api.asked, len(told)) == ([ROUTE] * 3, 1)
    assert told[0].endswith("; it is sent again, for 300 s at most")


@pytest.mark.parametrize(("told", "patience_seconds"), [("30", 29), ("0", 0.1)])
async def test_patience_ends(told: str, patience_seconds: float) -> None:
    """Before the pause that would outlast it; there is one even where the answer asks for none."""
    api = StubApi({ROUTE: problem(503, "Not available now", **{"Retry-After": told})})
    with pytest.raises(ApiBusy):
        await send(api.client(), PUSH, SECRET, print, patience_seconds=patience_seconds)
    assert api.asked == [ROUTE]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, DeliveryRefused),
        (413, DeliveryRefused),
        (415, DeliveryRefused),
        (500, DeliveryRefused),
        (401, ApiError),
        (404, ApiError),
    ],
)
async def test_a_refusal(status: int, expected: type[Exception]) -> None:
    api = StubApi({ROUTE: problem(status, "no")})
    with pytest.raises(expected, match=f"answered {status}"):
        await send(api.client(), PUSH, SECRET, print)
    assert api.asked == [ROUTE]
