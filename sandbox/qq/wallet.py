"""Where the QQ Wallet stand-in is reached: its interface, its pages and its controls."""

from starlette.routing import Route

from sandbox.qq.api import MerchantApi
from sandbox.qq.pages import Pages
from sandbox.qq.provider import QqWallet
from sandbox.tenpay.house.control import Control
from sandbox.tenpay.house.gate import Gate
from sandbox.tenpay.house.model import Paying

__all__ = ["Paying", "QqWallet", "qq_routes"]

PREFIX = "/qq"
_ANY_METHOD = ["GET", "POST", "PUT", "DELETE"]  # only POST is right, and refused otherwise


def qq_routes(qq: QqWallet) -> list[Route]:
    """Everything under `/qq`."""
    return [
        *_interface(qq),
        *Control(qq).routes(f"{PREFIX}/control"),
        *Pages(qq, PREFIX).routes(),
    ]


def _interface(qq: QqWallet) -> list[Route]:
    gate = Gate(qq, PREFIX)
    api = MerchantApi(qq, PREFIX)
    table = {
        "pay/qpay_unified_order": api.call(api.create),
        "pay/qpay_order_query": api.call(api.query),
        "pay/qpay_close_order": api.call(api.close),
        "pay/qpay_refund": api.call(api.refund),
        "pay/qpay_refund_query": api.call(api.query_refund),
        "sp_download/qpay_mch_statement_down": api.bill,
    }
    return [
        Route(f"{PREFIX}/cgi-bin/{name}.cgi", gate.endpoint(handler), methods=_ANY_METHOD)
        for name, handler in table.items()
    ]
