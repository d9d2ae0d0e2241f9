"""Tenpay's callbacks as they go over the wire: honest, odd and forged, by GET or POST."""

from collections.abc import Mapping
from urllib.parse import urlencode

from sandbox.tenpay.banks import CASHIER
from sandbox.tenpay.house.callbacks import Letter
from sandbox.tenpay.house.forging import FORGERIES, ODD_CONTENTS, Names, written
from sandbox.tenpay.house.model import Order, Pairs, Payment
from sandbox.tenpay.house.signing import NOT_SIGNED

NAMES = Names(merchant="partner", other_currency="2", unpaid_state="1")
_SIGNED_AFRESH = ("other_sign_type", "unknown_notify_id")
CALLBACK_KINDS = (
    "honest",
    "lower_case",
    "replay",
    *FORGERIES,
    *_SIGNED_AFRESH,
    *ODD_CONTENTS,
)
_FORM = "application/x-www-form-urlencoded"


def content(
    merchant: str, order: Order, payment: Payment, *, charset: str, notify_id: str
) -> Pairs:
    paid_fen = payment.total_fen - payment.discount_fen
    return {
        "sign_type": "MD5",
        "service_version": "1.0",
        "input_charset": charset,
        "sign_key_index": "1",
        "trade_mode": "1",
        "trade_state": "0",
        "pay_info": "",
        "partner": merchant,
        "bank_type": payment.bank_type,
        "bank_billno": "" if payment.bank_type == CASHIER else payment.transaction_id[-12:],
        "total_fee": str(paid_fen),
        "fee_type": {"CNY": "1"}.get(payment.currency, payment.currency),
        "notify_id": notify_id,
        "transaction_id": payment.transaction_id,
        "out_trade_no": order.out_trade_no,
        "attach": order.request.attach,
        "time_end": f"{payment.at:%Y%m%d%H%M%S}",
        "transport_fee": "0",
        "product_fee": str(paid_fen),
        "discount": str(payment.discount_fen),
        "buyer_alias": "",
    }


def letter(url: str, pairs: Mapping[str, str], kind: str, key: str, method: str) -> Letter:
    charset = pairs.get("input_charset", "GBK")
    sent = written(kind, _changed(pairs, kind), key, NAMES, charset)
    if kind == "lower_case":
        sent = [(name, text.lower() if name == NOT_SIGNED else text) for name, text in sent]
    query = urlencode(sent, encoding=charset)
    shown = dict(sent[:30])
    if method == "GET" and kind != "too_big":  # no address is as long as that body
        return Letter(method="GET", url=with_query(url, query), shown=shown)
    return Letter(method="POST", url=url, body=query.encode(), content_type=_FORM, shown=shown)


def with_query(url: str, query: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _changed(pairs: Mapping[str, str], kind: str) -> Mapping[str, str]:
    match kind:
        case "other_sign_type":
            return {**pairs, "sign_type": "RSA"}
        case "unknown_notify_id":
            return {**pairs, "notify_id": "0" * 32}
        case _:
            return pairs
