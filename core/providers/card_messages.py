"""Stripe's objects read into reports, and which cards are taken."""

from datetime import UTC, datetime

from core.channels import Channel, SavedCard
from core.errors import ForgedMessage
from core.providers.base import Outcome, RefundReport, RefundState, Report, Source
from core.providers.wechat_messages import Fields

MERCHANT = "stripe"
BRANDS = frozenset({"visa", "mastercard", "jcb"})
MAINLAND = "CN"  # the issuer's country; Hong Kong, Macao and Taiwan have codes of their own
REFUND_STATES = {
    "pending": RefundState.PROCESSING,
    "requires_action": RefundState.PROCESSING,
    "succeeded": RefundState.DONE,
    "failed": RefundState.ABNORMAL,
    "canceled": RefundState.CLOSED,
}


def is_of(session: Fields, order_no: str) -> bool:
    return session.content.get("client_reference_id") == order_no


def session_report(session: Fields, *, order_no: str, app: str) -> Report:
    """A session with its PaymentIntent expanded: the intent decides, never `payment_status`."""
    if not is_of(session, order_no):
        raise ForgedMessage("client_reference_id must be the order asked for")
    base = Report(
        channel=Channel.CARD,
        source=Source.QUERY,
        event_id=f"{Source.QUERY}:{session.token('id', 255)}",
        order_no=order_no,
        outcome=Outcome.UNPAID,
        merchant=MERCHANT,
        app=app,
        reference=session.token("id", 255),
    )
    intent = intent_of(session)
    if intent is not None:
        return _intent_report(base, intent)
    is_over = session.content.get("status") == "expired"
    return _with(base, Outcome.CLOSED) if is_over else base


def intent_of(session: Fields) -> Fields | None:
    intent = session.content.get("payment_intent")
    return Fields(intent) if isinstance(intent, dict) else None


def _intent_report(base: Report, intent: Fields) -> Report:
    match intent.text("status"):
        case "requires_capture":
            return _with(base, Outcome.AUTHORISED, trade_no=intent.token("id", 255))
        case "succeeded":
            return paid(base, intent)
        case "canceled":
            return _with(base, Outcome.FAILED)
        case _:
            return base


def _with(base: Report, outcome: Outcome, trade_no: str | None = None) -> Report:
    return Report(
        channel=base.channel,
        source=base.source,
        event_id=f"{base.event_id}:{outcome}",
        order_no=base.order_no,
        outcome=outcome,
        merchant=base.merchant,
        app=base.app,
        reference=base.reference,
        trade_no=trade_no,
    )


def paid(base: Report, intent: Fields) -> Report:
    """A captured intent."""
    return Report(
        channel=base.channel,
        source=base.source,
        event_id=f"{base.event_id}:{Outcome.PAID}",
        order_no=base.order_no,
        outcome=Outcome.PAID,
        merchant=base.merchant,
        app=base.app,
        reference=base.reference,
        trade_no=intent.token("id", 64),
        amount_fen=intent.fen("amount_received"),
        currency=intent.token("currency", 3).upper(),
        occurred_at=_moment(intent),
    )


def refused(base: Report, reason: str) -> Report:
    return Report(
        channel=base.channel,
        source=base.source,
        event_id=f"{base.event_id}:refused",
        order_no=base.order_no,
        outcome=Outcome.FAILED,
        merchant=base.merchant,
        app=base.app,
        reference=base.reference,
        reason=reason,
    )


def why_not(intent: Fields) -> str | None:
    """Why this card is not taken; None when it is. What cannot be read is not taken."""
    charge = intent.content.get("latest_charge")
    details = charge.get("payment_method_details") if isinstance(charge, dict) else None
    card = details.get("card") if isinstance(details, dict) else None
    if not isinstance(card, dict) or not isinstance(details, dict):
        return "card_unknown"
    if details.get("type") != "card" or card.get("brand") not in BRANDS:
        return "card_brand"
    country = card.get("country")
    if not isinstance(country, str) or not country:
        return "card_unknown"
    return "card_country" if country.upper() == MAINLAND else None


def refund_report(refund: Fields, refund_no: str) -> RefundReport:
    return RefundReport(
        channel=Channel.CARD,
        refund_no=refund_no,
        provider_refund_no=refund.token("id", 64),
        state=REFUND_STATES.get(str(refund.content.get("status")), RefundState.PROCESSING),
        refund_fen=refund.fen("amount"),
    )


def saved_card(method: Fields) -> SavedCard:
    card = method.group("card")
    return SavedCard(
        card_id=method.token("id", 255),
        brand=card.text("brand"),
        last_four=card.token("last4", 4),
        expiry_month=card.fen("exp_month"),
        expiry_year=card.fen("exp_year"),
    )


def order_no_of(subject: Fields) -> str | None:
    """Our order number in an object's metadata."""
    metadata = subject.content.get("metadata")
    found = metadata.get("order_no") if isinstance(metadata, dict) else None
    return found if isinstance(found, str) and 0 < len(found) <= 32 else None


def _moment(subject: Fields) -> datetime | None:
    charge = subject.content.get("latest_charge")
    created = charge.get("created") if isinstance(charge, dict) else None
    if type(created) is not int:
        created = subject.content.get("created")
    return datetime.fromtimestamp(created, UTC) if type(created) is int else None
