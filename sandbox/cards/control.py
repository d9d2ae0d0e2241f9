"""The stand-in's own controls, for its pages and for tests: pay, forge, break, move time."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import fields

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.cards.control_views import order_view
from sandbox.cards.errors import StripeError
from sandbox.cards.model import Refund, RefundStatus, Session
from sandbox.cards.play_cards import PLAY_CARDS
from sandbox.cards.provider import CALLBACK_KINDS, Paying, Stripe
from sandbox.cards.views import Json
from sandbox.pay.clock import rfc3339
from sandbox.pay.errors import WrongControl

_MOST_TIMES = 50
_DECLINES = {"declined": "generic_decline", "insufficient_funds": "insufficient_funds"}
Endpoint = Callable[[Request], Awaitable[Response]]


class Control:
    """One method per control; wrong input is answered with 422 and what is allowed."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    def routes(self, prefix: str) -> list[Route]:
        order = f"{prefix}/orders/{{order_no}}"
        table = [
            ("GET", f"{prefix}/orders", self.orders),
            ("GET", order, self.order),
            ("POST", f"{order}/pay", self.pay),
            ("POST", f"{order}/decline", self.decline),
            ("POST", f"{order}/expire", self.expire),
            ("POST", f"{order}/callback", self.callback),
            ("POST", f"{prefix}/callback", self.free_callback),
            ("GET", f"{prefix}/callbacks", self.callbacks),
            ("GET", f"{prefix}/cards", self.cards),
            ("GET", f"{prefix}/refunds", self.refunds),
            ("POST", f"{prefix}/refunds/{{refund_id}}/settle", self.settle),
            ("GET", f"{prefix}/faults", self.show_faults),
            ("PUT", f"{prefix}/faults", self.change_faults),
            ("GET", f"{prefix}/clock", self.show_clock),
            ("PUT", f"{prefix}/clock", self.move_clock),
        ]
        return [Route(path, _safe(work), methods=[method]) for method, path, work in table]

    async def orders(self, _request: Request) -> Json:
        await self._pass_time()
        sessions = self._stripe.account.all(Session)
        orders = [order_view(self._stripe, session) for session in sessions]
        return {"merchant": self._stripe.merchant_name, "orders": orders}

    async def order(self, request: Request) -> Json:
        await self._pass_time()
        return order_view(self._stripe, self._stripe.session_of(_number(request)))

    async def pay(self, request: Request) -> Json:
        """A refused card is answered with 402, as its own payer would see it."""
        paying = _read_paying(await _read(request))
        intent = await self._stripe.pay(_number(request), paying)
        session = self._stripe.session_of(_number(request))
        return {"payment_intent": intent.id, "order": order_view(self._stripe, session)}

    async def decline(self, request: Request) -> Json:
        reason = str((await _read(request)).get("reason", "declined"))
        if reason not in _DECLINES:
            raise WrongControl(f"reason is {' or '.join(_DECLINES)}")
        session = await self._stripe.decline(_number(request), _DECLINES[reason])
        return order_view(self._stripe, session)

    async def expire(self, request: Request) -> Json:
        return order_view(self._stripe, await self._stripe.expire(_number(request)))

    async def callback(self, request: Request) -> Json:
        wanted = await _read(request)
        kind = str(wanted.get("kind", "honest"))
        return (await self._stripe.send(_number(request), kind)).view()

    async def free_callback(self, request: Request) -> Json:
        """`{content, event_type, kind, url}`: any object in any event to any address."""
        wanted = await _read(request)
        url, content = wanted.get("url", self._stripe.webhooks.url), wanted.get("content")
        if not isinstance(url, str) or not isinstance(content, dict):
            raise WrongControl("url is an address, content the object to announce")
        kind = str(wanted.get("kind", "honest"))
        event_type = str(wanted.get("event_type", "checkout.session.completed"))
        return (await self._stripe.send_content(url, content, kind, event_type)).view()

    async def callbacks(self, _request: Request) -> Json:
        deliveries = self._stripe.webhooks.deliveries
        return {"callbacks": [delivery.view() for delivery in reversed(deliveries)]}

    async def cards(self, _request: Request) -> Json:
        cards: list[Json] = [
            {
                "name": card.name,
                "number": card.number,
                "brand": card.brand,
                "country": card.country,
                "refusal": card.decline_code or card.error_code,
                "asks_holder": card.asks_holder,
            }
            for card in PLAY_CARDS
        ]
        return {"cards": cards}

    async def refunds(self, _request: Request) -> Json:
        refunds = self._stripe.account.all(Refund)
        return {"refunds": [self._stripe.account.view(refund) for refund in refunds]}

    async def settle(self, request: Request) -> Json:
        wanted = str((await _read(request)).get("status", "succeeded"))
        if wanted not in list(RefundStatus):
            raise WrongControl(f"status is one of {', '.join(RefundStatus)}")
        number = str(request.path_params["refund_id"])
        refund = await self._stripe.settle_refund(number, RefundStatus(wanted))
        return self._stripe.account.view(refund)

    async def show_faults(self, _request: Request) -> Json:
        return {**self._stripe.faults.view(), "callback_kinds": list(CALLBACK_KINDS)}

    async def change_faults(self, request: Request) -> Json:
        """What is not named stays."""
        self._stripe.faults = self._stripe.faults.changed(await _read(request))
        return self._stripe.faults.view()

    async def show_clock(self, _request: Request) -> Json:
        stripe = self._stripe
        return {
            "now": rfc3339(stripe.clock.now()),
            "offset_s": stripe.clock.offset_s,
            "wire_offset_s": stripe.wire_clock.offset_s,
        }

    async def move_clock(self, request: Request) -> Json:
        """`offset_s` moves sessions, holds and the balance, `wire_offset_s` what is signed."""
        wanted = await _read(request)
        for name, clock in (
            ("offset_s", self._stripe.clock),
            ("wire_offset_s", self._stripe.wire_clock),
        ):
            value = wanted.get(name, clock.offset_s)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise WrongControl(f"{name} is a number of seconds")
            clock.offset_s = value
        await self._pass_time()
        return await self.show_clock(request)

    async def _pass_time(self) -> None:
        self._stripe.tick()
        self._stripe.tell_soon()


