"""The platform API's description (OpenAPI 3.1), made from its routes."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from web import platform_event_models
from web.errors import MEDIA_TYPE
from web.platform_models import ProblemAnswer

PROBLEM = {"$ref": "#/components/schemas/Problem"}
MEANING = {
    400: "No Idempotency-Key",
    401: "No bearer key, or not a valid one",
    402: "The available balance is too small; shortfall_fen says what is missing",
    404: "No such record",
    409: "The key was used for another request, or the state does not allow this",
    413: "The body is too large",
    422: "The request does not have its allowed form",
    408: "The body took too long to arrive",
    429: "Too many requests; Retry-After says when to come again",
    503: "Not ready yet; try again later",
}
EVERYWHERE = (401, 408, 413, 422, 429)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declares problem answers of a route, those every route has included."""
    content = {MEDIA_TYPE: {"schema": PROBLEM}}
    return {
        status: {"description": MEANING[status], "content": content}
        for status in sorted({*statuses, *EVERYWHERE})
    }


def describe(routes: Sequence[BaseRoute], *, public_url: str) -> dict[str, Any]:
    document = get_openapi(
        title="Cloud fee account platform API",
        version="1",
        openapi_version=FastAPI(openapi_url=None).openapi_version,
        routes=list(routes),
        servers=[{"url": public_url}] if public_url else None,
    )
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = ProblemAnswer.model_json_schema()
    schemas |= platform_event_models.schemas()
    document["webhooks"] = platform_event_models.webhooks()
    parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"bearer": []}]
    return document
