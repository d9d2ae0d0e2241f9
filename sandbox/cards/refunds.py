"""Money on its way back to a card."""

from sandbox.cards.account import Account
from sandbox.cards.balance import Balance
from sandbox.cards.errors import StripeError, invalid, unexpected_state
from sandbox.cards.forms import Form
from sandbox.cards.model import Charge, Intent, IntentStatus, Refund, RefundStatus
from sandbox.cards.views import Json
from sandbox.pay.errors import WrongControl

REFUND_FIELDS = frozenset(
    {"payment_intent", "charge", "amount", "reason", "metadata[*]", "expand[#]"}
)
_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
_GIVEN_UP = (RefundStatus.FAILED, RefundStatus.CANCELED)


class Refunds:
    def __init__(self, account: Account, balance: Balance) -> None:
        self._account = account
        self._balance = balance

    def ask(self, form: Form) -> Refund:
        form.check_known(REFUND_FIELDS)
        charge = self._charge(form)
        reason = form.choice("reason", allowed=_REASONS)
        amount = self._amount(form, charge)
        faults = self._account.faults
        if faults.pot_is_empty:
            text = "Insufficient funds in your Stripe balance to refund this amount."
            raise unexpected_state(text, "balance_insufficient")
        refund = self._account.add(
            Refund(
                id=self._account.new_id("re"),
                created=self._account.now(),
                amount=amount,
                currency=charge.currency,
                charge=charge.id,
                intent=charge.intent,
                reason=reason,
                metadata=form.metadata(),
            )
        )
        charge.amount_refunded += amount
        refund.movement = self._balance.add("refund", refund.id, -amount, charge.currency)
        outcome = RefundStatus(faults.refund_outcome)
        if outcome is RefundStatus.SUCCEEDED and not faults.refund_delay_s:
            refund.status = outcome
        elif outcome is not RefundStatus.PENDING:
            self._account.later(
                faults.refund_delay_s, lambda: self._settle_if_pending(refund, outcome)
            )
        self._account.tell("refund.created", refund)
        self._account.tell("charge.refunded", charge)
        return refund

    def settle(self, refund: Refund, status: RefundStatus) -> Refund:
        """A refund that succeeded may still fail; one that failed stays failed."""
        if refund.status in _GIVEN_UP:
            raise WrongControl(f"the refund is {refund.status} and stays so")
        before: Json = {"status": refund.status.value}
        refund.status = status
        if status in _GIVEN_UP:
            self._give_back(refund)
        self._account.tell("refund.updated", refund, before)
        if status is RefundStatus.FAILED:
            self._account.tell("refund.failed", refund, before)
        return refund

    def _settle_if_pending(self, refund: Refund, status: RefundStatus) -> None:
        if refund.status is RefundStatus.PENDING:
            self.settle(refund, status)

    def _give_back(self, refund: Refund) -> None:
        charge = self._account.get(Charge, refund.charge)
        charge.amount_refunded -= refund.amount
        back = self._balance.add("refund_failure", refund.id, refund.amount, refund.currency)
        refund.failure_movement = back
        if refund.status is RefundStatus.FAILED:
            refund.failure_reason = "expired_or_canceled_card"

    def _charge(self, form: Form) -> Charge:
        if charge := form.text("charge"):
            return self._account.get(Charge, charge, param="charge")
        identifier = form.required("payment_intent")
        intent = self._account.get(Intent, identifier, param="payment_intent")
        if intent.status is not IntentStatus.SUCCEEDED:
            raise unexpected_state(
                f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
            )
        return self._account.get(Charge, intent.charge or "")

    def _amount(self, form: Form, charge: Charge) -> int:
        left = charge.amount_captured - charge.amount_refunded
        if left <= 0:
            raise StripeError(
                400,
                f"Charge {charge.id} has already been refunded.",
                code="charge_already_refunded",
                was_executed=True,
            )
        amount = form.integer("amount", least=1)
        if amount is None:
            return left
        if amount > left:
            raise invalid(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                "amount",
            )
        return amount
