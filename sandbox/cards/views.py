"""The kept records as Stripe shows them, each link as a bare id."""

import json
from collections.abc import Mapping

from sandbox.cards.model import (
    Charge,
    Customer,
    Event,
    Intent,
    IntentStatus,
    Movement,
    PaymentMethod,
    Record,
    Refund,
    RefundStatus,
    Session,
    SessionStatus,
)
from sandbox.cards.views_of_cards import card_view, charged_card_view

Json = dict[str, object]
API_VERSION = "2026-10-28.endive"
_CATEGORIES = {"payment": "charge"}
_OBJECTS: Mapping[type, str] = {
    Customer: "customer",
    PaymentMethod: "payment_method",
    Session: "checkout.session",
    Intent: "payment_intent",
    Charge: "charge",
    Refund: "refund",
    Movement: "balance_transaction",
    Event: "event",
}


def encode(value: Mapping[str, object]) -> bytes:
    """Indented as Stripe does it, so that nobody's check depends on compact JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode()


def object_name(kind: type) -> str:
    return _OBJECTS[kind]


class Views:
    """`is_live` stands in each object."""

    def __init__(self, *, is_live: bool) -> None:
        self._is_live = is_live

    def of(self, record: Record, session_intent: Intent | None = None) -> Json:
        view: Json = {"id": record.id, "object": _OBJECTS[type(record)]}
        if isinstance(record, Customer) and record.is_deleted:
            return view | {"deleted": True}
        view |= {"created": record.created}
        if not isinstance(record, Movement | Refund):
            view |= {"livemode": self._is_live}
        return view | _fields(record, session_intent)


def _fields(record: Record, session_intent: Intent | None) -> Json:
    if isinstance(record, Session):
        return _session(record, session_intent)
    if isinstance(record, Customer | PaymentMethod):
        return _of_wallet(record)
    if isinstance(record, Intent):
        return _intent(record)
    if isinstance(record, Charge):
        return _charge(record)
    if isinstance(record, Refund):
        return _refund(record)
    if isinstance(record, Movement):
        return _movement(record)
    return _event(record)


def _of_wallet(record: Customer | PaymentMethod) -> Json:
    if isinstance(record, Customer):
        return {
            "name": record.name,
            "email": record.email,
            "phone": record.phone,
            "description": record.description,
            "preferred_locales": list(record.preferred_locales),
            "metadata": dict(record.metadata),
            "balance": 0,
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "invoice_settings": {"default_payment_method": None},
        }
    return {
        "type": "card",
        "customer": record.customer,
        "allow_redisplay": record.allow_redisplay,
        "billing_details": billing_view(record),
        "card": card_view(record.card),
        "metadata": {},
    }


def billing_view(record: PaymentMethod | Charge) -> Json:
    billing = record.billing
    address: Json = dict.fromkeys(("city", "line1", "line2", "postal_code", "state"))
    return {
        "name": billing.name or None,
        "email": billing.email or None,
        "phone": None,
        "tax_id": None,
        "address": address | {"country": billing.country or None},
    }


def _session(session: Session, intent: Intent | None) -> Json:
    offer = session.offer
    is_paid = intent is not None and intent.status is IntentStatus.SUCCEEDED
    is_open = session.status is SessionStatus.OPEN
    blocked = {"brands_blocked": list(offer.brands_blocked)}
    return {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "status": session.status.value,
        "payment_status": "paid" if is_paid else "unpaid",
        "payment_intent": session.intent,
        "amount_subtotal": offer.amount,
        "amount_total": offer.amount,
        "currency": offer.currency,
        "customer": offer.customer,
        "client_reference_id": offer.order_no,
        "metadata": dict(offer.metadata),
        "expires_at": offer.expires_at,
        "success_url": offer.success_url,
        "cancel_url": offer.cancel_url,
        "url": session.url if is_open else None,
        "locale": offer.locale,
        "submit_type": offer.submit_type,
        "billing_address_collection": offer.billing_address_collection,
        "adaptive_pricing": {"enabled": False},
        "presentment_details": None,
        "payment_method_types": list(offer.payment_method_types),
        "payment_method_options": {
            "card": {
                "request_three_d_secure": offer.request_three_d_secure,
                "restrictions": blocked,
            }
        },
        "saved_payment_method_options": {
            "allow_redisplay_filters": list(offer.redisplay_filters),
            "payment_method_save": "enabled" if offer.can_save else "disabled",
            "payment_method_remove": "enabled" if offer.can_remove else "disabled",
        },
    }


def _intent(intent: Intent) -> Json:
    return {
        "amount": intent.amount,
        "amount_capturable": intent.amount_capturable,
        "amount_received": intent.amount_received,
        "currency": intent.currency,
        "status": intent.status.value,
        "capture_method": intent.capture_method,
        "confirmation_method": "automatic",
        "customer": intent.customer,
        "payment_method": intent.payment_method,
        "payment_method_types": ["card"],
        "latest_charge": intent.charge,
        "canceled_at": intent.canceled_at,
        "cancellation_reason": intent.cancellation_reason,
        "last_payment_error": intent.last_error,
        "metadata": dict(intent.metadata),
        "next_action": None,
        "client_secret": f"{intent.id}_secret_{intent.id[-16:]}",
    }


def _charge(charge: Charge) -> Json:
    return {
        "amount": charge.amount,
        "amount_captured": charge.amount_captured,
        "amount_refunded": charge.amount_refunded,
        "currency": charge.currency,
        "status": "succeeded",
        "paid": True,
        "captured": charge.captured,
        "refunded": charge.captured and charge.amount_refunded == charge.amount_captured,
        "disputed": charge.disputed,
        "customer": charge.customer,
        "payment_intent": charge.intent,
        "payment_method": charge.payment_method,
        "balance_transaction": charge.movement,
        "billing_details": billing_view(charge),
        "metadata": dict(charge.metadata),
        "outcome": {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "payment_method_details": {"type": "card", "card": charged_card_view(charge)},
    }


def _refund(refund: Refund) -> Json:
    is_pending = refund.status is RefundStatus.PENDING
    view: Json = {
        "amount": refund.amount,
        "currency": refund.currency,
        "charge": refund.charge,
        "payment_intent": refund.intent,
        "reason": refund.reason,
        "status": refund.status.value,
        "metadata": dict(refund.metadata),
        "balance_transaction": refund.movement,
    }
    if is_pending:
        view["pending_reason"] = "processing"
    if refund.failure_reason:
        view |= {
            "failure_reason": refund.failure_reason,
            "failure_balance_transaction": refund.failure_movement,
        }
    return view


def _movement(line: Movement) -> Json:
    fees: list[Json] = []
    if line.fee:
        fees.append(
            {
                "amount": line.fee,
                "application": None,
                "currency": line.currency,
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        )
    return {
        "type": line.kind,
        "reporting_category": _CATEGORIES.get(line.kind, line.kind),
        "source": line.source,
        "amount": line.amount,
        "currency": line.currency,
        "exchange_rate": line.exchange_rate,
        "fee": line.fee,
        "fee_details": fees,
        "net": line.amount - line.fee,
        "status": "pending",
        "available_on": line.available_on,
        "balance_type": "payments",
        "description": None,
    }


def _event(event: Event) -> Json:
    data: Json = {"object": event.content}
    if event.previous is not None:
        data["previous_attributes"] = event.previous
    return {
        "api_version": API_VERSION,
        "type": event.kind,
        "data": data,
        "request": {"id": event.request_id, "idempotency_key": event.idempotency_key},
        "pending_webhooks": 0 if event.was_delivered else 1,
    }
