"""QQ Wallet's messages read into reports: callbacks, queries and refunds."""

import re
from collections.abc import Mapping
from datetime import datetime

import structlog

from core.channels import Channel
from core.errors import ForgedMessage
from core.providers.base import Outcome, RefundReport, RefundState, Report, Source
from core.providers.tick_bill import BEIJING, moment

# Anything that is not here is still open, and somebody has to look at it.
OUTCOMES: Mapping[str, Outcome] = {
    "NOTPAY": Outcome.UNPAID,
    "USERPAYING": Outcome.UNPAID,
    "SUCCESS": Outcome.PAID,
    "REFUND": Outcome.PAID,
    "PROCESSING": Outcome.PAID,
    "CLOSED": Outcome.CLOSED,
    "REVOKED": Outcome.CLOSED,
}
REFUND_STATES: Mapping[str, RefundState] = {
    "SUCCESS": RefundState.DONE,
    "FAIL": RefundState.CLOSED,
    "PROCESSING": RefundState.PROCESSING,
    "CHANGE": RefundState.ABNORMAL,
}
_FEN = re.compile(r"[0-9]{1,12}")
log = structlog.get_logger()


def report(fields: Mapping[str, str], *, source: Source, order_no: str | None = None) -> Report:
    """A signed answer or callback about one order."""
    state = fields.get("trade_state", "")
    outcome = OUTCOMES.get(state)
    if outcome is None:
        log.warning("qq.unknown_state", state=state[:32])
        outcome = Outcome.UNPAID
    named = fields.get("out_trade_no", order_no or "")
    if not named or (order_no is not None and named != order_no):
        raise ForgedMessage("out_trade_no of the answer must be the one asked for")
    base = Report(
        channel=Channel.QQ,
        source=source,
        event_id=f"{source}:{named}:{state}",
        order_no=named,
        outcome=outcome,
        merchant=fields.get("mch_id", ""),
        app="",
    )
    return _paid(base, fields) if outcome is Outcome.PAID else base


def _paid(base: Report, fields: Mapping[str, str]) -> Report:
    trade_no = fields.get("transaction_id", "")
    if not re.fullmatch(r"[0-9A-Za-z]{1,32}", trade_no):
        raise ForgedMessage("a paid order names its transaction_id")
    return Report(
        channel=base.channel,
        source=base.source,
        event_id=trade_no,
        order_no=base.order_no,
        outcome=Outcome.PAID,
        merchant=base.merchant,
        app="",
        trade_no=trade_no,
        amount_fen=fen_of(fields, "total_fee"),
        currency=fields.get("fee_type") or "CNY",
        occurred_at=moment(fields["time_end"]) if fields.get("time_end") else None,
    )


def fen_of(fields: Mapping[str, str], name: str) -> int:
    """A whole number of fen."""
    text = fields.get(name, "")
    if not _FEN.fullmatch(text):
        raise ForgedMessage(f"{name} must be a whole number of fen")
    return int(text)


def accepted_refund(fields: Mapping[str, str], refund_no: str) -> RefundReport:
    """The answer to the request: accepted is not done."""
    if fields.get("out_refund_no") != refund_no:
        raise ForgedMessage("out_refund_no of the answer must be the one asked for")
    return RefundReport(
        channel=Channel.QQ,
        refund_no=refund_no,
        provider_refund_no=fields.get("refund_id", ""),
        state=RefundState.PROCESSING,
        refund_fen=fen_of(fields, "refund_fee"),
    )


def listed_refund(fields: Mapping[str, str], refund_no: str) -> RefundReport:
    """The answer to a query: one of its numbered refunds must be ours."""
    for number in range(fen_of(fields, "refund_count")):
        if fields.get(f"out_refund_no_{number}") == refund_no:
            state = fields.get(f"refund_status_{number}", "")
            return RefundReport(
                channel=Channel.QQ,
                refund_no=refund_no,
                provider_refund_no=fields.get(f"refund_id_{number}", ""),
                state=REFUND_STATES.get(state, RefundState.PROCESSING),
                refund_fen=fen_of(fields, f"refund_fee_{number}"),
            )
    raise ForgedMessage("the answer does not name the refund asked for")


def beijing(at: datetime) -> str:
    """`yyyyMMddHHmmss` of an aware moment."""
    return at.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")
