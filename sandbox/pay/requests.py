"""Reads and checks the merchant's requests as strictly as WeChat does."""

import ipaddress
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sandbox.pay.errors import WechatError, parameter_error
from sandbox.pay.fields import Fields, read_object
from sandbox.pay.model import OrderRequest, Product

LARGEST_FEN = 1_000_000_000
LONGEST_LIFE = timedelta(days=7)
_SHORTEST_LIFE = timedelta(minutes=1)
_TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_H5_TYPES = ("iOS", "Android", "Wap")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """Whom the stand-in serves."""

    mchid: str
    appid: str

    def check_mchid(self, mchid: str) -> None:
        if mchid != self.mchid:
            raise WechatError(400, "MCH_NOT_EXISTS", "商户号不存在或与签名的商户不一致")

    def check_appid(self, appid: str) -> None:
        if appid != self.appid:
            raise WechatError(400, "APPID_MCHID_NOT_MATCH", "appid 和 mchid 不匹配")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    transaction_id: str
    out_trade_no: str
    out_refund_no: str
    refund_fen: int
    total_fen: int
    reason: str
    notify_url: str


def read_order(body: bytes, product: Product, merchant: Merchant, now: datetime) -> OrderRequest:
    fields = read_object(body)
    appid = fields.text("appid", longest=32)
    mchid = fields.text("mchid", longest=32)
    request = OrderRequest(
        product=product,
        appid=appid,
        mchid=mchid,
        description=fields.text("description", longest=127),
        out_trade_no=fields.text("out_trade_no", longest=32, pattern=_TRADE_NO),
        expires_at=_expiry(fields, now),
        attach=fields.optional_text("attach", longest=128),
        notify_url=_notify_url(fields, required=True),
        total_fen=_amount(fields.part("amount")),
        body=json.dumps(fields.values, sort_keys=True, ensure_ascii=False),
    )
    if product is Product.H5 or fields.has("scene_info"):
        _check_scene(fields.part("scene_info"), product)
    merchant.check_mchid(mchid)
    merchant.check_appid(appid)
    return request


def read_close(body: bytes, merchant: Merchant) -> None:
    merchant.check_mchid(read_object(body).text("mchid", longest=32))


def read_refund(body: bytes) -> RefundRequest:
    fields = read_object(body)
    transaction_id = fields.optional_text("transaction_id", longest=32)
    out_trade_no = fields.optional_text("out_trade_no", longest=32)
    if bool(transaction_id) == bool(out_trade_no):
        raise parameter_error("/transaction_id", transaction_id, "与 out_trade_no 二选一")
    amount = fields.part("amount")
    _currency(amount, required=True)
    return RefundRequest(
        transaction_id=transaction_id,
        out_trade_no=out_trade_no,
        out_refund_no=fields.text("out_refund_no", longest=64, pattern=_REFUND_NO),
        reason=fields.optional_text("reason", longest=80),
        notify_url=_notify_url(fields, required=False),
        refund_fen=amount.whole("refund", smallest=1, largest=LARGEST_FEN),
        total_fen=amount.whole("total", smallest=1, largest=LARGEST_FEN),
    )


def _amount(amount: Fields) -> int:
    _currency(amount, required=False)
    return amount.whole("total", smallest=1, largest=LARGEST_FEN)


def _currency(amount: Fields, *, required: bool) -> None:
    currency = amount.optional_text("currency", longest=16)
    if currency != "CNY" and (required or currency):
        raise parameter_error(f"{amount.prefix}/currency", currency, "应为 CNY")


def _expiry(fields: Fields, now: datetime) -> datetime | None:
    text = fields.optional_text("time_expire", longest=64)
    if not text:
        return None
    if not _RFC3339.fullmatch(text):
        raise parameter_error("/time_expire", text, "格式应为 2026-11-22T21:00:00+08:00")
    try:
        expires_at = datetime.fromisoformat(text)
    except ValueError as error:
        raise parameter_error("/time_expire", text, "不是有效的时间") from error
    if not now + _SHORTEST_LIFE <= expires_at <= now + LONGEST_LIFE:
        raise parameter_error("/time_expire", text, "应在 1 分钟之后、7 天之内")
    return expires_at


def _notify_url(fields: Fields, *, required: bool) -> str:
    if not required and not fields.has("notify_url"):
        return ""
    address = fields.text("notify_url", longest=255)
    parts = urlsplit(address)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or not parts.hostname or parts.query or parts.fragment:
        issue = "应为不带参数的 https 地址（本机地址可用 http）"
        raise parameter_error("/notify_url", address, issue)
    return address


def _check_scene(scene: Fields, product: Product) -> None:
    address = scene.text("payer_client_ip", longest=45)
    try:
        ipaddress.ip_address(address)
    except ValueError as error:
        issue = "应为 IPv4 或 IPv6 地址"
        raise parameter_error("/scene_info/payer_client_ip", address, issue) from error
    if product is not Product.H5:
        return
    kind = scene.part("h5_info").text("type", longest=32)
    if kind not in _H5_TYPES:
        issue = f"应为 {'、'.join(_H5_TYPES)} 之一"
        raise parameter_error("/scene_info/h5_info/type", kind, issue)
