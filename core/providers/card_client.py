"""Calls to Stripe through its own package: version pinned, faults as ours, answers as fields."""

import asyncio
from collections.abc import Mapping

import httpx
import stripe
import structlog

from core.errors import ForgedMessage, ProviderRefused, ProviderUnavailable
from core.providers.card_settings import CardSettings
from core.providers.wechat_messages import Fields

API_VERSION = "2026-10-28.endive"
CALL_S = 5.0
RETRIES = 1
LARGEST_ANSWER = 4 * 1024 * 1024  # a page of a hundred objects, expanded
PASSING_STATUS = frozenset({409, 424, 429})
log = structlog.get_logger()


class _SharedHttp(stripe.HTTPXClient):
    """Stripe's httpx client over ours: no proxy to loopback, and no answer without a bound."""

    def __init__(self, http: httpx.AsyncClient, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s)
        self._client_async = http
        self._timeout_s = timeout_s

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: str | bytes | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Stripe's own hands the form to httpx in a way that httpx no longer takes silently."""
        sent = {**headers, "Accept-Encoding": "identity"}
        try:
            async with self._client_async.stream(
                method,
                url,
                headers=sent,
                content=post_data or None,
                follow_redirects=False,
                timeout=self._timeout_s,
            ) as response:
                return await _bounded(response), response.status_code, response.headers
        except (httpx.HTTPError, _AnswerRefused) as error:
            self._handle_request_error(error)


class _AnswerRefused(Exception):
    """An answer that is packed, endless or no text, for Stripe's own error handling."""


async def _bounded(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise _AnswerRefused("compressed")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise _AnswerRefused("too large")
    try:
        body.decode()
    except UnicodeDecodeError as fault:
        raise _AnswerRefused("not UTF-8") from fault
    return bytes(body)


class CardClient:
    """`call` raises `ProviderUnavailable` (the same again later) or `ProviderRefused`."""

    def __init__(
        self, settings: CardSettings, http: httpx.AsyncClient, *, call_s: float = CALL_S
    ) -> None:
        self._call_s = call_s
        self._is_live = settings.is_live
        base = settings.base_url
        self._stripe = stripe.StripeClient(
            settings.secret_key,
            stripe_version=API_VERSION,
            http_client=_SharedHttp(http, call_s),
            max_network_retries=RETRIES,
            base_addresses={} if base is None else {"api": base},
        )

    async def call(
        self,
        method: str,
        path: str,
        content: Mapping[str, object] | None = None,
        *,
        key: str | None = None,
    ) -> Fields:
        """One object, of our mode; `key` makes a POST happen once."""
        options = {} if key is None else {"idempotency_key": key}
        try:
            async with asyncio.timeout(self._call_s * (RETRIES + 1)):
                answer = await self._stripe.raw_request_async(
                    method, path, **(content or {}), **options
                )
        except TimeoutError as fault:
            raise ProviderUnavailable("Stripe: no answer in time") from fault
        except stripe.StripeError as error:
            raise _ours(error) from error
        data = answer.data
        if not isinstance(data, dict):
            raise ForgedMessage("Stripe answers with JSON objects")
        fields = Fields(data)
        if data.get("livemode", self._is_live) is not self._is_live:
            raise ForgedMessage("Stripe's answer is of the other mode (live or test)")
        return fields

    async def pages(self, path: str, content: Mapping[str, object]) -> list[Fields]:
        """Every object of a list, all its pages."""
        found: list[Fields] = []
        after: dict[str, object] = {}
        while True:
            page = await self.call("get", path, {**content, "limit": 100, **after})
            items = page.groups("data")
            found += items
            if page.content.get("has_more") is not True or not items:
                return found
            after = {"starting_after": items[-1].token("id", 255)}


def _ours(error: stripe.StripeError) -> ProviderUnavailable | ProviderRefused:
    status = error.http_status
    code = error.code or (f"HTTP_{status}" if status else type(error).__name__)
    said = f"Stripe: {code} (request {error.request_id or 'none'})"
    if isinstance(error, stripe.APIConnectionError) or status is None or status >= 500:
        return ProviderUnavailable(said)
    if status in PASSING_STATUS and not isinstance(error, stripe.IdempotencyError):
        return ProviderUnavailable(said)
    if status in {401, 403}:
        log.error("card.credentials_refused", code=code)
    return ProviderRefused(code, said)
