"""Stripe's balance transactions of a day as a bill."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from core.channels import Channel
from core.errors import ForgedMessage
from core.providers.base import BillRow, Outcome, Report, Source
from core.providers.card_messages import MERCHANT, order_no_of, refund_report
from core.providers.tick_bill import BEIJING
from core.providers.wechat_messages import Fields

KINDS = frozenset({"charge", "payment", "refund", "payment_refund"})


def day_bounds(day: date) -> tuple[int, int]:
    """The day in Beijing as Unix seconds, the end excluded; Stripe's own days are UTC."""
    start = datetime.combine(day, datetime.min.time(), BEIJING)
    return int(start.timestamp()), int((start + timedelta(days=1)).timestamp())


def bill_row(movement: Fields, *, app: str) -> BillRow | None:
    """One balance transaction; None for payouts and the like, which are no trade."""
    if movement.content.get("type") not in KINDS:
        return None
    source = movement.group("source")
    if source.content.get("object") == "refund":
        metadata = source.group("metadata")
        refund_no = metadata.content.get("refund_no")
        told = refund_report(source, str(refund_no or source.token("id", 64)))
        return BillRow(
            report=told, order_no="", fee_fen=_fee(movement), trade_no=_intent_of(source)
        )
    intent = source.group("payment_intent")
    order_no = order_no_of(intent) or order_no_of(source) or ""
    report = Report(
        channel=Channel.CARD,
        source=Source.BILL,
        event_id=f"bill:{movement.token('id', 64)}",
        order_no=order_no,
        outcome=Outcome.PAID,
        merchant=MERCHANT,
        app=app,
        trade_no=intent.token("id", 64),
        amount_fen=source.fen("amount_captured")
        if "amount_captured" in source.content
        else source.fen("amount"),
        currency=source.token("currency", 3).upper(),
        occurred_at=_moment(source),
    )
    return BillRow(
        report=report, order_no=order_no, fee_fen=_fee(movement), trade_no=report.trade_no
    )


def _intent_of(refund: Fields) -> str | None:
    """The payment a refund belongs to, named or shown in full."""
    intent = refund.content.get("payment_intent")
    found = intent.get("id") if isinstance(intent, dict) else intent
    return str(found) if found else None


def _fee(movement: Fields) -> int:
    """In the charge's currency: settled sums are charge sums times `exchange_rate`."""
    fee, rate = movement.content.get("fee"), movement.content.get("exchange_rate")
    if type(fee) is not int:
        raise ForgedMessage("fee must be a whole number")
    if rate is None:
        return fee
    try:
        converted = Decimal(fee) / Decimal(str(rate))
    except ArithmeticError as fault:
        raise ForgedMessage("exchange_rate must be a positive number") from fault
    return int(converted.to_integral_value(rounding=ROUND_HALF_UP))


def _moment(source: Fields) -> datetime:
    created = source.content.get("created")
    if type(created) is not int:
        raise ForgedMessage("created must be Unix seconds")
    return datetime.fromtimestamp(created, UTC)
