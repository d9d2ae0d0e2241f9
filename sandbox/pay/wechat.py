"""Where the WeChat Pay stand-in is reached: its interface, its pages and its controls."""

from starlette.routing import Route

from sandbox.pay.api import Gate
from sandbox.pay.control import Control
from sandbox.pay.merchant_api import MerchantApi
from sandbox.pay.pages import Pages
from sandbox.pay.provider import Paying, WechatPay

__all__ = ["Paying", "WechatPay", "wechat_routes"]

PREFIX = "/wechat"


def wechat_routes(wechat: WechatPay) -> list[Route]:
    """Everything under `/wechat`."""
    return [
        *_interface(wechat),
        *Control(wechat).routes(f"{PREFIX}/control"),
        *Pages(wechat).routes(PREFIX),
    ]


def _interface(wechat: WechatPay) -> list[Route]:
    gate = Gate(wechat, PREFIX)
    api = MerchantApi(wechat)
    orders = "/v3/pay/transactions"
    refunds = "/v3/refund/domestic/refunds"
    table = [
        ("POST", f"{orders}/native", api.create_native),
        ("POST", f"{orders}/h5", api.create_h5),
        ("GET", f"{orders}/out-trade-no/{{out_trade_no}}", api.query_by_number),
        ("GET", f"{orders}/id/{{transaction_id}}", api.query_by_transaction),
        ("POST", f"{orders}/out-trade-no/{{out_trade_no}}/close", api.close),
        ("POST", refunds, api.refund),
        ("GET", f"{refunds}/{{out_refund_no}}", api.query_refund),
        ("GET", "/v3/certificates", api.certificates),
        ("GET", "/v3/bill/tradebill", api.trade_bill),
        ("GET", "/v3/billdownload/file", api.download),
    ]
    return [
        Route(f"{PREFIX}{path}", gate.endpoint(handler), methods=[method])
        for method, path, handler in table
    ]
