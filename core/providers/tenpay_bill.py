"""Tenpay's daily bill: its own signature, and its rows."""

from collections.abc import Mapping
from datetime import date, datetime

from core.channels import Channel
from core.errors import ForgedMessage, ProviderUnavailable
from core.providers.base import BillRow, Outcome, RefundReport, RefundState, Report, Source
from core.providers.md5_signing import md5_hex
from core.providers.tick_bill import fen, moment, rows

_NEEDED = frozenset({"交易时间", "财付通订单号", "商家订单号", "交易状态", "订单交易金额"})
_SUMMARY = "总交易单数"
_STATES: Mapping[str, RefundState] = {
    "退款成功": RefundState.DONE,
    "退款失败": RefundState.CLOSED,
}


def bill_query(partner: str, key: str, day: date, now: datetime) -> str:
    """The fields in their fixed order, empty ones left out, signed in lower case."""
    fields = (
        f"spid={partner}&trans_time={day.isoformat()}&stamp={int(now.timestamp())}"
        "&cft_signtype=0&mchtype=0"
    )
    return f"{fields}&sign={md5_hex(f'{fields}&key={key}'.encode())}"


def read_bill(body: bytes, partner: str) -> tuple[BillRow, ...]:
    """GBK; an HTML page with a code is an error, mostly that the bill is not made yet."""
    try:
        text = body.decode("gb18030")
    except UnicodeDecodeError as fault:
        raise ForgedMessage("a bill must be GBK") from fault
    if text.lstrip()[:1] == "<":
        raise ProviderUnavailable("Tenpay has no bill for this day yet")
    return tuple(_row(cells, partner) for cells in rows(text, _NEEDED, _SUMMARY))


def _row(cells: Mapping[str, str], partner: str) -> BillRow:
    told: Report | RefundReport
    if cells.get("退款单号"):
        told = RefundReport(
            channel=Channel.TENPAY,
            refund_no=cells["退款单号"],
            provider_refund_no=cells["退款单号"],
            state=_STATES.get(cells.get("退款状态", ""), RefundState.PROCESSING),
            refund_fen=fen(cells.get("退款金额", "")),
        )
    else:
        told = _payment(cells, partner)
    return BillRow(
        report=told,
        order_no=cells["商家订单号"],
        fee_fen=0,  # the bill has no fees
        trade_no=cells["财付通订单号"],
    )


def _payment(cells: Mapping[str, str], partner: str) -> Report:
    trade_no = cells["财付通订单号"]
    return Report(
        channel=Channel.TENPAY,
        source=Source.BILL,
        event_id=f"bill:{trade_no}",
        order_no=cells["商家订单号"],
        outcome=Outcome.PAID,
        merchant=partner,
        app="",
        trade_no=trade_no,
        amount_fen=fen(cells["订单交易金额"]),
        currency="CNY",
        occurred_at=moment(cells["交易时间"]),
    )
