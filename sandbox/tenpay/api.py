"""Tenpay's interface: the gateway browsers are sent to, and the merchant's own calls."""

import secrets
from collections.abc import Callable, Mapping
from html import escape
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request

from sandbox.tenpay.bill import write_bill
from sandbox.tenpay.house.checks import Parameters
from sandbox.tenpay.house.errors import Refused, at_the_door
from sandbox.tenpay.house.forging import ODD_CONTENTS
from sandbox.tenpay.house.gate import Answer, Handler
from sandbox.tenpay.house.model import Pairs, Refund
from sandbox.tenpay.house.signing import with_sign
from sandbox.tenpay.letters import NAMES
from sandbox.tenpay.messages import write_root
from sandbox.tenpay.provider import Tenpay
from sandbox.tenpay.requests import (
    read_bill,
    read_either,
    read_order,
    read_refund,
    read_signed,
)

_REFUSED_PAGE = Path(__file__).parent.parent / "static" / "tenpay_refused.html"
_SYSTEM_ERROR = Refused("SYSTEMERROR", "系统繁忙，请稍后重试")
_RETCODES = {"SIGNERROR": "88221009", "SYSTEMERROR": "88229999", "NOTENOUGH": "88222017"}
_OTHER_RETCODE = "88222005"
_HTML = "text/html; charset=utf-8"
Call = Callable[[Parameters], Pairs]


