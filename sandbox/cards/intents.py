"""Money that a bank has set aside: captured, given back, or run out."""

import heapq

from sandbox.cards.account import Account
from sandbox.cards.balance import Balance
from sandbox.cards.errors import card_error, invalid, unexpected_state
from sandbox.cards.model import Charge, Intent, IntentStatus, PaymentMethod
from sandbox.cards.play_cards import behind
from sandbox.cards.views import Json
from sandbox.cards.wallet import Wallet

_ANSWERED_WITHIN_S = 7 * 24 * 3600  # how long a dispute can be answered


class Intents:
    def __init__(self, account: Account, wallet: Wallet, balance: Balance) -> None:
        self._account = account
        self._wallet = wallet
        self._balance = balance
        self._ends: list[tuple[int, str]] = []

    def get(self, identifier: str) -> Intent:
        return self._account.get(Intent, identifier, param="intent")

    def charge_of(self, intent: Intent) -> Charge:
        return self._account.get(Charge, intent.charge or "")

    def capture(self, identifier: str, amount: int | None, metadata: dict[str, str]) -> Intent:
        intent = self.get(identifier)
        if intent.status is not IntentStatus.REQUIRES_CAPTURE:
            raise unexpected_state(
                "This PaymentIntent could not be captured because it has a status of "
                f"{intent.status}. Only a PaymentIntent with one of the following statuses may be "
                "captured: requires_capture."
            )
        if self._account.faults.capture_fails:
            raise card_error("capture_charge_authorization_expired")
        wanted = intent.amount if amount is None else amount
        if not 1 <= wanted <= intent.amount:
            raise invalid(
                f"amount_to_capture is from 1 to {intent.amount}",
                "amount_to_capture",
                "amount_too_large",
            )
        intent.metadata |= metadata
        return self.settle(intent, wanted)

    def settle(self, intent: Intent, amount: int) -> Intent:
        charge = self.charge_of(intent)
        before: Json = {"status": intent.status.value, "amount_received": 0}
        intent.status = IntentStatus.SUCCEEDED
        intent.amount_received = amount
        charge.captured = True
        charge.amount_captured = amount
        charge.movement = self._balance.add("charge", charge.id, amount, charge.currency)
        if self._account.faults.cards_attach_at_capture:
            self.keep_card(intent)
        self._account.tell("charge.captured", charge, {"captured": False})
        self._account.tell("payment_intent.succeeded", intent, before)
        if behind(charge.card).is_disputed:
            self._dispute(charge)
        return intent

    def _dispute(self, charge: Charge) -> None:
        """The holder complains to the bank as soon as the money is taken."""
        charge.disputed = True
        dispute: Json = {
            "id": self._account.new_id("dp"),
            "object": "dispute",
            "amount": charge.amount_captured,
            "charge": charge.id,
            "created": self._account.now(),
            "currency": charge.currency,
            "evidence_details": {"due_by": self._account.now() + _ANSWERED_WITHIN_S},
            "livemode": self._account.credentials.is_live,
            "metadata": {},
            "payment_intent": charge.intent,
            "reason": "fraudulent",
            "status": "needs_response",
        }
        self._account.tell_content("charge.dispute.created", dispute)

    def cancel(self, identifier: str, reason: str | None) -> Intent:
        intent = self.get(identifier)
        if intent.status is not IntentStatus.REQUIRES_CAPTURE:
            raise unexpected_state(
                f"You cannot cancel this PaymentIntent because it has a status of {intent.status} "
                "and was created by a Checkout Session; expire the session instead."
            )
        return self._end(intent, reason)

    def keep_card(self, intent: Intent) -> None:
        """Attaches the card where its holder, or the merchant, wanted that."""
        if intent.save and intent.customer and intent.payment_method:
            method = self._account.get(PaymentMethod, intent.payment_method)
            self._wallet.attach(method, intent.customer, "always")

    def hold(self, charge: Charge) -> None:
        heapq.heappush(self._ends, (charge.capture_before, charge.id))

    def end_holds(self) -> None:
        """Authorisations whose time is over."""
        now = self._account.now()
        while self._ends and self._ends[0][0] <= now:
            charge = self._account.get(Charge, heapq.heappop(self._ends)[1])
            intent = self.get(charge.intent)
            if intent.status is IntentStatus.REQUIRES_CAPTURE:
                self._end(intent, "automatic")
                self._account.tell("charge.expired", charge)

    def _end(self, intent: Intent, reason: str | None) -> Intent:
        before: Json = {"status": intent.status.value}
        intent.status = IntentStatus.CANCELED
        intent.canceled_at = self._account.now()
        intent.cancellation_reason = reason
        self._account.tell("payment_intent.canceled", intent, before)
        return intent
