"""Formats of users' own: tried before they are kept, and the owner's only."""

import json
from dataclasses import replace
from typing import Any

import pytest

from services.api.context import Context
from services.api.user_hints import user_hints
from shared.errors import InputError
from shared.messages import InputHints
from tests.integration.api.owner import Owner

PATH = "/api/formats"
PATTERN = r"(?P<time>\S+ \S+) \[(?P<level>[A-Z]+)\] (?<client>\S+) (?P<message>.*)"
SAMPLE = "2025-01-31 10:00:00 [WARN] 192.0.2.4 disk is nearly full\n\n2025-01-31 10:00:01 [INFO] 192.0.2.5 all is well"
SHOP = {"name": "shop", "pattern": PATTERN, "sample": SAMPLE}
GROK = {
    "name": "lb",
    "grok": "%{TIMESTAMP_ISO8601:time} %{IPORHOST:client} %{WORD:method} %{URIPATHPARAM:url} %{NUMBER:weight:int}",
    "sample": "2025-01-31T10:00:00 192.0.2.4 GET /a?b=1 17",
    "timezone": "Europe/Berlin",
}


async def add(owner: Owner, body: dict[str, Any]) -> dict[str, Any]:
    answer = await owner.ask(PATH, "POST", json=body)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


async def test_a_regular_expression(ann: Owner) -> None:
    added = await add(ann, SHOP)
    first, blank, last = added["preview"]
    assert (added["pattern"], added["grok"], added["timezone"]) == (PATTERN, None, None)
    assert (first["format"], first["level"], first["client_ip"]) == ("shop", "warn", "192.0.2.4")
    assert (first["logged_at"], first["message"]) == ("2025-01-31T10:00:00Z", "disk is nearly full")
    assert (blank["format"], last["level"]) == ("plain", "info")


@pytest.mark.parametrize("ensure_ascii", [True, False])
async def test_a_sample_of_as_many_characters_as_may_be(ann: Owner, ensure_ascii: bool) -> None:
    told = {"name": "wood", "pattern": "(?P<message>.*)", "sample": "\U0001fab5" * 16_384}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {ann.token}"}
    answer = await ann.http.post(PATH, content=json.dumps(told, ensure_ascii=ensure_ascii), headers=headers)
    assert answer.status_code == 201, answer.text


async def test_a_grok_pattern(ann: Owner) -> None:
    added = await add(ann, GROK)
    (line,) = added["preview"]
    assert added["grok"] == GROK["grok"]
    assert "%{" not in added["pattern"]
    assert (line["logged_at"], line["method"], line["url"]) == ("2025-01-31T09:00:00Z", "GET", "/a?b=1")
    assert line["attrs"] == {"weight": 17}


async def test_kept_listed_changed_forgotten(ann: Owner, bob: Owner) -> None:
    added = await add(ann, SHOP)
    await add(ann, GROK)
    page = await ann.get(PATH)
    assert [item["name"] for item in page["items"]] == ["lb", "shop"]
    assert page["next_cursor"] is None
    assert {"json", "combined", "plain"} <= set(page["built_in"])
    kept = {name: value for name, value in added.items() if name != "preview"}
    assert await ann.get(f"{PATH}/shop") == kept
    changed = await ann.ask(f"{PATH}/shop", "PUT", json={"grok": "%{GREEDYDATA:message}", "sample": "anything"})
    assert (changed.status_code, changed.json()["pattern"]) == (200, "(?P<message>.*)")
    assert changed.json()["created_at"] == added["created_at"] < changed.json()["changed_at"]
    for method in ("GET", "DELETE"):
        assert (await bob.ask(f"{PATH}/shop", method)).status_code == 404
    assert (await ann.ask(f"{PATH}/shop", "DELETE")).status_code == 204
    assert (await ann.ask(f"{PATH}/shop", "DELETE")).status_code == 404
    assert [item["name"] for item in (await ann.get(PATH))["items"]] == ["lb"]
    assert (await bob.get(PATH))["items"] == []


async def test_one_name_one_format(ann: Owner, bob: Owner) -> None:
    await add(ann, SHOP)
    taken = await ann.ask(PATH, "POST", json=SHOP)
    assert (taken.status_code, taken.json()["title"]) == (409, "Name taken")
    await add(bob, SHOP)
    missing = await ann.ask(f"{PATH}/other", "PUT", json={"pattern": PATTERN, "sample": SAMPLE})
    assert missing.status_code == 404


