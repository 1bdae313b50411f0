"""The document says what the routes do."""

import json
import re
from typing import Any

import pytest

from services.api.openapi import TAGS
from services.api.reads import document

DOCUMENT: dict[str, Any] = document()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_every_reference_leads_somewhere() -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT))):
        found: Any = DOCUMENT
        for key in reference.split("/"):
            found = found[key]


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_operation(name: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert set(operation["tags"]) <= set(TAGS)
    assert set(operation["responses"]) & {"200", "201", "202", "204"}
    needs_login = bool(operation["security"])
    open_routes = ("/auth/register", "/auth/login", "/api/queue-status", "/health", "/metrics", "/webhook/")
    assert needs_login == (not name.split(" ")[1].startswith(open_routes))
    assert ("401" in operation["responses"]) or not needs_login
    declared = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
    assert declared == set(re.findall(r"{(\w+)}", name))