class MerchantApi:
    def __init__(self, tenpay: Tenpay, prefix: str) -> None:
        self._tenpay = tenpay
        self._prefix = prefix

    def call(self, work: Call, *, version: str = "1.0") -> Handler:
        """A handler that checks the signature before the work, and signs its answer."""

        def handle(request: Request, body: bytes) -> Answer:
            tenpay = self._tenpay
            try:
                parameters = read_signed(request, body, tenpay.credentials, version=version)
                if tenpay.faults.system_error:
                    return self._refusal(_SYSTEM_ERROR)
                return self._reply(work(parameters), parameters.charset)
            except Refused as refused:
                return self._refusal(refused)

        return handle

    def pay(self, request: Request, body: bytes) -> Answer:
        """A payer's browser arrives: to the pay page, or a page that says what is wrong."""
        tenpay = self._tenpay
        if not tenpay.is_merchants(request.headers.get("referer", "")):
            return _refused_page(HTTPStatus.FORBIDDEN, "来源页面（Referer）不在商户登记的域名下")
        if tenpay.faults.system_error:
            return _refused_page(HTTPStatus.INTERNAL_SERVER_ERROR, _SYSTEM_ERROR.message)
        try:
            parameters = read_signed(request, body, tenpay.credentials)
            asked = read_order(parameters)
            self._check_payer(request, parameters)
            order = tenpay.orders.create(asked)
        except Refused as refused:
            return _refused_page(HTTPStatus.BAD_REQUEST, f"{refused.message}（{refused.code}）")
        location = f"{self._prefix}/pay?order={order.out_trade_no}"
        return Answer(body=b"", status=HTTPStatus.SEE_OTHER, location=location)

    def verify(self, parameters: Parameters) -> Pairs:
        says = self._tenpay.faults.verify_says
        if says == "refused":
            raise Refused("NOTIFYIDINVALID", "notify_id 不存在或已过期")
        content = self._tenpay.verify(parameters.text("notify_id", longest=128))
        return _changed(content, says)

    def query(self, parameters: Parameters) -> Pairs:
        tenpay = self._tenpay
        transaction_id, number = read_either(parameters)
        if transaction_id:
            order, payment = tenpay.orders.by_transaction(transaction_id)
        else:
            order = tenpay.orders.get(number)
            if not order.payments:
                raise Refused("ORDERNOTPAY", "订单未支付")
            payment = order.payments[0]
        if tenpay.is_hidden(payment):
            raise Refused("ORDERNOTPAY", "订单未支付")
        content = tenpay.content(order, payment, 0) | {
            "is_split": "false",
            "is_refund": str(order.is_refunded).lower(),
            "cash_ticket_fee": "0",
        }
        return _changed(content, tenpay.faults.query_says)

    def refund(self, parameters: Parameters) -> Pairs:
        refund = self._tenpay.ask_refund(read_refund(parameters, self._tenpay.credentials))
        return self._refund_head(refund) | {
            "out_refund_no": refund.out_refund_no,
            "refund_id": refund.refund_id,
            "refund_channel": self._refund_channel(refund),
            "refund_fee": str(refund.refund_fen),
            "refund_status": refund.status,
        }

    def query_refund(self, parameters: Parameters) -> Pairs:
        found = self._tenpay.refunds.find(parameters.pairs)
        reply = self._refund_head(found[0]) | {"refund_count": str(len(found))}
        for number, refund in enumerate(found):
            reply |= {
                f"out_refund_no_{number}": refund.out_refund_no,
                f"refund_id_{number}": refund.refund_id,
                f"refund_channel_{number}": self._refund_channel(refund),
                f"refund_fee_{number}": str(refund.refund_fen),
                f"refund_state_{number}": refund.status,
                f"recv_user_id_{number}": "",
                f"reccv_user_name_{number}": "",
            }
        return reply

    def bill(self, request: Request, body: bytes) -> Answer:
        tenpay = self._tenpay
        now, hour = tenpay.clock.now(), tenpay.faults.bill_ready_hour
        try:
            if tenpay.faults.system_error:
                return _bill_refusal(at_the_door("03029999", _SYSTEM_ERROR.message))
            day, kind = read_bill(request, body, tenpay.credentials, now=now, ready_hour=hour)
        except Refused as refused:
            return _bill_refusal(refused)
        text = write_bill(tenpay.bill_lines(day), kind)
        return Answer(body=text.encode("gbk"), media_type="text/plain; charset=GBK", shown=text)

    def _refund_head(self, refund: Refund) -> Pairs:
        return {
            "partner": self._tenpay.credentials.merchant,
            "transaction_id": refund.transaction_id,
            "out_trade_no": refund.out_trade_no,
        }

    def _refund_channel(self, refund: Refund) -> str:
        """0 back to Tenpay's balance, 1 to the bank it came from."""
        _, payment = self._tenpay.orders.by_transaction(refund.transaction_id)
        return "0" if payment.bank_type == "DEFAULT" else "1"

    def _check_payer(self, request: Request, parameters: Parameters) -> None:
        own = request.client.host if request.client else ""
        if self._tenpay.faults.compares_payer_ip and parameters.ipv4("spbill_create_ip") != own:
            raise at_the_door("PARAM_ERROR", "spbill_create_ip 与付款人浏览器的地址不一致")

    def _reply(self, pairs: Mapping[str, str], charset: str) -> Answer:
        tenpay = self._tenpay
        head = {
            "retcode": "0",
            "retmsg": "",
            "sign_type": "MD5",
            "service_version": "1.0",
            "sign_key_index": "1",
        }
        reply = {**head, **pairs, "input_charset": charset}
        if not tenpay.faults.unsigned:
            is_wrong = tenpay.faults.wrong_signature
            key = secrets.token_hex(16) if is_wrong else tenpay.credentials.key
            reply = with_sign(reply, key, charset)
        return self._xml(reply)

    def _refusal(self, refused: Refused) -> Answer:
        """Never signed."""
        retcode = _RETCODES.get(refused.code, _OTHER_RETCODE)
        return self._xml({"retcode": retcode, "retmsg": refused.message})

    def _xml(self, reply: Mapping[str, str]) -> Answer:
        faults = self._tenpay.faults
        body = write_root(
            reply, encoding=faults.reply_encoding, with_doctype=faults.doctype_answers
        )
        return Answer(body=body, media_type=f"text/xml; charset={faults.reply_encoding}")


def _changed(content: Pairs, says: str) -> Pairs:
    return ODD_CONTENTS[says](content, NAMES) if says else content


def _refused_page(status: HTTPStatus, reason: str) -> Answer:
    page = _REFUSED_PAGE.read_text().replace("{reason}", escape(reason))
    return Answer(body=page.encode(), media_type=_HTML, status=status, shown=reason)


def _bill_refusal(refused: Refused) -> Answer:
    page = f"<html><body>{refused.code} {escape(refused.message)}</body></html>"
    return Answer(body=page.encode("gbk"), media_type="text/html; charset=GBK", shown=str(refused))
