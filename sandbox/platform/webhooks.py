"""Hears what the product tells the platform, and lets blocked purchases go on."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.platform.shop import Shop
from sandbox.trace import Trace

PATH = "/platform/webhook"
TOLERANCE_S = 300
FUNDABLE = "hold.fundable"
_REMEMBERED = 1000


class Webhooks:
    """One route; each event counts once, however often it comes."""

    def __init__(self, shop: Shop, secret: str, trace: Trace) -> None:
        self._shop = shop
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._trace = trace
        self._heard: dict[str, None] = {}

    def route(self) -> Route:
        return Route(PATH, self.hear, methods=["POST"])

    async def hear(self, request: Request) -> Response:
        body = await request.body()
        if not self._is_signed(request.headers, body):
            return JSONResponse({"error": "the signature is not right"}, status_code=401)
        event_id = request.headers["webhook-id"]
        event: dict[str, Any] = json.loads(body)
        self._trace.record("platform", f"webhook {event['type']}", event, "", 200)
        if event_id in self._heard:
            return Response(status_code=204)
        self._remember(event_id)
        if event["type"] != FUNDABLE:
            return Response(status_code=204)
        go_on = BackgroundTask(self._shop.go_on, str(event["data"]["hold_id"]))
        return Response(status_code=204, background=go_on)

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """As Standard Webhooks has it: HMAC-SHA256 over id, time and body, 5 minutes at most."""
        event_id, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not moment.isdecimal() or abs(time.time() - int(moment)) > TOLERANCE_S:
            return False
        signed = f"{event_id}.{moment}.".encode() + body
        right = base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256)).decode()
        shown = headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(each, f"v1,{right}") for each in shown)

    def _remember(self, event_id: str) -> None:
        self._heard[event_id] = None
        while len(self._heard) > _REMEMBERED:
            del self._heard[next(iter(self._heard))]
