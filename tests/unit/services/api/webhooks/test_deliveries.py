"""Headers and bodies as deliveries, and the lines they become."""

import json
import random
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from services.api.webhooks import deliveries, lines
from services.api.webhooks.deliveries import Delivery, Head, read_delivery, read_head
from services.api.webhooks.lines import MAX_BRACES, MAX_COMMITS
from shared.errors import InputError

OWNER = UUID(int=7)
NOW = datetime(2026, 11, 22, 23, 59, 59, 123_999, tzinfo=UTC)
HEADERS = {
    "content-type": "application/json",
    "x-github-event": "push",
    "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    "x-github-hook-id": "292430182",
}
HEAD = read_head(HEADERS)
PUSH = {
    "ref": "refs/heads/main",
    "commits": [{"id": "1", "message": "one\ntwo"}, {"id": "2"}],
    "repository": {"full_name": "octo/widget"},
    "sender": {"login": "cat"},
}


def test_what_the_headers_say() -> None:
    assert Head("push", "72d3162e-cc78-11e3-81ab-4c9367dc0958", 292430182, is_form=False) == HEAD
    form = read_head(HEADERS | {"content-type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"})
    assert form.is_form


@pytest.mark.parametrize("odd", ["", "x", "-1", "1.5", "٣", "9" * 19])
def test_an_odd_hook_id_is_none(odd: str) -> None:
    assert read_head(HEADERS | {"x-github-hook-id": odd}).hook_id is None


WRONG: list[tuple[dict[str, str], int, str]] = [
    ({"content-type": ""}, 415, "application/json"),
    ({"content-type": "text/plain"}, 415, "x-www-form-urlencoded"),
    ({"content-type": "multipart/form-data; boundary=x"}, 415, "application/json"),
    ({"x-github-event": ""}, 400, "X-GitHub-Event"),
    ({"x-github-event": "pull request"}, 400, "X-GitHub-Event"),
    ({"x-github-event": "push\n"}, 400, "X-GitHub-Event"),
    ({"x-github-event": "x" * 65}, 400, "X-GitHub-Event"),
    ({"x-github-delivery": ""}, 400, "X-GitHub-Delivery"),
    ({"x-github-delivery": "a b"}, 400, "X-GitHub-Delivery"),
    ({"x-github-delivery": "\xe9"}, 400, "X-GitHub-Delivery"),
    ({"x-github-delivery": "x" * 129}, 400, "X-GitHub-Delivery"),
]


@pytest.mark.parametrize(("headers", "status", "told"), WRONG)
def test_headers_that_are_refused(headers: dict[str, str], status: int, told: str) -> None:
    with pytest.raises(InputError, match=told) as refusal:
        read_head(HEADERS | headers)
    assert refusal.value.status == status


def read(content: object, event: str = "push", now: datetime = NOW) -> Delivery:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_delivery(read_head(HEADERS | {"x-github-event": event}), body, OWNER, now)


def objects(delivery: Delivery) -> list[dict[str, Any]]:
    assert delivery.lines.endswith(b"\n")
    assert delivery.lines.count(b"\n") == delivery.line_count
    return [json.loads(line) for line in delivery.lines.splitlines()]


def test_a_push_is_a_line_and_one_for_each_commit() -> None:
    delivery = read(PUSH)
    told = {
        "delivery": HEADERS["x-github-delivery"],
        "received_at": "2026-11-22T23:59:59.123Z",
        "hook_id": 292430182,
    }
    of_push = {"repository": "octo/widget", "ref": "refs/heads/main", "sender": "cat"}
    first, *commits = objects(delivery)
    assert first == {"github_event": "push", **told, "payload": PUSH}
    assert list(first) == ["github_event", "delivery", "received_at", "hook_id", "payload"]
    expected = [{"github_event": "commit", **told, **of_push, "payload": commit} for commit in PUSH["commits"]]
    assert commits == expected
    assert list(commits[0]) == [*list(first)[:-1], "repository", "ref", "sender", "payload"]
    assert (delivery.event, delivery.action, delivery.line_count) == ("push", None, 3)
    assert (delivery.key.owner_id, delivery.key.delivery_id) == (OWNER, HEADERS["x-github-delivery"])
    assert delivery.feed == (OWNER, "octo/widget", date(2026, 11, 22))


