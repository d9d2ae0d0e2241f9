"""QQ Wallet's daily trade bill as typed rows."""

from collections.abc import Mapping

from core.channels import Channel
from core.providers.base import BillRow, Outcome, RefundReport, RefundState, Report, Source
from core.providers.qq_messages import REFUND_STATES
from core.providers.tick_bill import due_fee_fen, fen, moment, rows

_NEEDED = frozenset({"交易时间", "商户号", "商户订单号", "QQ钱包订单号", "订单金额", "交易状态"})
_SUMMARY = "总"


def read_bill(bill: str) -> tuple[BillRow, ...]:
    """Every payment and every refund; amounts are those ordered, not what the payer paid."""
    return tuple(row for cells in rows(bill, _NEEDED, _SUMMARY) for row in [_row(cells)])


def _row(cells: Mapping[str, str]) -> BillRow:
    told = _refund(cells) if cells.get("商户退款订单号") else _payment(cells)
    is_payment = isinstance(told, Report)
    base_fen = fen(cells.get("商户应收金额" if is_payment else "退款金额", ""))
    due = due_fee_fen(base_fen, cells.get("费率", ""))
    return BillRow(
        report=told,
        order_no=cells["商户订单号"],
        fee_fen=fen(cells.get("手续费金额", "")),
        due_fee_fen=due if due is None or is_payment else -due,
        trade_no=cells["QQ钱包订单号"],
    )


def _payment(cells: Mapping[str, str]) -> Report:
    trade_no = cells["QQ钱包订单号"]
    return Report(
        channel=Channel.QQ,
        source=Source.BILL,
        event_id=f"bill:{trade_no}",
        order_no=cells["商户订单号"],
        outcome=Outcome.PAID,
        merchant=cells["商户号"],
        app="",
        trade_no=trade_no,
        amount_fen=fen(cells["订单金额"]),
        currency=cells.get("货币种类") or "CNY",
        occurred_at=moment(cells["交易时间"]),
    )


def _refund(cells: Mapping[str, str]) -> RefundReport:
    return RefundReport(
        channel=Channel.QQ,
        refund_no=cells["商户退款订单号"],
        provider_refund_no=cells.get("QQ钱包退款订单号", ""),
        state=REFUND_STATES.get(cells.get("退款状态", ""), RefundState.PROCESSING),
        refund_fen=fen(cells.get("退款金额", "")),
    )
