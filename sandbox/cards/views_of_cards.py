"""A card as Stripe shows it, on its own and on a charge."""

from sandbox.cards.model import Card, Charge

_Json = dict[str, object]


def card_view(card: Card) -> _Json:
    return {
        **_common(card),
        "display_brand": card.brand,
        "generated_from": None,
        "issuer": None,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
    }


def charged_card_view(charge: Charge) -> _Json:
    card = charge.card
    usage: _Json | None = None
    if charge.was_authenticated:
        usage = {
            "authentication_flow": "challenge",
            "result": "authenticated",
            "version": "2.2.0",
        }
    return {
        **_common(card),
        "amount_authorized": charge.amount,
        "authorization_code": "S12345",
        "capture_before": None if charge.captured else charge.capture_before,
        "installments": None,
        "network": card.brand,
        "three_d_secure": usage,
    }


def _common(card: Card) -> _Json:
    return {
        "brand": card.brand,
        "country": card.country,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "last4": card.last4,
        "wallet": None,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
    }
