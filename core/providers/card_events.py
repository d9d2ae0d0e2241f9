"""Stripe's webhooks: signature and age checked, then read as a hint of which order to look at."""

from collections.abc import Mapping
from datetime import UTC, datetime

import stripe

from core.channels import Channel
from core.errors import ForgedMessage, NotOurMoney
from core.providers.base import (
    DisputeReport,
    DisputeState,
    Outcome,
    RefundReport,
    Report,
    Source,
)
from core.providers.card_messages import MERCHANT, order_no_of, refund_report
from core.providers.wechat_messages import Fields, parse

TOLERANCE_S = 300
LARGEST = 256 * 1024
ENDED = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}


def check_signature(
    headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime
) -> None:
    """Stripe's own check refuses old letters only; ours refuses those from the future too."""
    header = headers.get("stripe-signature", "")
    try:
        text = body.decode("utf-8")
        stripe.WebhookSignature.verify_header(text, header, secret, tolerance=None)
        sent_at = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
    except (stripe.SignatureVerificationError, ValueError, StopIteration) as fault:
        raise ForgedMessage("Stripe-Signature is missing or wrong") from fault
    if abs(now.timestamp() - sent_at) > TOLERANCE_S:
        raise ForgedMessage(f"Stripe-Signature is more than {TOLERANCE_S} s old or ahead")


def read_event(body: bytes, *, is_live: bool) -> Report | RefundReport | DisputeReport | None:
    """What the event is about; None where it is about no order of ours."""
    event = parse(body)
    if event.content.get("livemode") is not is_live:
        raise NotOurMoney("an event of the other mode (live or test)")
    kind = event.token("type", 128)
    subject = event.group("data").group("object")
    if kind.startswith(("refund.", "charge.refund.")):
        return _refund(subject)
    if kind.startswith("charge.dispute."):
        return _dispute(subject)
    if not kind.startswith(("checkout.session.", "payment_intent.", "charge.")):
        return None
    order_no = order_no_of(subject)
    if order_no is None:
        return None
    return Report(
        channel=Channel.CARD,
        source=Source.CALLBACK,
        event_id=event.token("id", 128),
        order_no=order_no,
        outcome=Outcome.AUTHORISED,  # a hint: `confirm` finds out what is true now
        merchant=MERCHANT,
        app="live" if is_live else "test",
        reference=_session_id(kind, subject),
        trade_no=_intent_id(kind, subject),
    )


def _session_id(kind: str, subject: Fields) -> str | None:
    return subject.token("id", 255) if kind.startswith("checkout.session.") else None


def _intent_id(kind: str, subject: Fields) -> str | None:
    if kind.startswith("payment_intent."):
        return subject.token("id", 64)
    named = subject.content.get("payment_intent")
    return named if isinstance(named, str) else None


def _dispute(subject: Fields) -> DisputeReport | None:
    """None where the payment is not named: without it nobody could say whose it is."""
    trade_no = subject.content.get("payment_intent")
    if not isinstance(trade_no, str):
        return None
    evidence = subject.content.get("evidence_details")
    due = evidence.get("due_by") if isinstance(evidence, dict) else None
    return DisputeReport(
        channel=Channel.CARD,
        merchant=MERCHANT,
        dispute_no=subject.token("id", 64),
        trade_no=trade_no,
        state=ENDED.get(str(subject.content.get("status")), DisputeState.OPEN),
        amount_fen=subject.fen("amount"),
        currency=subject.token("currency", 3).upper(),
        reason=subject.token("reason", 64),
        opened_at=_moment(subject.content.get("created")),
        due_at=_moment(due),
    )


def _moment(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if type(seconds) is int else None


def _refund(subject: Fields) -> RefundReport | None:
    metadata = subject.content.get("metadata")
    refund_no = metadata.get("refund_no") if isinstance(metadata, dict) else None
    return refund_report(subject, refund_no) if isinstance(refund_no, str) else None
