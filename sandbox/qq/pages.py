"""What a payer sees of QQ Wallet: the phone that scans, the page to pay on, a dead link."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.qq.provider import QqWallet

_STATIC = Path(__file__).parent.parent / "static"


class Pages:
    """`/qr`, `/scan` and `/open` lead to the pay page; `/phone` lists what could be paid."""

    def __init__(self, qq: QqWallet, prefix: str) -> None:
        self._qq = qq
        self._prefix = prefix

    def routes(self) -> list[Route]:
        prefix = self._prefix
        return [
            Route(f"{prefix}/phone", _file("qq_phone.html"), methods=["GET"]),
            Route(f"{prefix}/pay", _file("qq_pay.html"), methods=["GET"]),
            Route(f"{prefix}/qr/{{token}}", self.code, methods=["GET"]),
            Route(f"{prefix}/scan", self.scan, methods=["GET"]),
            Route(f"{prefix}/open", self.open, methods=["GET"]),
        ]

    async def code(self, request: Request) -> Response:
        return self._to_pay_page(str(request.path_params["token"]), request)

    async def scan(self, request: Request) -> Response:
        return self._to_pay_page(request.query_params.get("code", ""), request)

    async def open(self, request: Request) -> Response:
        """Stands for `mqqapi://forward/url?url_prefix=…`, which opens the phone's QQ."""
        try:
            code = base64.b64decode(request.query_params.get("url_prefix", ""), validate=True)
        except (binascii.Error, ValueError):
            return _gone()
        return self._to_pay_page(code.decode(errors="replace"), request)

    def _to_pay_page(self, code: str, request: Request) -> Response:
        order = self._qq.orders.by_token(code.strip().rpartition("/")[2])
        if order is None:
            return _gone()
        query = {"order": order.out_trade_no}
        came_from = request.headers.get("referer", "")
        if self._qq.is_merchants(came_from) and self._prefix not in came_from:
            query["back"] = came_from
        return RedirectResponse(f"{self._prefix}/pay?{urlencode(query)}", status_code=303)


def _gone() -> Response:
    return FileResponse(_STATIC / "qq_gone.html", status_code=404)


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def show(_request: Request) -> Response:
        return FileResponse(_STATIC / name)

    return show
