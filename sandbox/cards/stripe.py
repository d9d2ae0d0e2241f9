"""Where the Stripe stand-in is reached: its interface, its hosted page and its controls."""

from starlette.routing import Route

from sandbox.cards.api import Gate, Handler
from sandbox.cards.control import Control
from sandbox.cards.merchant_api import MerchantApi
from sandbox.cards.pages import Pages
from sandbox.cards.provider import Paying, Stripe
from sandbox.cards.wallet_api import WalletApi

__all__ = ["Paying", "Stripe", "stripe_routes"]

PREFIX = "/stripe"
_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def stripe_routes(stripe: Stripe) -> list[Route]:
    """Everything under `/stripe`."""
    return [
        *_interface(stripe),
        *Control(stripe).routes(f"{PREFIX}/control"),
        *Pages(stripe).routes(PREFIX),
    ]


def _interface(stripe: Stripe) -> list[Route]:
    gate = Gate(stripe, PREFIX)
    api, wallet = MerchantApi(stripe), WalletApi(stripe)
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/customers", wallet.create_customer),
        ("GET", "/customers/{id}", wallet.customer),
        ("DELETE", "/customers/{id}", wallet.delete_customer),
        ("GET", "/customers/{id}/payment_methods", wallet.cards_of_customer),
        ("GET", "/customers/{id}/payment_methods/{card}", wallet.card_of_customer),
        ("GET", "/payment_methods", wallet.cards),
        ("GET", "/payment_methods/{id}", wallet.card),
        ("POST", "/payment_methods/{id}", wallet.relabel),
        ("POST", "/payment_methods/{id}/detach", wallet.detach),
        ("POST", "/checkout/sessions", api.create_session),
        ("GET", "/checkout/sessions", api.sessions),
        ("GET", "/checkout/sessions/{id}", api.session),
        ("POST", "/checkout/sessions/{id}/expire", api.expire_session),
        ("POST", "/payment_intents", api.create_intent),
        ("GET", "/payment_intents/{id}", api.intent),
        ("POST", "/payment_intents/{id}/capture", api.capture),
        ("POST", "/payment_intents/{id}/cancel", api.cancel),
        ("GET", "/charges/{id}", api.charge),
        ("POST", "/refunds", api.create_refund),
        ("GET", "/refunds", api.refunds),
        ("GET", "/refunds/{id}", api.refund),
        ("GET", "/balance_transactions", api.movements),
        ("GET", "/balance_transactions/{id}", api.movement),
        ("GET", "/events", api.events),
        ("GET", "/events/{id}", api.event),
    ]
    routes = [
        Route(f"{PREFIX}/v1{path}", gate.endpoint(handler), methods=[method])
        for method, path, handler in table
    ]
    anything = Route(f"{PREFIX}/v1/{{path:path}}", gate.endpoint(api.unknown), methods=_ANY_METHOD)
    return [*routes, anything]
