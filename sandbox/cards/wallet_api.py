"""The calls about customers and their saved cards."""

from sandbox.cards.answers import PAGE_FIELDS, Page, page_of
from sandbox.cards.api import Call
from sandbox.cards.errors import invalid
from sandbox.cards.model import Customer, PaymentMethod
from sandbox.cards.provider import Stripe
from sandbox.cards.wallet import CUSTOMER_FIELDS, REDISPLAY

_READ = frozenset({"expand[#]"})
_LIST = PAGE_FIELDS | {"type", "allow_redisplay"}


class WalletApi:
    def __init__(self, stripe: Stripe) -> None:
        self._account = stripe.account
        self._wallet = stripe.wallet

    def create_customer(self, call: Call) -> Customer:
        call.form.check_known(CUSTOMER_FIELDS)
        return self._wallet.create(call.form)

    def customer(self, call: Call) -> Customer:
        """A deleted one is still shown, as deleted."""
        call.form.check_known(_READ)
        return self._account.get(Customer, call.path["id"])

    def delete_customer(self, call: Call) -> Customer:
        call.form.check_known(_READ)
        return self._wallet.delete(call.path["id"])

    def cards_of_customer(self, call: Call) -> Page:
        call.form.check_known(_LIST)
        return self._page(call, call.path["id"])

    def cards(self, call: Call) -> Page:
        call.form.check_known(_LIST | {"customer"})
        return self._page(call, call.form.required("customer"))

    def card_of_customer(self, call: Call) -> PaymentMethod:
        call.form.check_known(_READ)
        return self._wallet.card_of(call.path["id"], call.path["card"])

    def card(self, call: Call) -> PaymentMethod:
        call.form.check_known(_READ)
        return self._account.get(PaymentMethod, call.path["id"], param="payment_method")

    def relabel(self, call: Call) -> PaymentMethod:
        call.form.check_known(_READ | {"allow_redisplay"})
        wanted = call.form.choice("allow_redisplay", allowed=REDISPLAY)
        return self._wallet.relabel(call.path["id"], wanted)

    def detach(self, call: Call) -> PaymentMethod:
        call.form.check_known(_READ)
        return self._wallet.detach(call.path["id"])

    def _page(self, call: Call, customer: str) -> Page:
        self._wallet.living(customer)
        kind = call.form.text("type")
        if kind not in (None, "card"):
            raise invalid(f"Invalid type: {kind}; here there are only cards", "type")
        redisplay = call.form.choice("allow_redisplay", allowed=REDISPLAY)
        found = [
            method
            for method in self._wallet.cards_of(customer)
            if redisplay in (None, method.allow_redisplay)
        ]
        return page_of(found, call.form, call.url)