def _safe(control: Callable[[Request], Awaitable[Json]]) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await control(request))
        except StripeError as error:
            code = error.decline_code or error.code or error.kind
            return JSONResponse({"code": code, "message": error.message}, error.status)
        except ValueError as error:
            return JSONResponse({"code": "INVALID", "message": str(error)}, status_code=422)

    return answer


async def _read(request: Request) -> Json:
    body = await request.body()
    value = json.loads(body) if body else {}
    if not isinstance(value, dict):
        raise WrongControl("the body is a JSON object")
    return value


def _number(request: Request) -> str:
    return str(request.path_params["order_no"])


def _read_paying(wanted: Json) -> Paying:
    known = {field.name for field in fields(Paying)}
    if unknown := set(wanted) - known:
        raise WrongControl(f"unknown {sorted(unknown)}; known are {sorted(known)}")
    for name in ("save", "authenticate", "announce", "concurrent"):
        if not isinstance(wanted.get(name, False), bool):
            raise WrongControl(f"{name} is true or false")
    for name in ("card", "currency"):
        if not isinstance(wanted.get(name, ""), str):
            raise WrongControl(f"{name} is a text")
    amount = wanted.get("amount_fen", 1)
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 1:
        raise WrongControl("amount_fen is a whole number of fen from 1 up")
    times = wanted.get("times", 1)
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
        raise WrongControl(f"times is 1 to {_MOST_TIMES}")
    return Paying(**wanted)  # type: ignore[arg-type]  # checked field by field
