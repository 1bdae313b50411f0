"""/openapi.json, and /docs: a page of our own that shows it."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.api.docs.assets import ASSETS, read_asset
from services.api.operations import JSON_TYPE

REVALIDATE = {"Cache-Control": "no-cache"}


def docs_routes(document: dict[str, Any]) -> list[BaseRoute]:
    """The document, the page, its script and its style sheet."""
    body = msgspec.json.encode(document)

    async def openapi(_request: Request) -> Response:
        return Response(body, headers=REVALIDATE, media_type=JSON_TYPE)

    return [Route("/openapi.json", openapi), *(_asset_route(path) for path in ASSETS)]


def _asset_route(path: str) -> Route:
    async def asset(_request: Request) -> Response:
        content, media_type = read_asset(path)
        return Response(content, headers=REVALIDATE, media_type=media_type)

    return Route(path, asset)
