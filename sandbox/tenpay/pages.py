"""What a payer sees of Tenpay: the cashier or the bank, and the way back to the merchant."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.tenpay.house.errors import Refused
from sandbox.tenpay.provider import Tenpay

_STATIC = Path(__file__).parent.parent / "static"


class Pages:
    """`/pay` is where the gateway leads, `/back` where it leads on once paid."""

    def __init__(self, tenpay: Tenpay, prefix: str) -> None:
        self._tenpay = tenpay
        self._prefix = prefix

    def routes(self) -> list[Route]:
        return [
            Route(f"{self._prefix}/phone", _file("tenpay_phone.html"), methods=["GET"]),
            Route(f"{self._prefix}/pay", _file("tenpay_pay.html"), methods=["GET"]),
            Route(f"{self._prefix}/back", self.back, methods=["GET"]),
        ]

    async def back(self, request: Request) -> Response:
        """To the merchant's return address, its parameters signed as a callback's are."""
        number = request.query_params.get("order", "")
        try:
            order = self._tenpay.orders.get(number)
        except Refused:
            return FileResponse(_STATIC / "tenpay_gone.html", status_code=404)
        address = self._tenpay.way_back(order)
        if address is None:
            return RedirectResponse(f"{self._prefix}/pay?order={order.out_trade_no}", 303)
        return RedirectResponse(address, status_code=302)


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def show(_request: Request) -> Response:
        return FileResponse(_STATIC / name)

    return show
