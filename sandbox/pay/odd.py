"""Truly signed things that still do not fit, and payments that never were."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sandbox.pay.model import TRADE_STATE_TEXTS, Order, OrderRequest, Payment, Product, TradeState
from sandbox.pay.requests import Merchant
from sandbox.pay.views import Json

_PAYER = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
_AMOUNT_OFF_FEN = 1


def _other_merchant(content: Json) -> Json:
    return content | {"mchid": "1999999999"}


def _other_app(content: Json) -> Json:
    return content | {"appid": "wx0123456789abcdef"}


def _other_currency(content: Json) -> Json:
    return content | {"amount": _amount(content) | {"currency": "USD", "payer_currency": "USD"}}


def _other_amount(content: Json) -> Json:
    amount = _amount(content)
    total = amount["total"]
    off = total + _AMOUNT_OFF_FEN if isinstance(total, int) else total
    return content | {"amount": amount | {"total": off, "payer_total": off}}


def _unknown_order(content: Json) -> Json:
    return content | {"out_trade_no": f"NOBODYS{secrets.token_hex(8)}"}


def _unpaid(content: Json) -> Json:
    state = TradeState.NOTPAY
    return content | {"trade_state": state.value, "trade_state_desc": TRADE_STATE_TEXTS[state]}


def _amount(content: Json) -> Json:
    amount = content["amount"]
    return dict(amount) if isinstance(amount, dict) else {}


# rightly signed contents that are not the money the merchant asked for
ODD_CONTENTS: Mapping[str, Callable[[Json], Json]] = {
    "other_merchant": _other_merchant,
    "other_app": _other_app,
    "other_currency": _other_currency,
    "other_amount": _other_amount,
    "unknown_order": _unknown_order,
    "unpaid": _unpaid,
}


def pretended_payment(order: Order, at: datetime) -> Payment:
    return Payment(
        transaction_id=f"4299999999{at:%Y%m%d}{secrets.randbelow(10**10):010d}",
        total_fen=order.request.total_fen,
        currency="CNY",
        bank_type="OTHERS",
        openid=_PAYER,
        at=at,
    )


def with_pretended_payment(order: Order, at: datetime) -> Order:
    return replace(order, payments=(pretended_payment(order, at),))


def phantom_order(merchant: Merchant, total_fen: int, at: datetime) -> Order:
    """An order the merchant never placed."""
    number = f"PHANTOM{at:%Y%m%d}"
    request = OrderRequest(
        product=Product.NATIVE,
        appid=merchant.appid,
        mchid=merchant.mchid,
        out_trade_no=number,
        description="Unknown order",
        total_fen=total_fen,
        notify_url="",
        attach="",
        expires_at=None,
        body="",
    )
    return Order(request=request, created_at=at, expires_at=at, link=number, link_made_at=at)
