"""WeChat's daily bill: every payment and refund of one day as CSV, amounts in yuan."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.pay.model import Order, Payment, Refund

_FEE_PER_MILLE = 6
_FEE_RATE = "0.60%"
_NEW_LINE = "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One payment, or one refund of it."""

    at: datetime
    order: Order
    payment: Payment
    refund: Refund | None = None
    fee_off_fen: int = 0  # so much more than the rate makes

    @property
    def order_fen(self) -> int:
        return 0 if self.refund else self.payment.total_fen

    @property
    def refund_fen(self) -> int:
        return self.refund.refund_fen if self.refund else 0

    @property
    def fee_fen(self) -> int:
        """0.6 %, rounded half up; given back with a refund."""
        moved = self.order_fen + self.refund_fen
        fee = (moved * _FEE_PER_MILLE + 500) // 1000
        return (-fee if self.refund else fee) + self.fee_off_fen


Cell = Callable[[Line], str]


def yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def _refund_part(read: Callable[[Refund], str], otherwise: str = "") -> Cell:
    return lambda line: read(line.refund) if line.refund else otherwise


_HEAD: Mapping[str, Cell] = {
    "交易时间": lambda line: _time(line.at),
    "公众账号ID": lambda line: line.order.request.appid,
    "商户号": lambda line: line.order.request.mchid,
    "特约商户号": lambda _: "0",
    "设备号": lambda _: "",
    "微信订单号": lambda line: line.payment.transaction_id,
    "商户订单号": lambda line: line.order.out_trade_no,
    "用户标识": lambda line: line.payment.openid,
    "交易类型": lambda line: line.order.request.product.value,
    "交易状态": lambda line: "REFUND" if line.refund else "SUCCESS",
    "付款银行": lambda line: line.payment.bank_type,
    "货币种类": lambda line: line.payment.currency,
    "应结订单金额": lambda line: yuan(line.order_fen),
    "代金券金额": lambda _: "0.00",
}
_REFUND_TIMES: Mapping[str, Cell] = {
    "退款申请时间": _refund_part(lambda refund: _time(refund.created_at)),
    "退款成功时间": _refund_part(lambda refund: _time(refund.ended_at)),
}
_REFUND: Mapping[str, Cell] = {
    "微信退款单号": _refund_part(lambda refund: refund.refund_id, "0"),
    "商户退款单号": _refund_part(lambda refund: refund.out_refund_no, "0"),
    "退款金额": lambda line: yuan(line.refund_fen),
    "充值券退款金额": lambda _: "0.00",
    "退款类型": _refund_part(lambda _: "ORIGINAL"),
    "退款状态": _refund_part(lambda refund: refund.status.value),
}
_TAIL: Mapping[str, Cell] = {
    "商品名称": lambda line: line.order.request.description,
    "商户数据包": lambda line: line.order.request.attach,
    "手续费": lambda line: yuan(line.fee_fen),
    "费率": lambda _: _FEE_RATE,
    "订单金额": lambda line: yuan(line.order_fen),
}
_ASKED: Mapping[str, Cell] = {"申请退款金额": lambda line: yuan(line.refund_fen)}
_REMARK: Mapping[str, Cell] = {"费率备注": lambda _: ""}

COLUMNS: Mapping[str, Mapping[str, Cell]] = {
    "ALL": {**_HEAD, **_REFUND, **_TAIL, **_ASKED, **_REMARK},
    "SUCCESS": {**_HEAD, **_TAIL, **_REMARK},
    "REFUND": {**_HEAD, **_REFUND_TIMES, **_REFUND, **_TAIL, **_ASKED, **_REMARK},
}


def select(lines: Iterable[Line], bill_type: str) -> list[Line]:
    return [
        line
        for line in sorted(lines, key=lambda line: line.at)
        if bill_type == "ALL" or (bill_type == "REFUND") == (line.refund is not None)
    ]


def write_bill(lines: Iterable[Line], bill_type: str, *, with_bom: bool = False) -> bytes:
    chosen = select(lines, bill_type)
    columns = COLUMNS[bill_type]
    rows = [",".join(columns)]
    rows += [_row(cell(line) for cell in columns.values()) for line in chosen]
    summary = _summary(chosen)
    rows += [",".join(summary), _row(summary.values())]
    text = _NEW_LINE.join(rows) + _NEW_LINE
    return text.encode("utf-8-sig" if with_bom else "utf-8")


def _row(values: Iterable[str]) -> str:
    return ",".join(f"`{value}" for value in values)


def _summary(lines: list[Line]) -> dict[str, str]:
    orders = yuan(sum(line.order_fen for line in lines))
    refunds = yuan(sum(line.refund_fen for line in lines))
    return {
        "总交易单数": str(len(lines)),
        "应结订单总金额": orders,
        "退款总金额": refunds,
        "充值券退款总金额": "0.00",
        "手续费总金额": yuan(sum(line.fee_fen for line in lines)),
        "订单总金额": orders,
        "申请退款总金额": refunds,
    }
