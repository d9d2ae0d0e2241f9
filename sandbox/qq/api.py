"""QQ Wallet's interface for merchants: one method per call, answers in its own XML."""

import gzip
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta

from starlette.requests import Request

from sandbox.qq.bill import write_bill
from sandbox.qq.messages import DOCTYPE, write_message
from sandbox.qq.provider import QqWallet
from sandbox.qq.requests import read_bill, read_order, read_refund, read_signed
from sandbox.tenpay.house.checks import Parameters
from sandbox.tenpay.house.errors import Refused
from sandbox.tenpay.house.gate import Answer, Handler
from sandbox.tenpay.house.model import Order, Pairs, Payment
from sandbox.tenpay.house.signing import with_sign

STATE_TEXTS = {
    "NOTPAY": "订单未支付",
    "USERPAYING": "用户支付中",
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "PROCESSING": "退款处理中",
    "CLOSED": "订单已关闭",
    "REVOKED": "已撤销",
}
_SYSTEM_ERROR = Refused("SYSTEMERROR", "系统错误，请用相同参数重试")
Call = Callable[[Request, Parameters], Pairs]


class MerchantApi:
    def __init__(self, qq: QqWallet, prefix: str) -> None:
        self._qq = qq
        self._prefix = prefix

    def call(self, work: Call) -> Handler:
        """A handler that checks the signature before the work, and signs its answer."""

        def handle(request: Request, body: bytes) -> Answer:
            try:
                parameters = read_signed(request, body, self._qq.credentials)
                if self._qq.faults.system_error:
                    return self._refusal(_SYSTEM_ERROR)
                return self._reply({"result_code": "SUCCESS", **work(request, parameters)})
            except Refused as refused:
                return self._refusal(refused)

        return handle

    def create(self, request: Request, parameters: Parameters) -> Pairs:
        root = str(request.base_url).rstrip("/") + self._prefix
        order = self._qq.orders.create(read_order(parameters, root, self._qq.clock.now()))
        return {
            "trade_type": "NATIVE",
            "prepay_id": f"6M{order.token}",
            "code_url": f"{root}/qr/{order.token}",
        }

    def query(self, _request: Request, parameters: Parameters) -> Pairs:
        if number := parameters.optional("transaction_id", longest=32):
            order, payment = self._qq.orders.by_transaction(number)
            return self._trade(order, payment)
        order = self._qq.orders.get(parameters.text("out_trade_no", longest=32))
        return self._trade(order, order.payments[0] if order.payments else None)

    def close(self, _request: Request, parameters: Parameters) -> Pairs:
        number = parameters.text("out_trade_no", longest=32)
        order = self._qq.orders.get(number)
        if parameters.pairs.get("total_fee") and parameters.fen("total_fee") != (
            order.request.total_fen
        ):
            raise Refused("PARAM_ERROR", "total_fee 与订单金额不一致")
        faults = self._qq.faults
        not_before = timedelta(seconds=faults.close_after_s)
        self._qq.orders.close(number, not_before=not_before, too_early=faults.early_close_code)
        return {"out_trade_no": number}

    def refund(self, _request: Request, parameters: Parameters) -> Pairs:
        refund = self._qq.ask_refund(read_refund(parameters, self._qq.credentials))
        return {
            "transaction_id": refund.transaction_id,
            "out_trade_no": refund.out_trade_no,
            "out_refund_no": refund.out_refund_no,
            "refund_id": refund.refund_id,
            "refund_channel": "ORIGINAL",
            "refund_fee": str(refund.refund_fen),
            "total_fee": str(refund.total_fen),
        }

    def query_refund(self, _request: Request, parameters: Parameters) -> Pairs:
        found = self._qq.refunds.find(parameters.pairs)
        reply = {
            "transaction_id": found[0].transaction_id,
            "out_trade_no": found[0].out_trade_no,
            "total_fee": str(found[0].total_fen),
            "refund_count": str(len(found)),
        }
        for number, refund in enumerate(found):
            reply |= {
                f"out_refund_no_{number}": refund.out_refund_no,
                f"refund_id_{number}": refund.refund_id,
                f"refund_channel_{number}": "ORIGINAL",
                f"refund_fee_{number}": str(refund.refund_fen),
                f"coupon_refund_fee_{number}": str(refund.discount_fen),
                f"cash_refund_fee_{number}": str(refund.refund_fen - refund.discount_fen),
                f"refund_status_{number}": refund.status,
                f"refund_recv_accout_{number}": "QQ钱包余额",
            }
        return reply

    def bill(self, request: Request, body: bytes) -> Answer:
        """The bill is text, not signed; a refusal is XML."""
        qq = self._qq
        if qq.faults.system_error:
            return self._refusal(_SYSTEM_ERROR)
        try:
            parameters = read_signed(request, body, qq.credentials)
            now, hour = qq.clock.now(), qq.faults.bill_ready_hour
            day, kind = read_bill(parameters, now=now, ready_hour=hour)
        except Refused as refused:
            return self._refusal(refused)
        text = write_bill(qq.bill_lines(day.date()), kind, qq.credentials.merchant)
        ends = {"CRLF": "\r\n", "LF": "\n", "literal": "\\n"}
        content = text.replace("\n", ends[qq.faults.bill_line_end]).encode()
        if parameters.pairs.get("tar_type"):
            return Answer(
                body=gzip.compress(content), media_type="application/gzip", shown="a packed bill"
            )
        return Answer(body=content, media_type="text/plain; charset=utf-8")

    def _trade(self, order: Order, payment: Payment | None) -> Pairs:
        faults = self._qq.faults
        is_known = payment is not None and not self._qq.is_hidden(payment)
        state = faults.query_state or (self._qq.trade_state(order) if is_known else "")
        state = state or self._unpaid_state(order)
        reply = {
            "trade_type": "NATIVE",
            "trade_state": state,
            "trade_state_desc": STATE_TEXTS.get(state, state),
            "out_trade_no": order.out_trade_no,
            "attach": order.request.attach,
            "fee_type": payment.currency if payment else "CNY",
            "total_fee": str(payment.total_fen if payment else order.request.total_fen),
        }
        if payment is None or not is_known:
            return reply
        return reply | {
            "bank_type": payment.bank_type,
            "cash_fee": str(payment.total_fen - payment.discount_fen),
            "coupon_fee": str(payment.discount_fen),
            "transaction_id": payment.transaction_id,
            "time_end": f"{payment.at:%Y%m%d%H%M%S}",
            "openid": payment.payer,
            "device_info": "",
        }

    def _unpaid_state(self, order: Order) -> str:
        is_over = order.closed_at is not None or self._qq.clock.now() >= order.expires_at
        return "CLOSED" if is_over else "NOTPAY"

    def _reply(self, pairs: Mapping[str, str]) -> Answer:
        qq = self._qq
        reply = {
            "return_code": "SUCCESS",
            "return_msg": "SUCCESS",
            "retcode": "0",
            "retmsg": "ok",
            "mch_id": qq.credentials.merchant,
            "nonce_str": secrets.token_hex(16),
            **pairs,
        }
        if not qq.faults.unsigned:
            key = secrets.token_hex(16) if qq.faults.wrong_signature else qq.credentials.key
            reply = with_sign(reply, key)
        body = write_message(reply.items())
        return Answer(body=DOCTYPE + body if qq.faults.doctype_answers else body)

    def _refusal(self, refused: Refused) -> Answer:
        if refused.is_signed:
            business = {
                "result_code": "FAIL",
                "err_code": refused.code,
                "err_code_des": refused.message,
                "retcode": "66200001",
                "retmsg": refused.code,
            }
            return self._reply(business)
        at_the_door = {
            "return_code": "FAIL",
            "return_msg": f"{refused.code} {refused.message}",
            "retcode": "66200000",
            "retmsg": refused.message,
        }
        return Answer(body=write_message(at_the_door.items()))
