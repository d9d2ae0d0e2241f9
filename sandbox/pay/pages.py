"""What a payer sees: the phone that scans, the page to pay on, the refusal of a bad link."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.pay.provider import WechatPay

_STATIC = Path(__file__).parent.parent / "static"
_OWN_BROWSER = "MicroMessenger"


class Pages:
    """`/scan` and `/h5` lead to the pay page; `/phone` lists what could be paid."""

    def __init__(self, wechat: WechatPay) -> None:
        self._wechat = wechat

    def routes(self, prefix: str) -> list[Route]:
        return [
            Route(f"{prefix}/phone", _file("phone.html"), methods=["GET"]),
            Route(f"{prefix}/pay", _file("pay.html"), methods=["GET"]),
            Route(f"{prefix}/scan", self.scan, methods=["GET"]),
            Route(f"{prefix}/h5", self.h5, methods=["GET"]),
        ]

    async def scan(self, request: Request) -> Response:
        code = request.query_params.get("code", "")
        order = self._wechat.orders.by_link(code)
        if order is None:
            return FileResponse(_STATIC / "pay_gone.html", status_code=404)
        return RedirectResponse(f"pay?order={order.out_trade_no}", status_code=303)

    async def h5(self, request: Request) -> Response:
        """Only from a page of the merchant's own domain, only while the link lives."""
        query = request.query_params
        back = query.get("redirect_url")
        came_from = request.headers.get("referer", "")
        is_ours = self._wechat.is_h5_domain(came_from)
        if back and not self._wechat.is_h5_domain(back):
            is_ours = False
        if not is_ours or _OWN_BROWSER in request.headers.get("user-agent", ""):
            return FileResponse(_STATIC / "pay_refused.html", status_code=403)
        if self._wechat.orders.by_link(query.get("prepay_id", "")) is None:
            return FileResponse(_STATIC / "pay_gone.html", status_code=404)
        return FileResponse(_STATIC / "pay.html")


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def show(_request: Request) -> Response:
        return FileResponse(_STATIC / name)

    return show
