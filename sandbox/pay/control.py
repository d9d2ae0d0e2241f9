"""The stand-in's own controls, for its pages and for tests: pay, forge, break, move time."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.pay.clock import rfc3339
from sandbox.pay.errors import WechatError, WrongControl
from sandbox.pay.model import Order, Product, RefundStatus
from sandbox.pay.provider import CALLBACK_KINDS, Paying, WechatPay
from sandbox.pay.views import Json, refund_view, transaction_view

_MOST_TIMES = 50
Endpoint = Callable[[Request], Awaitable[Response]]


class Control:
    """One method per control; wrong input is answered with 422 and what is allowed."""

    def __init__(self, wechat: WechatPay) -> None:
        self._wechat = wechat

    def routes(self, prefix: str) -> list[Route]:
        order = f"{prefix}/orders/{{out_trade_no}}"
        return [
            Route(f"{prefix}/orders", _safe(self.orders), methods=["GET"]),
            Route(order, _safe(self.order), methods=["GET"]),
            Route(f"{order}/pay", _safe(self.pay), methods=["POST"]),
            Route(f"{order}/decline", _safe(self.decline), methods=["POST"]),
            Route(f"{order}/expire", _safe(self.expire), methods=["POST"]),
            Route(f"{order}/callback", _safe(self.callback), methods=["POST"]),
            Route(f"{prefix}/callback", _safe(self.free_callback), methods=["POST"]),
            Route(f"{prefix}/callbacks", _safe(self.callbacks), methods=["GET"]),
            Route(f"{prefix}/link", _safe(self.link), methods=["GET"]),
            Route(f"{prefix}/refunds", _safe(self.refunds), methods=["GET"]),
            Route(
                f"{prefix}/refunds/{{out_refund_no}}/settle", _safe(self.settle), methods=["POST"]
            ),
            Route(f"{prefix}/faults", _safe(self.show_faults), methods=["GET"]),
            Route(f"{prefix}/faults", _safe(self.change_faults), methods=["PUT"]),
            Route(f"{prefix}/clock", _safe(self.show_clock), methods=["GET"]),
            Route(f"{prefix}/clock", _safe(self.move_clock), methods=["PUT"]),
        ]

    async def orders(self, _request: Request) -> Json:
        orders = [self._order_view(order) for order in self._wechat.orders.all()]
        return {"merchant": self._wechat.merchant_name, "orders": orders}

    async def order(self, request: Request) -> Json:
        return self._order_view(self._wechat.orders.get(_number(request)))

    async def pay(self, request: Request) -> Json:
        paying = _read_paying(await _read(request))
        payment = await self._wechat.pay(_number(request), paying)
        order = self._wechat.orders.get(_number(request))
        return {"transaction_id": payment.transaction_id, "order": self._order_view(order)}

    async def decline(self, request: Request) -> Json:
        reason = (await _read(request)).get("reason", "declined")
        if reason not in ("declined", "timeout"):
            raise WrongControl("reason is declined or timeout")
        return self._order_view(self._wechat.orders.decline(_number(request), str(reason)))

    async def expire(self, request: Request) -> Json:
        return self._order_view(self._wechat.orders.expire(_number(request)))

    async def callback(self, request: Request) -> Json:
        wanted = await _read(request)
        kind = str(wanted.get("kind", "honest"))
        return (await self._wechat.send(_number(request), kind)).view()

    async def free_callback(self, request: Request) -> Json:
        """`{url, content, kind}`: any content to any address."""
        wanted = await _read(request)
        url, content = wanted.get("url"), wanted.get("content")
        if not isinstance(url, str) or not isinstance(content, dict):
            raise WrongControl("url is an address, content the object to announce")
        kind = str(wanted.get("kind", "honest"))
        return (await self._wechat.send_content(url, content, kind)).view()

    async def callbacks(self, _request: Request) -> Json:
        deliveries = self._wechat.callbacks.deliveries
        return {"callbacks": [delivery.view() for delivery in reversed(deliveries)]}

    async def link(self, request: Request) -> Json:
        """The order behind `?code=` (what a QR image says) or `?prepay_id=`."""
        query = request.query_params
        order = self._wechat.orders.by_link(query.get("code") or query.get("prepay_id", ""))
        if order is None:
            raise WechatError(404, "LINK_EXPIRED", "二维码或链接已失效，请返回商户重新获取")
        return self._order_view(order)

    async def refunds(self, _request: Request) -> Json:
        return {"refunds": [refund_view(refund) for refund in self._wechat.refunds.all()]}

    async def settle(self, request: Request) -> Json:
        wanted = (await _read(request)).get("status", "SUCCESS")
        number = request.path_params["out_refund_no"]
        return refund_view(await self._wechat.settle_refund(number, RefundStatus(str(wanted))))

    async def show_faults(self, _request: Request) -> Json:
        return {**self._wechat.faults.view(), "callback_kinds": list(CALLBACK_KINDS)}

    async def change_faults(self, request: Request) -> Json:
        """What is not named stays."""
        self._wechat.faults = self._wechat.faults.changed(await _read(request))
        return self._wechat.faults.view()

    async def show_clock(self, _request: Request) -> Json:
        wechat = self._wechat
        return {
            "now": rfc3339(wechat.clock.now()),
            "offset_s": wechat.clock.offset_s,
            "wire_offset_s": wechat.wire_clock.offset_s,
        }

    async def move_clock(self, request: Request) -> Json:
        """`offset_s` moves orders and bills, `wire_offset_s` what is signed and compared."""
        wanted = await _read(request)
        for name, clock in (
            ("offset_s", self._wechat.clock),
            ("wire_offset_s", self._wechat.wire_clock),
        ):
            value = wanted.get(name, clock.offset_s)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise WrongControl(f"{name} is a number of seconds")
            clock.offset_s = value
        return await self.show_clock(request)

    def _order_view(self, order: Order) -> Json:
        now = self._wechat.clock.now()
        is_native = order.request.product is Product.NATIVE
        return {
            **transaction_view(order, now),
            "merchant": self._wechat.merchant_name,
            "description": order.request.description,
            "asked_fen": order.request.total_fen,
            "notify_url": order.request.notify_url,
            "product": order.request.product.value,
            "created_at": rfc3339(order.created_at),
            "expires_at": rfc3339(order.expires_at),
            "code_url": order.link if is_native else None,
            "payments": [
                {"transaction_id": payment.transaction_id, "amount_fen": payment.total_fen}
                for payment in order.payments
            ],
            "declines": list(order.declines),
        }


def _safe(control: Callable[[Request], Awaitable[Json]]) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await control(request))
        except WechatError as error:
            return JSONResponse(error.body(), status_code=error.status)
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
    return str(request.path_params["out_trade_no"])


def _read_paying(wanted: Json) -> Paying:
    known = {field.name for field in fields(Paying)}
    if unknown := set(wanted) - known:
        raise WrongControl(f"unknown {sorted(unknown)}; known are {sorted(known)}")
    for name in ("late", "again", "announce", "concurrent"):
        if not isinstance(wanted.get(name, False), bool):
            raise WrongControl(f"{name} is true or false")
    amount = wanted.get("amount_fen")
    if amount is not None and (
        not isinstance(amount, int) or isinstance(amount, bool) or amount < 1
    ):
        raise WrongControl("amount_fen is a whole number of fen from 1 up")
    times = wanted.get("times", 1)
    if not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
        raise WrongControl(f"times is 1 to {_MOST_TIMES}")
    return replace(Paying(), **wanted)  # type: ignore[arg-type]  # checked field by field
