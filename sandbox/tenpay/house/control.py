"""The house's own controls, for its pages and for tests: pay, forge, break, move time."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.pay.clock import rfc3339
from sandbox.pay.errors import WrongControl
from sandbox.tenpay.house.errors import Missing, Refused
from sandbox.tenpay.house.faults import Faults
from sandbox.tenpay.house.model import Json, Paying, Refund
from sandbox.tenpay.house.provider import Provider

_MOST_TIMES = 50
_FARTHEST_S = 10 * 365 * 86400
_NOT_FOUND = ("ORDERNOTEXIST", "INVALID_TRANSACTIONID", "REFUNDNOTEXIST")
Endpoint = Callable[[Request], Awaitable[Response]]
F = TypeVar("F", bound=Faults)


class Control(Generic[F]):
    """One method per control; wrong input is answered with 422 and what is allowed."""

    def __init__(self, provider: Provider[F]) -> None:
        self._provider = provider

    def routes(self, prefix: str) -> list[Route]:
        order = f"{prefix}/orders/{{out_trade_no}}"
        table = [
            ("GET", f"{prefix}/orders", self.orders),
            ("GET", order, self.order),
            ("POST", f"{order}/pay", self.pay),
            ("POST", f"{order}/decline", self.decline),
            ("POST", f"{order}/expire", self.expire),
            ("POST", f"{order}/callback", self.callback),
            ("POST", f"{prefix}/callback", self.free_callback),
            ("GET", f"{prefix}/callbacks", self.callbacks),
            ("GET", f"{prefix}/link", self.link),
            ("GET", f"{prefix}/refunds", self.refunds),
            ("POST", f"{prefix}/refunds/{{out_refund_no}}/settle", self.settle),
            ("GET", f"{prefix}/faults", self.show_faults),
            ("PUT", f"{prefix}/faults", self.change_faults),
            ("GET", f"{prefix}/clock", self.show_clock),
            ("PUT", f"{prefix}/clock", self.move_clock),
        ]
        return [Route(path, _safe(control), methods=[method]) for method, path, control in table]

    async def orders(self, _request: Request) -> Json:
        provider = self._provider
        orders = [provider.order_view(order) for order in provider.orders.all()]
        return {"merchant": provider.merchant_name, "orders": orders}

    async def order(self, request: Request) -> Json:
        return self._provider.order_view(self._provider.orders.get(_number(request)))

    async def pay(self, request: Request) -> Json:
        order = self._provider.orders.get(_number(request))
        paying = _read_paying(self._provider.usual(order), await _read(request))
        payment = await self._provider.pay(order.out_trade_no, paying)
        order = self._provider.orders.get(order.out_trade_no)
        view = self._provider.order_view(order)
        return {"transaction_id": payment.transaction_id, "order": view}

    async def decline(self, request: Request) -> Json:
        reason = (await _read(request)).get("reason", "declined")
        if reason not in ("declined", "timeout"):
            raise WrongControl("reason is declined or timeout")
        order = self._provider.orders.decline(_number(request), str(reason))
        return self._provider.order_view(order)

    async def expire(self, request: Request) -> Json:
        return self._provider.order_view(self._provider.orders.expire(_number(request)))

    async def callback(self, request: Request) -> Json:
        kind = str((await _read(request)).get("kind", "honest"))
        return (await self._provider.send(_number(request), kind)).view()

    async def free_callback(self, request: Request) -> Json:
        """`{url, content, kind}`: any flat content to any address."""
        wanted = await _read(request)
        url, content = wanted.get("url"), wanted.get("content")
        if not isinstance(url, str) or not isinstance(content, dict):
            raise WrongControl("url is an address, content the object to announce")
        pairs = {str(name): str(text) for name, text in content.items()}
        kind = str(wanted.get("kind", "honest"))
        return (await self._provider.send_content(url, pairs, kind)).view()

    async def callbacks(self, _request: Request) -> Json:
        deliveries = self._provider.callbacks.deliveries
        return {"callbacks": [delivery.view() for delivery in reversed(deliveries)]}

    async def link(self, request: Request) -> Json:
        """The order behind `?code=`, what a QR image or a link says."""
        token = request.query_params.get("code", "").rpartition("/")[2]
        order = self._provider.orders.by_token(token)
        if order is None:
            raise Missing("二维码或链接已失效，请返回商户重新获取")
        return self._provider.order_view(order)

    async def refunds(self, _request: Request) -> Json:
        return {"refunds": [_refund_view(refund) for refund in self._provider.refunds.all()]}

    async def settle(self, request: Request) -> Json:
        name = str((await _read(request)).get("status", "SUCCESS"))
        number = str(request.path_params["out_refund_no"])
        return _refund_view(await self._provider.settle_refund(number, name))

    async def show_faults(self, _request: Request) -> Json:
        return {**self._provider.faults.view(), "callback_kinds": list(self._provider.KINDS)}

    async def change_faults(self, request: Request) -> Json:
        """What is not named stays."""
        self._provider.faults = self._provider.faults.changed(await _read(request))
        return self._provider.faults.view()

    async def show_clock(self, _request: Request) -> Json:
        clock = self._provider.clock
        return {"now": rfc3339(clock.now()), "offset_s": clock.offset_s}

    async def move_clock(self, request: Request) -> Json:
        clock = self._provider.clock
        wanted = await _read(request)
        offset_s = wanted.get("offset_s", clock.offset_s)
        if isinstance(offset_s, bool) or not isinstance(offset_s, int | float):
            raise WrongControl("offset_s is a number of seconds")
        if set(wanted) - {"offset_s"} or abs(offset_s) > _FARTHEST_S:
            raise WrongControl("offset_s, nothing else, is a number of seconds up to ten years")
        clock.offset_s = offset_s
        return await self.show_clock(request)


def _refund_view(refund: Refund) -> Json:
    return {
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "out_trade_no": refund.out_trade_no,
        "transaction_id": refund.transaction_id,
        "status": refund.status,
        "amount": {
            "refund": refund.refund_fen,
            "total": refund.total_fen,
            "discount_refund": refund.discount_fen,
            "currency": "CNY",
        },
        "create_time": rfc3339(refund.created_at),
        "success_time": rfc3339(refund.ended_at) if refund.ended_at else None,
    }


def _safe(control: Callable[[Request], Awaitable[Json]]) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await control(request))
        except Refused as refused:
            status = 404 if refused.code in _NOT_FOUND else 409
            body = {"code": refused.code, "message": refused.message}
            return JSONResponse(body, status_code=status)
        except Missing as missing:
            return JSONResponse({"code": "MISSING", "message": str(missing)}, status_code=404)
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


def _read_paying(usual: Paying, wanted: Json) -> Paying:
    known = {field.name for field in fields(Paying)}
    if unknown := set(wanted) - known:
        raise WrongControl(f"unknown {sorted(unknown)}; known are {sorted(known)}")
    for name in ("late", "again", "announce", "concurrent"):
        if not isinstance(wanted.get(name, False), bool):
            raise WrongControl(f"{name} is true or false")
    for name in ("currency", "bank_type"):
        if not isinstance(wanted.get(name, ""), str):
            raise WrongControl(f"{name} is a text")
    _check_whole(wanted, "amount_fen", smallest=1)
    _check_whole(wanted, "discount_fen", smallest=0)
    _check_whole(wanted, "times", smallest=1, largest=_MOST_TIMES)
    given = {name: value for name, value in wanted.items() if value is not None}
    return replace(usual, **given)  # type: ignore[arg-type]  # checked field by field


def _check_whole(wanted: Json, name: str, *, smallest: int, largest: int = 10**12) -> None:
    value = wanted.get(name)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not smallest <= value <= largest:
        raise WrongControl(f"{name} is a whole number from {smallest} to {largest}")
