"""An order as the stand-in's own pages and tests see it."""

from datetime import UTC, datetime

from sandbox.cards.model import Charge, Intent, PaymentMethod, Session
from sandbox.cards.provider import Stripe
from sandbox.cards.views import Json
from sandbox.pay.clock import rfc3339


def order_view(stripe: Stripe, session: Session) -> Json:
    intent = stripe.account.get(Intent, session.intent) if session.intent else None
    charge = stripe.account.get(Charge, intent.charge) if intent and intent.charge else None
    offer = session.offer
    return {
        "order_no": offer.order_no,
        "session_id": session.id,
        "url": session.url,
        "status": session.status.value,
        "merchant": stripe.merchant_name,
        "description": offer.description,
        "asked_fen": offer.amount,
        "currency": offer.currency,
        "customer": offer.customer,
        "created_at": _moment(session.created),
        "expires_at": _moment(offer.expires_at),
        "payment_intent": session.intent,
        "payment_status": intent.status.value if intent else None,
        "amount_fen": intent.amount if intent else None,
        "captured_fen": charge.amount_captured if charge else 0,
        "refunded_fen": charge.amount_refunded if charge else 0,
        "card": _charged_card(charge) if charge else None,
        "saved_cards": [card_on_page(method) for method in stripe.checkout.offered_cards(session)],
        "declines": list(session.declines),
    }


def card_on_page(method: PaymentMethod) -> Json:
    card = method.card
    return {
        "id": method.id,
        "brand": card.brand,
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
    }


def _charged_card(charge: Charge) -> Json:
    card = charge.card
    return {"brand": card.brand, "last4": card.last4, "country": card.country}


def _moment(timestamp: int) -> str:
    return rfc3339(datetime.fromtimestamp(timestamp, UTC))
