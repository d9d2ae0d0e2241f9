"""The calls of WeChat Pay's v3 interface, behind the gate that checks and signs."""

import gzip
import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus

from sandbox.pay.api import Answer, Call
from sandbox.pay.bill import COLUMNS
from sandbox.pay.clock import BEIJING, rfc3339
from sandbox.pay.errors import WechatError, parameter_error, sign_error
from sandbox.pay.keys import certificate_pem
from sandbox.pay.model import Order, Product
from sandbox.pay.provider import WechatPay
from sandbox.pay.requests import read_close, read_order, read_refund
from sandbox.pay.signing import encrypt_resource
from sandbox.pay.views import Json, encode, refund_view, transaction_view

_BILL_READY = time(9)
_BILL_KEPT = timedelta(days=92)
_LINK_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A bill waiting to be fetched."""

    content: bytes
    media_type: str
    until: datetime


class MerchantApi:
    """One method per call."""

    def __init__(self, wechat: WechatPay) -> None:
        self._wechat = wechat
        self._downloads: dict[str, Download] = {}

    def create_native(self, call: Call) -> Answer:
        return _json({"code_url": self._create(call, Product.NATIVE).link})

    def create_h5(self, call: Call) -> Answer:
        order = self._create(call, Product.H5)
        return _json({"h5_url": f"{call.root}/h5?prepay_id={order.link}"})

    def query_by_number(self, call: Call) -> Answer:
        self._check_mchid(call)
        return self._transaction(self._wechat.orders.get(call.request.path_params["out_trade_no"]))

    def query_by_transaction(self, call: Call) -> Answer:
        self._check_mchid(call)
        transaction_id = call.request.path_params["transaction_id"]
        order = self._wechat.orders.by_transaction(transaction_id)
        payment = next(
            payment for payment in order.payments if payment.transaction_id == transaction_id
        )
        return _json(transaction_view(order, self._wechat.clock.now(), payment))

    def close(self, call: Call) -> Answer:
        read_close(call.body, self._wechat.merchant)
        self._wechat.orders.close(call.request.path_params["out_trade_no"])
        return Answer(status=HTTPStatus.NO_CONTENT)

    def refund(self, call: Call) -> Answer:
        return _json(refund_view(self._wechat.ask_refund(read_refund(call.body))))

    def query_refund(self, call: Call) -> Answer:
        refund = self._wechat.refunds.get(call.request.path_params["out_refund_no"])
        return _json(refund_view(refund))

    def certificates(self, _call: Call) -> Answer:
        credentials = self._wechat.credentials
        certificate = credentials.platform_certificate
        sealed = encrypt_resource(
            credentials.api_v3_key, certificate_pem(certificate), "certificate"
        )
        entry = {
            "serial_no": credentials.platform_serial,
            "effective_time": rfc3339(certificate.not_valid_before_utc),
            "expire_time": rfc3339(certificate.not_valid_after_utc),
            "encrypt_certificate": sealed,
        }
        return _json({"data": [entry]})

    def trade_bill(self, call: Call) -> Answer:
        query = call.request.query_params
        bill_type = query.get("bill_type", "ALL")
        if bill_type not in COLUMNS:
            raise parameter_error("bill_type", bill_type, "应为 ALL、SUCCESS 或 REFUND", "query")
        packing = query.get("tar_type", "")
        if packing not in ("", "GZIP"):
            raise parameter_error("tar_type", packing, "应为 GZIP 或不填", "query")
        day = self._bill_day(query.get("bill_date", ""))
        content = self._wechat.bill(day, bill_type)
        if content is None:
            raise WechatError(400, "NO_STATEMENT_EXIST", "账单文件不存在：当日没有交易")
        token = self._offer(content, is_packed=bool(packing))
        return _json(
            {
                "hash_type": "SHA1",
                "hash_value": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
                "download_url": f"{call.root}/v3/billdownload/file?token={token}",
            }
        )

    def download(self, call: Call) -> Answer:
        """Not signed, as the real one."""
        download = self._downloads.get(call.request.query_params.get("token", ""))
        if download is None or self._wechat.clock.now() >= download.until:
            raise sign_error("账单下载地址无效或已过期")
        return Answer(body=download.content, media_type=download.media_type, is_signed=False)

    def _create(self, call: Call, product: Product) -> Order:
        wechat = self._wechat
        request = read_order(call.body, product, wechat.merchant, wechat.clock.now())
        return wechat.orders.create(request)

    def _check_mchid(self, call: Call) -> None:
        mchid = call.request.query_params.get("mchid", "")
        if not mchid:
            raise parameter_error("mchid", None, "必填", "query")
        self._wechat.merchant.check_mchid(mchid)

    def _transaction(self, order: Order) -> Answer:
        return _json(transaction_view(order, self._wechat.clock.now()))

    def _bill_day(self, text: str) -> date:
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise parameter_error("bill_date", text, "格式应为 2026-11-22", "query") from error
        now = self._wechat.clock.now()
        if day > now.date():
            raise parameter_error("bill_date", text, "不能晚于今天", "query")
        if now < datetime.combine(day + timedelta(days=1), _BILL_READY, BEIJING):
            raise WechatError(400, "STATEMENT_CREATING", "账单生成中，请次日 10 点后再试")
        if now.date() - day > _BILL_KEPT:
            raise WechatError(400, "NO_STATEMENT_EXIST", "账单文件不存在：仅提供近三个月的账单")
        return day

    def _offer(self, content: bytes, *, is_packed: bool) -> str:
        token = secrets.token_urlsafe(24)
        self._downloads[token] = Download(
            content=gzip.compress(content) if is_packed else content,
            media_type="application/gzip" if is_packed else "text/plain; charset=utf-8",
            until=self._wechat.clock.now() + _LINK_LIFE,
        )
        return token


def _json(value: Json) -> Answer:
    return Answer(body=encode(value))
