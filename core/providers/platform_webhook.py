"""Sends events to the platform, signed as Standard Webhooks has it."""

import asyncio
import json
from datetime import datetime

import httpx
from standardwebhooks import Webhook

from core.platform.model import Event, Tried
from core.providers.wechat_client import FOREIGN, USER_AGENT

CALL_S = 10.0
CONNECT_S = 3.0
LARGEST_ANSWER = 64 * 1024  # nobody reads it; a target must not make us read for ever


class PlatformWebhook:
    """One target. Redirects are not followed: a signed event goes nowhere else."""

    def __init__(self, url: str, secret: str, *, http: httpx.AsyncClient) -> None:
        """`url` is the operator's own: https, or http to this machine."""
        self._url = url
        self._signer = Webhook(secret)
        self._http = http

    async def send(self, event: Event, at: datetime) -> Tried:
        body = body_of(event)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",
            "webhook-id": event.event_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._signer.sign(event.event_id, at, body),
        }
        try:
            async with asyncio.timeout(CALL_S):
                return await self._post(body, headers)
        except FOREIGN as fault:
            return Tried(fault=type(fault).__name__)

    async def _post(self, body: str, headers: dict[str, str]) -> Tried:
        async with self._http.stream(
            "POST",
            self._url,
            content=body.encode(),
            headers=headers,
            follow_redirects=False,
            timeout=httpx.Timeout(CALL_S, connect=CONNECT_S),
        ) as response:
            size = 0
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > LARGEST_ANSWER:
                    break
            return Tried(status=response.status_code)


def target_at(
    url: str | None, secret: str | None, *, http: httpx.AsyncClient
) -> PlatformWebhook | None:
    """Nowhere where no address is set."""
    return None if url is None or secret is None else PlatformWebhook(url, secret, http=http)


def body_of(event: Event) -> str:
    """The same letters in every try."""
    content = {
        "type": event.type.value,
        "timestamp": event.happened_at.isoformat(),
        "data": dict(event.data),
    }
    return json.dumps(content, separators=(",", ":"))
