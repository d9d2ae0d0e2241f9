"""Reads what a merchant or a browser asks of Tenpay, to the letter of its interface."""

import hashlib
from datetime import date, datetime, timedelta

from starlette.requests import Request

from sandbox.tenpay.banks import BANKS, CASHIER, NUMBERS
from sandbox.tenpay.house.bill_lines import KEPT, is_ready
from sandbox.tenpay.house.checks import Parameters
from sandbox.tenpay.house.errors import Refused, at_the_door
from sandbox.tenpay.house.keys import Credentials
from sandbox.tenpay.house.model import OrderRequest, RefundRequest
from sandbox.tenpay.house.signing import is_same_sign, md5_of_bytes, password_digest
from sandbox.tenpay.messages import read_message

_NUMBER = r"[0-9A-Za-z]+"
_BILL_SIGNED = ("spid", "trans_time", "stamp", "cft_signtype", "mchtype")
_BILL_KINDS = {"0": "ALL", "1": "SUCCESS", "2": "REFUND"}


def read_signed(
    request: Request, body: bytes, credentials: Credentials, *, version: str = "1.0"
) -> Parameters:
    """The parameters of a request that is this merchant's and rightly signed."""
    message = read_message(request.scope["query_string"], body)
    parameters = message.parameters
    if parameters.pairs.get("sign_type", "MD5") != "MD5":
        raise at_the_door("PARAM_ERROR", "sign_type 应为 MD5")
    if parameters.pairs.get("sign_key_index", "1") != "1":
        raise at_the_door("PARAM_ERROR", "sign_key_index 应为 1")
    if parameters.pairs.get("service_version", "1.0") != version:
        raise at_the_door("PARAM_ERROR", f"service_version 应为 {version}")
    if parameters.text("partner", longest=10) != credentials.merchant:
        raise at_the_door("MCHID_NOT_EXIST", "partner 不存在")
    sign = parameters.text("sign", longest=32)
    if not is_same_sign(sign, md5_of_bytes(message.raw, credentials.key), ignore_case=True):
        raise at_the_door("SIGNERROR", "签名错误")
    return parameters


def read_order(parameters: Parameters) -> OrderRequest:
    parameters.exactly("fee_type", "1")
    parameters.ipv4("spbill_create_ip")
    for name, longest in (("buyer_id", 64), ("goods_tag", 32), ("subject", 32)):
        parameters.optional(name, longest=longest)
    if parameters.pairs.get("trade_mode", "1") != "1":
        raise at_the_door("PARAM_ERROR", "trade_mode 应为 1")
    total_fen = parameters.fen("total_fee")
    _check_parts(parameters, total_fen)
    description = parameters.text("body", longest=32)
    attach = parameters.optional("attach", longest=127)
    notify_url = parameters.address("notify_url")
    return OrderRequest(
        out_trade_no=parameters.text("out_trade_no", longest=32, pattern=_NUMBER),
        total_fen=total_fen,
        description=description,
        notify_url=notify_url,
        return_url=parameters.address("return_url"),
        attach=attach,
        bank_type=_bank(parameters),
        charset=parameters.charset,
        expires_at=_expiry(parameters),
        core=(str(total_fen), description, attach, notify_url),
    )


def read_refund(parameters: Parameters, credentials: Credentials) -> RefundRequest:
    operator = parameters.optional("op_user_id", longest=32) or credentials.merchant
    digest = parameters.text("op_user_passwd", longest=32)
    right = password_digest(credentials.op_user_passwd)
    if operator != credentials.op_user_id or not is_same_sign(digest, right, ignore_case=True):
        raise Refused("NOAUTH", "操作员或操作员密码错误")
    transaction_id, number = read_either(parameters)
    return RefundRequest(
        transaction_id=transaction_id,
        out_trade_no=number,
        out_refund_no=parameters.text("out_refund_no", longest=32, pattern=_NUMBER),
        refund_fen=parameters.fen("refund_fee"),
        total_fen=parameters.fen("total_fee"),
    )


def read_either(parameters: Parameters) -> tuple[str, str]:
    """The transaction's and the order's number, of which one may be empty."""
    transaction_id = parameters.optional("transaction_id", longest=28)
    number = parameters.optional("out_trade_no", longest=32)
    if not transaction_id and not number:
        raise at_the_door("LACK_PARAMS", "transaction_id 与 out_trade_no 至少一项")
    return transaction_id, number


def read_bill(
    request: Request, body: bytes, credentials: Credentials, *, now: datetime, ready_hour: int
) -> tuple[date, str]:
    """The day and the kind of a bill; its signature has an order of its own."""
    parameters = read_message(request.scope["query_string"], body).parameters
    if parameters.text("spid", longest=10) != credentials.merchant:
        raise at_the_door("03020001", "spid 不存在")
    parameters.text("stamp", longest=11, pattern=r"\d+")
    parameters.exactly("cft_signtype", "0")
    if not is_same_sign(parameters.text("sign", longest=32), bill_sign(parameters, credentials)):
        raise at_the_door("03020002", "签名错误")
    kind = _BILL_KINDS[parameters.exactly("mchtype", *_BILL_KINDS)]
    try:
        day = date.fromisoformat(parameters.text("trans_time", longest=10))
    except ValueError as error:
        raise at_the_door("03020004", "trans_time 格式应为 2026-11-22") from error
    if not is_ready(day, now, ready_hour):
        raise at_the_door("03020003", "对账单未生成")
    if now.date() - day > KEPT:
        raise at_the_door("03020005", "仅提供近三个月的对账单")
    return day, kind


def bill_sign(parameters: Parameters, credentials: Credentials) -> str:
    """Fixed order, lower-case digits."""
    parts = [
        f"{name}={parameters.pairs[name]}" for name in _BILL_SIGNED if parameters.pairs.get(name)
    ]
    text = "&".join([*parts, f"key={credentials.key}"])
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _bank(parameters: Parameters) -> str:
    code = parameters.optional("bank_type", longest=16) or CASHIER
    code = NUMBERS.get(code, code)
    if code not in BANKS:
        raise at_the_door("PARAM_ERROR", f"bank_type {code} 不存在")
    return code


def _check_parts(parameters: Parameters, total_fen: int) -> None:
    """The goods' and the transport's share must make the whole, where either is given."""
    shares = [parameters.pairs.get(name, "") for name in ("product_fee", "transport_fee")]
    if not any(shares):
        return
    if not all(share.isdecimal() or not share for share in shares):
        raise at_the_door("PARAM_ERROR", "product_fee、transport_fee 应为以分为单位的整数")
    if sum(int(share or "0") for share in shares) != total_fen:
        raise at_the_door("PARAM_ERROR", "product_fee 与 transport_fee 之和应等于 total_fee")


def _expiry(parameters: Parameters) -> datetime | None:
    start, end = parameters.moment("time_start"), parameters.moment("time_expire")
    if (start is None) != (end is None):
        raise at_the_door("LACK_PARAMS", "time_start 与 time_expire 应同时给出")
    if start is not None and end is not None and end - start < timedelta(minutes=1):
        raise at_the_door("PARAM_ERROR", "time_expire 应晚于 time_start 至少 1 分钟")
    return end
