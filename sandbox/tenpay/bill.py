"""Tenpay's daily bill: back-ticked cells, amounts in yuan, a summary at the end."""

from collections.abc import Callable, Iterable, Mapping

from sandbox.pay.bill import yuan
from sandbox.tenpay.banks import BANKS, CASHIER
from sandbox.tenpay.house.bill_lines import Line, of_kind
from sandbox.tenpay.house.model import Payment

_NEW_LINE = "\r\n"
COLUMNS: Mapping[str, Callable[[Line], str]] = {
    "交易时间": lambda line: f"{line.at:%Y-%m-%d %H:%M:%S}",
    "财付通订单号": lambda line: line.payment.transaction_id,
    "商家订单号": lambda line: line.order.out_trade_no,
    "支付类型": lambda line: _way(line.payment),
    "银行订单号": lambda line: (
        "" if line.payment.bank_type == CASHIER else line.payment.transaction_id[-12:]
    ),
    "交易状态": lambda line: "退款" if line.refund else "用户已支付",
    "订单交易金额": lambda line: yuan(line.order_fen),
    "退款单号": lambda line: line.refund.out_refund_no if line.refund else "",
    "退款金额": lambda line: yuan(line.refund_fen),
    "退款状态": lambda line: line.refund.status if line.refund else "",
    "交易说明": lambda line: line.order.request.description,
}


def write_bill(lines: Iterable[Line], kind: str) -> str:
    chosen = of_kind(lines, kind)
    rows = [",".join(COLUMNS)]
    rows += [_row(cell(line) for cell in COLUMNS.values()) for line in chosen]
    summary = {
        "总交易单数": str(len(chosen)),
        "总交易金额": yuan(sum(line.order_fen for line in chosen)),
        "总退款金额": yuan(sum(line.refund_fen for line in chosen)),
    }
    rows += [",".join(summary), _row(summary.values())]
    return _NEW_LINE.join(rows) + _NEW_LINE


def _way(payment: Payment) -> str:
    bank = BANKS.get(payment.bank_type)
    return "财付通余额" if bank is None or bank.code == CASHIER else bank.name


def _row(values: Iterable[str]) -> str:
    return ",".join(f"`{value}" for value in values)