async def test_there_is_a_limit(ann: Owner, context: Context) -> None:
    most = context.settings.max_formats_per_user
    async with context.database.acquire() as connection:
        await connection.execute(
            "INSERT INTO user_formats SELECT $1, 'f' || n, 'x', NULL, 'x', NULL, now(), now()"
            " FROM generate_series(1, $2) AS n",
            ann.user_id,
            most,
        )
    full = await ann.ask(PATH, "POST", json=SHOP)
    assert (full.status_code, full.json()["title"]) == (409, "Too many formats")


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"pattern": "(?P<a>x"}, "/pattern", "unclosed group (column 1)"),
    ({"pattern": "ab(?=c)(?P<a>x)"}, "/pattern", "look-around, including look-ahead and look-behind, is not supported"),
    ({"pattern": r"(?P<a>.)\1"}, "/pattern", "backreferences are not supported (column 9)"),
    ({"pattern": r"(?P<a>(\w{1000}){1000})"}, "/pattern", "too large"),
    ({"pattern": "(?P<a>x{3000}y{3000})"}, "/pattern", "too large"),
    ({"pattern": "no group"}, "/pattern", "no named group"),
    ({"pattern": "x" * 4097}, "/pattern", "at most 4096 characters"),
    ({"pattern": None, "grok": "%{NOPE:x}"}, "/grok", "%{NOPE} is not known"),
    ({"pattern": None, "grok": "%{IP:x:bool}"}, "/grok", "'bool' is no type"),
    ({"grok": "%{IP:x}"}, "", "give pattern or grok, and not both"),
    ({"pattern": None}, "", "give pattern or grok, and not both"),
    ({"sample": SAMPLE + "\nnot like this"}, "/sample", r"line 4 does not match: column 10: expected \["),
    (
        {"sample": SAMPLE.replace("INFO", "info")},
        "/sample",
        "line 3 does not match: column 22: expected [A-Z]+ for level",
    ),
    ({"sample": " \n\n"}, "/sample", "has to have a line that is not blank"),
    ({"sample": ""}, "/sample", "at least 1 character"),
    ({"sample": "x" * 16_385}, "/sample", "at most 16384 characters"),
    ({"name": "json"}, "/name", "is the name of a built-in format"),
    ({"name": "Not Snake"}, "/name", "String should match pattern"),
    ({"timezone": "Mars/Olympus"}, "/timezone", "'Mars/Olympus' is neither"),
    ({"more": 1}, "/more", "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("change", "pointer", "told"), REFUSED)
async def test_what_is_wrong_is_told(ann: Owner, change: dict[str, Any], pointer: str, told: str) -> None:
    answer = await ann.ask(PATH, "POST", json=SHOP | change)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert told in error["detail"]
    assert (await ann.get(PATH))["items"] == []


async def test_only_the_first_lines_that_do_not_match_are_told(ann: Owner) -> None:
    answer = await ann.ask(PATH, "POST", json=SHOP | {"sample": "no\n" * 20})
    assert len(answer.json()["errors"]) == 10


async def test_an_upload_takes_the_format_along(ann: Owner, bob: Owner, context: Context) -> None:
    pattern = (await add(ann, GROK))["pattern"]
    told = InputHints(format="lb")
    expected = InputHints(format="lb", pattern=pattern, timezone="Europe/Berlin")
    assert await user_hints(context, ann.user_id, told) == expected
    asked = await user_hints(context, ann.user_id, replace(told, timezone="+02:00"))
    assert asked == replace(expected, timezone="+02:00")
    for hints in (InputHints(), InputHints(format="json")):
        assert await user_hints(context, ann.user_id, hints) == hints
    with pytest.raises(InputError, match=r"unknown format 'lb'; built in: .*json") as refused:
        await user_hints(context, bob.user_id, told)
    assert refused.value.status == 422
    with pytest.raises(InputError, match="your own: lb"):
        await user_hints(context, ann.user_id, InputHints(format="lbb"))


async def test_a_login_is_needed(ann: Owner) -> None:
    for method, path in (("POST", PATH), ("GET", PATH), ("GET", f"{PATH}/x"), ("PUT", f"{PATH}/x")):
        assert (await ann.http.request(method, path, json=SHOP)).status_code == 401