def test_the_day_is_that_of_utc() -> None:
    late = datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=2)))
    delivery = read({}, now=late)
    assert delivery.feed.day == date(2026, 11, 22)
    assert objects(delivery)[0]["received_at"] == "2026-11-22T23:00:00.000Z"


def test_other_events_are_a_line_each() -> None:
    delivery = read(PUSH | {"action": "opened"}, "issues")
    assert (delivery.line_count, delivery.action) == (1, "opened")


CONTENTS = [
    (b'{\r\n  "a": [\n1\r,2]\n}\n', b'{    "a": [ 1 ,2] }'),
    (b' {"a":1.50,"b":1e400,"a":2} ', b'{"a":1.50,"b":1e400,"a":2}'),
    ('{"a":"\u2028\u0085ü\\n\\ud800"}'.encode(), '{"a":"\u2028\u0085ü\\n\\ud800"}'.encode()),
]


@pytest.mark.parametrize(("content", "kept"), CONTENTS)
def test_a_payload_is_kept_as_it_is_but_for_line_ends(content: bytes, kept: bytes) -> None:
    delivery = read(content, "told")
    assert delivery.lines.count(b"\n") == 1
    assert delivery.lines.endswith(b'"payload":' + kept + b"}\n")


COMMITS: list[tuple[str, bytes, int]] = [
    ("none", b"{}", 0),
    ("no list", b'{"commits":{}}', 0),
    ("an empty list", b'{"commits":[]}', 0),
    ("no objects", b'{"commits":[1,{}]}', 0),
    ("spread over lines", b'{"commits":[{\n"id":\r\n1},\n{}]}', 2),
    ("as many as GitHub sends", b'{"commits":[' + b"{}," * (MAX_COMMITS - 1) + b"{}]}", MAX_COMMITS),
    ("more", b'{"commits":[' + b"{}," * MAX_COMMITS + b"{}]}", 0),
    ("with more braces than are counted", b'{"commits":[{"id":"' + b"{" * MAX_BRACES + b'"}]}', 0),
]


@pytest.mark.parametrize(("name", "content", "count"), COMMITS)
def test_commits(name: str, content: bytes, count: int) -> None:
    assert len(objects(read(content))) == 1 + count, name


def test_commits_that_would_not_fit_into_a_batch_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    fitting = len(read(PUSH).lines)
    for room, count in ((fitting, 3), (fitting - 1, 1)):
        monkeypatch.setattr(lines, "MAX_BODY_BYTES", room)
        assert read(PUSH).line_count == count


def test_texts_that_are_none_are_left_out_of_commits() -> None:
    odd = PUSH | {"ref": 7, "sender": None, "repository": {"full_name": "a\0b"}}
    assert list(objects(read(odd))[1]) == ["github_event", "delivery", "received_at", "hook_id", "payload"]


def test_what_no_queue_takes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "MAX_MESSAGE_BYTES", 300)
    assert read({"text": "x" * 10_000}, "told").line_count == 1
    with pytest.raises(InputError, match="do not compress") as refusal:
        read({"text": random.Random(1).randbytes(1000).hex()}, "told")
    assert refusal.value.status == 413


def test_a_form_is_the_same() -> None:
    form = Head(HEAD.event, HEAD.delivery_id, HEAD.hook_id, is_form=True)
    body = b"payload=%7B%22sender%22%3A+%7B%22login%22%3A%22c%26t%22%7D%7D"
    delivery = read_delivery(form, body, OWNER, NOW)
    assert delivery == read_delivery(HEAD, b'{"sender": {"login":"c&t"}}', OWNER, NOW)
    assert delivery.feed.name == "c&t"
