"""A delivery sent as GitHub would, until it is taken."""

import httpx
import pytest

from cli.answers import ApiBusy, ApiError
from cli.webhook.sending import Delivery, is_of_one_delivery, made_up_id, send
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
    with pytest.raises(ApiError) as raised:
        Delivery(delivery_id, event, b"").headers(SECRET)
    assert is_of_one_delivery(raised.value)


def test_an_id_is_made_of_the_content() -> None:
    ids = [made_up_id(*told) for told in [("push", b"1"), ("push", b"1"), ("push", b"2"), ("pull", b"1")]]
    assert (ids[0] == ids[1], len(set(ids))) == (True, 3)


BUSY: list[Answer] = [
    problem(503, "Not available now", **{"Retry-After": "0"}),
    problem(429, "Too many"),
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


async def test_patience_ends() -> None:
    api = StubApi({ROUTE: problem(503, "Not available now", **{"Retry-After": "30"})})
    with pytest.raises(ApiBusy):
        await send(api.client(), PUSH, SECRET, print, patience_seconds=29)
    assert api.asked == [ROUTE]


@pytest.mark.parametrize(("status", "is_of_one"), [(400, True), (413, True), (415, True), (401, False), (404, False)])
async def test_a_refusal(status: int, is_of_one: bool) -> None:
    with pytest.raises(ApiError) as raised:
        await send(StubApi({ROUTE: problem(status, "no")}).client(), PUSH, SECRET, print)
    assert is_of_one_delivery(raised.value) == is_of_one
