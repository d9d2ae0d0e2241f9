"""Where the Tenpay stand-in is reached: its interface, its pages and its controls."""

from starlette.routing import Route

from sandbox.tenpay.api import MerchantApi
from sandbox.tenpay.house.control import Control
from sandbox.tenpay.house.gate import Gate
from sandbox.tenpay.house.model import Paying
from sandbox.tenpay.pages import Pages
from sandbox.tenpay.provider import Tenpay

__all__ = ["Paying", "Tenpay", "tenpay_routes"]

PREFIX = "/tenpay"


def tenpay_routes(tenpay: Tenpay) -> list[Route]:
    """Everything under `/tenpay`."""
    return [
        *_interface(tenpay),
        *Control(tenpay).routes(f"{PREFIX}/control"),
        *Pages(tenpay, PREFIX).routes(),
    ]


def _interface(tenpay: Tenpay) -> list[Route]:
    gate = Gate(tenpay, PREFIX)
    api = MerchantApi(tenpay, PREFIX)
    table = {
        "gateway/pay.htm": api.pay,
        "gateway/verifynotifyid.xml": api.call(api.verify),
        "gateway/normalorderquery.xml": api.call(api.query),
        "refundapi/gateway/refund.xml": api.call(api.refund, version="1.1"),
        "gateway/normalrefundquery.xml": api.call(api.query_refund),
        "cgi-bin/mchdown_real_new.cgi": api.bill,
    }
    return [
        Route(f"{PREFIX}/{path}", gate.endpoint(handler), methods=["GET", "POST"])
        for path, handler in table.items()
    ]
