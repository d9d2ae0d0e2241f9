"""The page behind 去支付: makes the order payable in the browser that opened it.

A phone is sent on to the channel's own page or app, a desktop shows the code. Opening the page in
another kind of browser makes another order, so the desktop page refreshes itself in a mode that
only looks: it must not take the order back from a phone that is just paying.
"""

import asyncio
import re
from datetime import datetime
from typing import assert_never
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from core.app import Core
from core.errors import NotFound, ProviderError, ProviderRefused, TopupError
from core.money import show
from core.topup.model import Mark, Payment, PaymentState, TopUpState, TopUpView
from core.topup.provider_orders import Browser
from web.browser import client_ip, device_of, language_of
from web.errors import log_failure, route_of
from web.pages import Refresh, button, heading, order, page, sentence
from web.qr import qr_svg
from web.settings import WebSettings
from web.texts import Stage, Texts, app_name, texts

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
OPENABLE = frozenset({"https", "http", "weixin", "mqqapi"})  # what a link may make a phone open
BRIDGE_S = 20.0
PHONE_S = 2
LOOK_S = 5
log = structlog.get_logger()


class BridgePages:
    """What a payer sees of us between the chat and the payment channel."""

    def __init__(self, core: Core, settings: WebSettings) -> None:
        self._core = core
        self._settings = settings

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/pay/{token}", self.pay, methods=["GET"])
        router.add_api_route("/pay/{token}/return", self.came_back, methods=["GET"])
        return router

    async def pay(self, request: Request, token: str) -> Response:
        words = self._words(request)
        device = device_of(request.headers.get("user-agent", ""))
        only_look = "look" in request.query_params
        try:
            if only_look:
                view = await self._view(token)
            else:
                view = await self._open(request, token, device)
        except NotFound:
            return _unknown(words)
        except (TopupError, TimeoutError) as error:
            return self._down(request, words, token, error)
        stage = stage_of(view, self._core.clock.now())
        if stage is not Stage.PAYABLE:
            return page(words, [heading(words[stage]), sentence(words[f"{stage}.next"])])
        if view.payment.address and not only_look and (device or not view.payment.qr_text):
            if urlsplit(view.payment.address).scheme in OPENABLE:
                return await _leaving(words, view.payment, view.payment.address)
            refused = ProviderRefused("ADDRESS", "neither a page nor a payment app")
            return self._down(request, words, token, refused)
        return await _showing(words, view.payment, token, on_phone=device is not None)

    async def came_back(self, request: Request, token: str) -> Response:
        """The channel sent the payer here; whether it is paid, only the books say."""
        words = self._words(request)
        try:
            view = await self._view(token)
        except NotFound:
            return _unknown(words)
        except (TopupError, TimeoutError) as error:
            return self._down(request, words, f"{token}/return", error)
        stage = stage_of(view, self._core.clock.now())
        parts = [heading(words[stage]), sentence(words[f"{stage}.next"])]
        parts.append(sentence(words["go_back"]))
        if username := self._settings.bot_username():
            parts.append(button(words["chat"], f"https://t.me/{username}"))
        pending = stage in {Stage.PAYABLE, Stage.PROCESSING}
        again = Refresh(seconds=LOOK_S, address=f"/pay/{token}/return")
        return page(words, parts, refresh=again if pending else None)

    async def _view(self, token: str) -> TopUpView:
        if not TOKEN.fullmatch(token):
            raise NotFound
        async with asyncio.timeout(BRIDGE_S):
            return await self._core.topups.bridge(token)

    async def _open(self, request: Request, token: str, device: str | None) -> TopUpView:
        if not TOKEN.fullmatch(token):
            raise NotFound
        browser = Browser(ip=client_ip(request, self._settings.trusted_proxies), device=device)
        async with asyncio.timeout(BRIDGE_S):
            return await self._core.topups.bridge_for(token, browser)

    def _words(self, request: Request) -> Texts:
        accepted = request.headers.get("accept-language", "")
        return texts(language_of(accepted, self._settings.default_language))

    def _down(self, request: Request, words: Texts, token: str, error: Exception) -> Response:
        if isinstance(error, ProviderError):  # told to the payer, and not ours to mend
            log.warning("bridge.provider_failed", why=error.code)
        else:
            log_failure(self._core.ids, error, where=route_of(request))
        parts = [heading(words["down"]), sentence(words["down.next"])]
        if not isinstance(error, ProviderRefused):
            parts.append(button(words["again"], f"/pay/{token}"))
        return page(words, parts, status=503)


def _unknown(words: Texts) -> Response:
    return page(words, [heading(words["unknown"]), sentence(words["unknown.next"])], status=404)


async def _leaving(words: Texts, payment: Payment, address: str) -> Response:
    """On to the channel: by itself after a moment, by the link, or by the code if there is one."""
    parts = [
        order(words, amount=show(payment.amount_fen), order_no=payment.order_no),
        button(words["open"], address),
        sentence(words["opening"]),
    ]
    if hint := words.get(f"hint.{payment.channel.value}"):
        parts.append(sentence(hint))
    if payment.qr_text is not None:
        parts.append(await qr_svg(payment.qr_text, label=words["qr"]))
        scan = words["scan_here"].format(app=app_name(words, payment.channel))
        parts.append(sentence(scan))
    parts.append(sentence(words["back"]))
    return page(words, parts, refresh=Refresh(seconds=PHONE_S, address=address))


async def _showing(words: Texts, payment: Payment, token: str, *, on_phone: bool) -> Response:
    look = Refresh(seconds=LOOK_S, address=f"/pay/{token}?look=1")
    if payment.qr_text is None:
        parts = [heading(words["elsewhere"]), button(words["show_here"], f"/pay/{token}")]
        return page(words, parts, refresh=look)
    hint = words["scan_here" if on_phone else "scan"]
    parts = [
        order(words, amount=show(payment.amount_fen), order_no=payment.order_no),
        await qr_svg(payment.qr_text, label=words["qr"]),
        sentence(hint.format(app=app_name(words, payment.channel))),
        sentence(words["back"]),
    ]
    return page(words, parts, refresh=look)


def stage_of(view: TopUpView, now: datetime) -> Stage:
    """What to say of the payment: the books first, then the clock."""
    payment = view.payment
    match payment.state:
        case PaymentState.PAID:
            return Stage.IN_REVIEW if payment.mark is Mark.MISMATCH else Stage.PAID
        case PaymentState.FAILED if payment.mark is Mark.CURRENCY:
            return Stage.IN_REVIEW
        case PaymentState.CLOSED | PaymentState.FAILED:
            return _ended(view, now) or Stage.CLOSED
        case PaymentState.AUTHORISED:
            return Stage.PROCESSING
        case PaymentState.CREATING | PaymentState.WAITING:
            over = Stage.EXPIRED if payment.expires_at <= now else Stage.PAYABLE
            return _ended(view, now) or over
    assert_never(payment.state)


def _ended(view: TopUpView, now: datetime) -> Stage | None:
    """How the wish ended, if it did."""
    match view.top_up.state:
        case TopUpState.FUNDED:
            return Stage.PAID
        case TopUpState.CANCELLED:
            return Stage.CANCELLED
        case TopUpState.EXPIRED:
            return Stage.EXPIRED
        case TopUpState.OPEN:
            return Stage.EXPIRED if view.top_up.expires_at <= now else None
    assert_never(view.top_up.state)
