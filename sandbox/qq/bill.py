"""QQ Wallet's daily bill: back-ticked cells, amounts in yuan, a summary at the end."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sandbox.pay.bill import yuan
from sandbox.tenpay.house.bill_lines import FEE_RATE, Line, of_kind
from sandbox.tenpay.house.model import Refund

Cell = Callable[[Line], str]


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def _of_refund(read: Callable[[Refund], str], otherwise: str = "") -> Cell:
    return lambda line: read(line.refund) if line.refund else otherwise


def _of_payment(read: Callable[[Line], int]) -> Cell:
    return lambda line: yuan(0 if line.refund else read(line))


def _always(text: str) -> Cell:
    return lambda _: text


_HEAD: Mapping[str, Cell] = {
    "交易时间": lambda line: _time(line.at),
    "商户号": lambda _: "",
    "商户APPID": lambda _: "",
    "子商户号": lambda _: "",
    "子商户APPID": lambda _: "",
    "用户标识": lambda line: line.payment.payer,
    "设备号": lambda _: "",
    "支付方式": lambda _: "NATIVE",
    "商户订单号": lambda line: line.order.out_trade_no,
    "QQ钱包订单号": lambda line: line.payment.transaction_id,
    "付款银行": lambda line: line.payment.bank_type,
    "货币种类": lambda line: line.payment.currency,
    "订单金额": lambda line: yuan(line.order_fen),
    "商户优惠金额": lambda _: "0.00",
    "商户应收金额": lambda line: yuan(line.order_fen),
    "QQ钱包优惠金额": _of_payment(lambda line: line.payment.discount_fen),
    "用户支付金额": _of_payment(lambda line: line.payment.total_fen - line.payment.discount_fen),
    "交易状态": lambda line: "REFUND" if line.refund else "SUCCESS",
}
_REFUND: Mapping[str, Cell] = {
    "退款提交时间": _of_refund(lambda refund: _time(refund.created_at)),
    "商户退款订单号": _of_refund(lambda refund: refund.out_refund_no),
    "QQ钱包退款订单号": _of_refund(lambda refund: refund.refund_id),
    "退款金额": lambda line: yuan(line.refund_fen),
    "退还QQ钱包优惠金额": _of_refund(lambda refund: yuan(refund.discount_fen), "0.00"),
    "退款状态": _of_refund(lambda refund: refund.status),
    "退款成功时间": _of_refund(lambda refund: _time(refund.ended_at)),
    "退款方式": _of_refund(lambda _: "ORIGINAL"),
}
_TAIL: Mapping[str, Cell] = {
    "商品名称": lambda line: line.order.request.description,
    "商户数据包": lambda line: line.order.request.attach,
    "手续费金额": lambda line: yuan(line.fee_fen),
    "费率": lambda _: FEE_RATE,
}
COLUMNS: Mapping[str, Mapping[str, Cell]] = {
    "ALL": {**_HEAD, **_REFUND, **_TAIL},
    "SUCCESS": {**_HEAD, **_TAIL},
    "REFUND": {**_HEAD, **_REFUND, **_TAIL},
    "RECHAR": {**_HEAD, **_TAIL},
}


def write_bill(lines: Iterable[Line], kind: str, merchant: str) -> str:
    """Lines end with a line feed; nobody recharges here, so RECHAR has none."""
    chosen = of_kind(lines, kind)
    columns = {**COLUMNS[kind], "商户号": _always(merchant)}
    rows = [",".join(columns)]
    rows += [_row(cell(line) for cell in columns.values()) for line in chosen]
    summary = {
        "总交易单数": str(len(chosen)),
        "订单总金额": yuan(sum(line.order_fen for line in chosen)),
        "退款总金额": yuan(sum(line.refund_fen for line in chosen)),
        "手续费总金额": yuan(sum(line.fee_fen for line in chosen)),
    }
    rows += [",".join(summary), _row(summary.values())]
    return "\n".join(rows) + "\n"


def _row(values: Iterable[str]) -> str:
    return ",".join(f"`{value}" for value in values)
