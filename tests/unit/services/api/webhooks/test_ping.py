"""What a webhook is told when it introduces itself."""

import json
from typing import Any
from uuid import UUID

import pytest

from services.api.webhooks.keyring import Signer
from services.api.webhooks.payloads import read_payload
from services.api.webhooks.ping import ping_answer

SIGNER = Signer(UUID(int=1), "ann@example.org", "octo", None)
HOOK = {
    "active": True,
    "events": ["push", "pull_request"],
    "config": {"content_type": "json", "insecure_ssl": "0", "url": "https://logs.example/webhook/github"},
}


def told(payload: object, *, is_form: bool = False) -> dict[str, Any]:
    answer = ping_answer(read_payload(json.dumps(payload).encode()), SIGNER, is_form=is_form, max_bytes=25_000_000)
    return answer.model_dump()


def test_all_of_it() -> None:
    payload = {"zen": "Design for failure.", "hook_id": 7, "hook": HOOK, "repository": {"full_name": "octo/widget"}}
    assert told(payload) == {
        "event": "ping",
        "zen": "Design for failure.",
        "hook_id": 7,
        "repository": "octo/widget",
        "owner": "ann@example.org",
        "secret": "octo",
        "events": ["push", "pull_request"],
        "content_type": "json",
        "max_bytes": 25_000_000,
        "warnings": [],
    }


WARNINGS: list[tuple[object, bool, list[str]]] = [
    ({"hook": HOOK | {"events": []}}, False, ["no events"]),
    ({"hook": HOOK | {"active": False}}, False, ["not active"]),
    ({"hook": HOOK | {"config": {"insecure_ssl": "1"}}}, False, ["certificate"]),
    ({"hook": HOOK | {"config": {"insecure_ssl": 1}}}, False, ["certificate"]),
    ({"hook": HOOK}, True, ["application/json"]),
    ({}, True, ["no events", "application/json"]),
]


@pytest.mark.parametrize(("payload", "is_form", "words"), WARNINGS)
def test_warnings(payload: object, is_form: bool, words: list[str]) -> None:
    warnings = told(payload, is_form=is_form)["warnings"]
    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))


@pytest.mark.parametrize(
    "odd",
    [
        {"zen": 7, "hook_id": "x", "hook": [], "repository": None},
        {"hook": {"events": "push", "config": 7, "active": "yes"}},
        {"hook": {"events": [1, None]}, "hook_id": 10**30},
        {"hook": {"events": ["push"] * 100_000}},
    ],
)
def test_odd_ones_are_answered(odd: object) -> None:
    answer = told(odd)
    assert (answer["event"], answer["events"], answer["zen"]) == ("ping", [], None)
