"""The OpenAPI 3.1 document, made from the route table and the models that check requests."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from services.api.auth.authentication import SAFE_METHODS, SESSION_COOKIE
from services.api.operations import AnyOperation, Nothing
from services.api.problems import MEDIA_TYPE, Problem

API_VERSION = "1.0"
DESCRIPTION = (
    "logmill takes log files in and turns them into searchable rows, rollups and live progress. "
    "Times are RFC 3339 UTC; errors are RFC 9457 problems; lists go on where `next_cursor` says."
)
TAGS = {
    "login": "Users, sessions and API keys",
    "upload": "Taking files in",
    "jobs": "What became of them",
    "stats": "What the lines add up to",
    "formats": "How lines are read: previews, formats and keywords of your own",
    "dead letters": "What could not be stored, and putting that right",
    "webhooks": "What GitHub tells about your repositories",
    "live": "Progress as it happens (server-sent events)",
    "operations": "For those who run it",
}
REASONS = {
    400: "The request cannot be read",
    401: "No valid login",
    403: "Another site's page tried to use your cookie",
    404: "There is nothing at this address, or it is not yours",
    409: "It contradicts what is there",
    413: "Too large",
    415: "Not a type this takes",
    422: "A parameter or field is not as it should be",
    429: "Too often; try again after `retry_after` seconds",
    500: "The service failed",
    503: "Something the service depends on is away; try again after `retry_after` seconds, where it tells them",
}
REF_TEMPLATE = "#/components/schemas/{model}"
Json = dict[str, Any]


def build_document(operations: Iterable[AnyOperation]) -> Json:
    """The document as JSON values."""
    operations = list(operations)
    references, schemas = _schemas(operations)
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "logmill", "version": API_VERSION, "description": DESCRIPTION},
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {f"Problem{status}": _problem(text) for status, text in REASONS.items()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "access token or API key"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
            },
        },
    }


References = Mapping[Any, Json]


def _schemas(operations: list[AnyOperation]) -> tuple[References, Json]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    wanted += [(o.body, "validation") for o in operations if o.body is not Nothing]
    wanted += [(o.answer, "serialization") for o in operations if o.answer is not None]
    references, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF_TEMPLATE)
    return references, definitions["$defs"]


def _operation(operation: AnyOperation, references: References) -> Json:
    described: Json = {
        "operationId": _operation_id(operation),
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": [{"bearer": []}, {"cookie": []}] if operation.login else [],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {str(operation.status): _success(operation, references), **_failures(operation)},
    }
    if operation.handler is not None and operation.handler.__doc__:
        described["description"] = operation.handler.__doc__.partition("; raises ")[0].rstrip(".") + "."
    if operation.body is not Nothing:
        schema = references[operation.body, "validation"]
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return described | dict(operation.documents)


def _operation_id(operation: AnyOperation) -> str:
    words = re.findall(r"[a-z0-9]+", operation.path.lower().removeprefix("/api"))
    return "_".join([operation.method.lower(), *words])


def _path_parameters(operation: AnyOperation) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]


def _path_schema(name: str) -> Json:
    return {"type": "string", "format": "uuid"} if name.endswith("_id") else {"type": "string", "minLength": 1}


def _query_parameters(operation: AnyOperation) -> list[Json]:
    schema = operation.query.model_json_schema(mode="validation", ref_template=REF_TEMPLATE)
    return [_query_parameter(name, dict(field)) for name, field in schema.get("properties", {}).items()]


def _query_parameter(name: str, field: Json) -> Json:
    description = field.pop("description", "")
    field.pop("title", None)
    if field.get("default") is None:
        field.pop("default", None)
    variants = [variant for variant in field.pop("anyOf", []) if variant != {"type": "null"}]
    field |= variants[0] if variants else {}
    parameter = {"name": name, "in": "query", "required": False, "description": description, "schema": field}
    return parameter | ({"style": "form", "explode": False} if field.get("type") == "array" else {})


def _success(operation: AnyOperation, references: References) -> Json:
    if operation.answer is None:
        return {"description": "Done"}
    schema = references[operation.answer, "serialization"]
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _failures(operation: AnyOperation) -> Json:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in _statuses(operation)}


def _statuses(operation: AnyOperation) -> list[int]:
    has_body = operation.body is not Nothing or "requestBody" in operation.documents
    found: dict[int, bool] = {
        400: has_body,
        401: operation.login or operation.path == "/auth/login",
        403: operation.login and operation.method not in SAFE_METHODS,
        404: "{" in operation.path or "job_id" in operation.query.model_fields,
        409: has_body or operation.conflicts,
        413: has_body,
        415: has_body,
        422: has_body or bool(operation.query.model_fields),
        429: True,
        500: True,
        503: True,
    }
    return [status for status, applies in found.items() if applies]


def _problem(text: str) -> Json:
    schema = {"$ref": REF_TEMPLATE.format(model="Problem")}
    return {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}}
