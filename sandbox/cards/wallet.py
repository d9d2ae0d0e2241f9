"""Customers and the cards they let the merchant keep."""

from sandbox.cards.account import Account
from sandbox.cards.errors import invalid, missing
from sandbox.cards.forms import Form
from sandbox.cards.model import Customer, PaymentMethod

CUSTOMER_FIELDS = frozenset(
    {
        "name",
        "email",
        "phone",
        "description",
        "preferred_locales[#]",
        "metadata[*]",
        "expand[#]",
    }
)
REDISPLAY = ("always", "limited", "unspecified")


class Wallet:
    def __init__(self, account: Account) -> None:
        self._account = account

    def create(self, form: Form) -> Customer:
        email = form.text("email", longest=512)
        if email is not None and "@" not in email:
            raise invalid(f"Invalid email address: {email}", "email", "email_invalid")
        return self._account.add(
            Customer(
                id=self._account.new_id("cus"),
                created=self._account.now(),
                name=form.text("name", longest=256),
                email=email,
                phone=form.text("phone", longest=20),
                description=form.text("description"),
                preferred_locales=form.texts("preferred_locales"),
                metadata=form.metadata(),
            )
        )

    def living(self, identifier: str, *, status: int = 404, param: str = "customer") -> Customer:
        customer = self._account.get(Customer, identifier, status=status, param=param)
        if customer.is_deleted:
            raise missing("customer", identifier, status=status, param=param)
        return customer

    def delete(self, identifier: str) -> Customer:
        customer = self.living(identifier)
        for method in self.cards_of(identifier):
            method.customer = None
            method.was_detached = True
        customer.is_deleted = True
        return customer

    def cards_of(self, customer: str) -> list[PaymentMethod]:
        """Newest first."""
        methods = self._account.all(PaymentMethod)
        return [method for method in methods if method.customer == customer]

    def card_of(self, customer: str, method: str) -> PaymentMethod:
        self.living(customer)
        found = self._account.get(PaymentMethod, method, param="payment_method")
        if found.customer != customer:
            raise missing("payment_method", method, param="payment_method")
        return found

    def attach(self, method: PaymentMethod, customer: str, allow_redisplay: str) -> None:
        if method.customer == customer:
            return
        method.customer = customer
        method.allow_redisplay = allow_redisplay
        self._account.tell("payment_method.attached", method)

    def detach(self, identifier: str) -> PaymentMethod:
        method = self._account.get(PaymentMethod, identifier, param="payment_method")
        if method.customer is None:
            raise invalid(
                "The payment method you provided is not attached to a customer so detachment "
                "is impossible."
            )
        previous = method.customer
        method.customer = None
        method.was_detached = True
        self._account.tell("payment_method.detached", method, {"customer": previous})
        return method

    def relabel(self, identifier: str, allow_redisplay: str | None) -> PaymentMethod:
        method = self._account.get(PaymentMethod, identifier, param="payment_method")
        if method.customer is None:
            raise invalid("You must attach this payment method to a customer before updating it.")
        if allow_redisplay is not None:
            method.allow_redisplay = allow_redisplay
        return method
