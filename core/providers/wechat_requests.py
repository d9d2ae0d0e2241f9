"""What is sent to WeChat Pay: bodies and paths, made from an order and nothing else.

WeChat refuses a used order number with any difference in it, so the same order has to give the
same bytes: no clock and no chance in here. What WeChat would refuse is refused before it is sent.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from core.channels import Form
from core.errors import ForgedMessage, ProviderRefused
from core.providers.base import Limits, Order, RefundOrder
from core.providers.wechat_bill import BEIJING

LONGEST_DESCRIPTION = 127
LONGEST_REASON = 80
_ORDER_NO = re.compile(r"[0-9A-Za-z_-]{6,32}")
_REFUND_NO = re.compile(r"[0-9A-Za-z_-]{1,64}")
_DEVICES: Mapping[str, str] = MappingProxyType({"ios": "iOS", "android": "Android"})


def order_content(order: Order, *, merchant: str, app: str, limits: Limits) -> dict[str, object]:
    """The payer's address goes only where it has to (H5): it would tie a code to one address."""
    low, high = limits.minimum_fen, limits.maximum_fen
    if not low <= order.amount_fen <= high:
        raise ProviderRefused("PARAM_ERROR", f"amount must be {low} to {high} fen")
    content: dict[str, object] = {
        "appid": app,
        "mchid": merchant,
        "description": order.description[:LONGEST_DESCRIPTION],
        "out_trade_no": _checked_order_no(order.order_no),
        "time_expire": order.expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
        "notify_url": order.notify_url,
        "amount": {"total": order.amount_fen, "currency": "CNY"},
    }
    if order.form is Form.LINK:
        content["scene_info"] = _scene(order)
    return content


def refund_content(order: RefundOrder) -> dict[str, object]:
    return {
        "out_trade_no": _checked_order_no(order.order_no),
        "out_refund_no": checked_refund_no(order.refund_no),
        "reason": order.reason[:LONGEST_REASON],
        "notify_url": order.notify_url,
        "amount": {"refund": order.refund_fen, "total": order.total_fen, "currency": "CNY"},
    }


def order_path(order_no: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{_checked_order_no(order_no)}"


def checked_refund_no(refund_no: str) -> str:
    if not _REFUND_NO.fullmatch(refund_no):
        raise ProviderRefused("PARAM_ERROR", "refund number must be 1 to 64 of 0-9 A-Z a-z _ -")
    return refund_no


def bill_path(address: str) -> str:
    """Only the path is taken: our signature never leaves for a host named in an answer."""
    try:
        parts = urlsplit(address)
    except ValueError as fault:
        raise ForgedMessage("download_url must be a web address") from fault
    _, found, rest = parts.path.partition("/v3/")
    if not found:
        raise ForgedMessage("download_url must lead to a path under /v3/")
    return f"/v3/{rest}?{parts.query}" if parts.query else f"/v3/{rest}"


def with_return(address: str, return_url: str) -> str:
    """The one change to an H5 link that WeChat allows."""
    if not address.startswith(("https://", "http://")):
        raise ForgedMessage("h5_url must be a web address")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}redirect_url={quote(return_url, safe='')}"


def _checked_order_no(order_no: str) -> str:
    if not _ORDER_NO.fullmatch(order_no):
        raise ProviderRefused("PARAM_ERROR", "order number must be 6 to 32 of 0-9 A-Z a-z _ -")
    return order_no


def _scene(order: Order) -> dict[str, object]:
    if not order.payer_ip:
        raise ProviderRefused("PARAM_ERROR", "an H5 link needs the payer's address")
    device = _DEVICES.get((order.device or "").lower(), "Wap")
    return {"payer_client_ip": order.payer_ip, "h5_info": {"type": device}}
