"""QQ Wallet's callbacks as they go over the wire: honest, odd and forged."""

import secrets
from collections.abc import Mapping

from sandbox.qq.messages import DOCTYPE, write_message
from sandbox.tenpay.house.callbacks import Letter
from sandbox.tenpay.house.forging import FORGERIES, ODD_CONTENTS, Names, written
from sandbox.tenpay.house.model import Order, Pairs, Payment

NAMES = Names(merchant="mch_id", other_currency="USD", unpaid_state="NOTPAY")
_ENTITIES = b"".join(
    b'<!ENTITY e%d "%s">' % (level, b"&e%d;" % (level - 1) * 10 if level else b"bomb" * 10)
    for level in range(9)
)
_BOMB = b"<!DOCTYPE xml [" + _ENTITIES + b"]>"
_BODY_FORGERIES = ("doctype", "entity_bomb", "outside_entity", "not_xml")
CALLBACK_KINDS = ("honest", "replay", *FORGERIES, *_BODY_FORGERIES, *ODD_CONTENTS)


def content(merchant: str, order: Order, payment: Payment) -> Pairs:
    return {
        "mch_id": merchant,
        "nonce_str": secrets.token_hex(16),
        "device_info": "",
        "trade_type": "NATIVE",
        "trade_state": "SUCCESS",
        "bank_type": payment.bank_type,
        "fee_type": payment.currency,
        "total_fee": str(payment.total_fen),
        "cash_fee": str(payment.total_fen - payment.discount_fen),
        "coupon_fee": str(payment.discount_fen),
        "transaction_id": payment.transaction_id,
        "out_trade_no": order.out_trade_no,
        "attach": order.request.attach,
        "time_end": f"{payment.at:%Y%m%d%H%M%S}",
        "openid": payment.payer,
    }


def letter(url: str, pairs: Mapping[str, str], kind: str, key: str) -> Letter:
    sent = written(kind, pairs, key, NAMES)
    body = _distorted(kind, write_message(sent))
    return Letter(
        method="POST", url=url, body=body, content_type="text/xml", shown=dict(sent[:20])
    )


def _distorted(kind: str, body: bytes) -> bytes:
    match kind:
        case "doctype":
            return DOCTYPE + body.replace(b"<![CDATA[SUCCESS]]>", b"&state;", 1)
        case "entity_bomb":
            return _BOMB + body.replace(b"</xml>", b"<attach2>&e8;</attach2></xml>")
        case "outside_entity":
            outside = b'<!DOCTYPE xml [<!ENTITY file SYSTEM "file:///etc/hostname">]>'
            return outside + body.replace(b"</xml>", b"<attach2>&file;</attach2></xml>")
        case "not_xml":
            return body.removesuffix(b"</xml>")
        case _:
            return body
