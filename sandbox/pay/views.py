"""Orders and refunds as the JSON objects WeChat answers with."""

import json
from collections.abc import Mapping
from datetime import datetime

from sandbox.pay.clock import rfc3339
from sandbox.pay.model import (
    TRADE_STATE_TEXTS,
    Order,
    Payment,
    Refund,
    RefundStatus,
    TradeState,
)

Json = dict[str, object]


def encode(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def transaction_view(order: Order, now: datetime, payment: Payment | None = None) -> Json:
    """The answer to a query and the content of a callback; `payment` defaults to the first."""
    paid = payment or (order.payments[0] if order.payments else None)
    state = order.state(now)
    if paid is None:
        return _unpaid_view(order, state)
    return {
        "mchid": order.request.mchid,
        "appid": order.request.appid,
        "out_trade_no": order.out_trade_no,
        "transaction_id": paid.transaction_id,
        "trade_type": order.request.product.value,
        "trade_state": state.value,
        "trade_state_desc": TRADE_STATE_TEXTS[state],
        "bank_type": paid.bank_type,
        "attach": order.request.attach,
        "success_time": rfc3339(paid.at),
        "payer": {"openid": paid.openid},
        "amount": {
            "total": paid.total_fen,
            "payer_total": paid.total_fen,
            "currency": paid.currency,
            "payer_currency": paid.currency,
        },
    }


def _unpaid_view(order: Order, state: TradeState) -> Json:
    return {
        "mchid": order.request.mchid,
        "appid": order.request.appid,
        "out_trade_no": order.out_trade_no,
        "trade_state": state.value,
        "trade_state_desc": TRADE_STATE_TEXTS[state],
        "attach": order.request.attach,
    }


def refund_view(refund: Refund) -> Json:
    """The answer to a refund request and to its query."""
    view = _refund_base(refund)
    view |= {
        "channel": "ORIGINAL",
        "create_time": rfc3339(refund.created_at),
        "status": refund.status.value,
        "funds_account": "AVAILABLE",
    }
    view["amount"] = {
        "total": refund.total_fen,
        "refund": refund.refund_fen,
        "payer_total": refund.total_fen,
        "payer_refund": refund.refund_fen,
        "settlement_refund": refund.refund_fen,
        "settlement_total": refund.total_fen,
        "discount_refund": 0,
        "currency": "CNY",
    }
    return view


def refund_notice(refund: Refund, mchid: str) -> Json:
    """The content of a refund callback: the state's name differs from the query's."""
    notice: Json = {"mchid": mchid, **_refund_base(refund), "refund_status": refund.status.value}
    notice["amount"] = {
        "total": refund.total_fen,
        "refund": refund.refund_fen,
        "payer_total": refund.total_fen,
        "payer_refund": refund.refund_fen,
    }
    return notice


def _refund_base(refund: Refund) -> Json:
    view: Json = {
        "out_trade_no": refund.out_trade_no,
        "transaction_id": refund.transaction_id,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "user_received_account": "支付用户零钱",
    }
    if refund.status is RefundStatus.SUCCESS and refund.ended_at is not None:
        view["success_time"] = rfc3339(refund.ended_at)
    return view
