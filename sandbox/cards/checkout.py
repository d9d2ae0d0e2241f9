"""Checkout sessions, and what happens when somebody pays in one."""

import heapq
from dataclasses import dataclass

from sandbox.cards.account import Account
from sandbox.cards.errors import StripeError, card_error, unexpected_state
from sandbox.cards.forms import Form
from sandbox.cards.intents import Intents
from sandbox.cards.keys import random_letters
from sandbox.cards.model import (
    Billing,
    Card,
    Charge,
    Intent,
    IntentStatus,
    PaymentMethod,
    Session,
    SessionStatus,
    Waiting,
)
from sandbox.cards.offers import read_offer
from sandbox.cards.play_cards import Entry, PlayCard, behind, is_blocked, read_card
from sandbox.cards.wallet import Wallet

_HOLD_LASTS_S = 7 * 24 * 3600
_AUTHENTICATION_FAILED = "payment_intent_authentication_failure"


NOBODY = Billing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One press of the pay button; `authenticated` is None where the bank still has to ask.

    `amount` and `currency` let a charge differ from its session, as no honest Stripe would.
    """

    card: Entry | PaymentMethod
    billing: Billing = NOBODY
    save: bool = False
    authenticated: bool | None = None
    amount: int | None = None
    currency: str | None = None


class Checkout:
    def __init__(
        self, account: Account, wallet: Wallet, intents: Intents, *, least_amount: int
    ) -> None:
        self._account = account
        self._wallet = wallet
        self._intents = intents
        self._least_amount = least_amount
        self._ends: list[tuple[int, str]] = []

    def create(self, form: Form, root: str) -> Session:
        account = self._account
        offer = read_offer(form, now=account.now(), least_amount=self._least_amount)
        if offer.customer is not None:
            self._wallet.living(offer.customer, status=400)
        secret = random_letters(48)
        session = Session(
            id=f"cs_{account.credentials.mode}_{random_letters(58)}",
            secret=secret,
            url=f"{root}/pay/{secret}",
            created=account.now(),
            offer=offer,
        )
        heapq.heappush(self._ends, (offer.expires_at, session.id))
        return account.add(session)

    def expire(self, identifier: str) -> Session:
        session = self._account.get(Session, identifier, param="session")
        if session.status is not SessionStatus.OPEN:
            raise unexpected_state(
                'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
                f"Session has a status of {session.status}.",
                None,
            )
        self._end(session)
        return session

    def end_overdue(self) -> None:
        now = self._account.now()
        while self._ends and self._ends[0][0] <= now:
            session = self._account.get(Session, heapq.heappop(self._ends)[1])
            if session.status is SessionStatus.OPEN:
                self._end(session)

    def offered_cards(self, session: Session) -> list[PaymentMethod]:
        """Saved cards that the page shows: complete ones that may be shown."""
        if session.offer.customer is None:
            return []
        return [
            method
            for method in self._wallet.cards_of(session.offer.customer)
            if method.allow_redisplay in session.offer.redisplay_filters
            and not is_blocked(method.card, session.offer.brands_blocked)
        ]

    def attempt(self, session: Session, attempt: Attempt) -> Intent:
        self._check_open(session)
        card = self._read(attempt.card)
        if is_blocked(card, session.offer.brands_blocked):
            session.declines.append("card_not_supported")
            raise card_error("card_not_supported", param="number")
        intent = self._intent(session, attempt)
        method = self._method(attempt, card)
        intent.payment_method = method.id
        session.waiting = Waiting(method=method.id, save=attempt.save)
        if refusal := behind(card).refusal:
            self._refuse(session, refusal)
            raise refusal
        if _asks_holder(session, behind(card)):
            if attempt.authenticated is None:
                intent.status = IntentStatus.REQUIRES_ACTION
                return intent
            return self.authenticate(session, agreed=attempt.authenticated)
        return self._authorise(session, was_authenticated=False)

    def authenticate(self, session: Session, *, agreed: bool) -> Intent:
        """What the holder answered to the bank."""
        self._check_open(session)
        if session.waiting is None:
            raise unexpected_state("No card waits for its holder in this session.")
        if not agreed:
            refusal = card_error(_AUTHENTICATION_FAILED)
            self._refuse(session, refusal)
            raise refusal
        return self._authorise(session, was_authenticated=True)

    def decline(self, session: Session, decline_code: str) -> None:
        """As if a payer had tried a card that its bank refuses."""
        self._check_open(session)
        self._intent(session, None)
        self._refuse(session, card_error("card_declined", decline_code))

    def _check_open(self, session: Session) -> None:
        self.end_overdue()
        if session.status is not SessionStatus.OPEN:
            raise unexpected_state(
                f"This checkout session is {session.status}, not open.", "checkout_session_closed"
            )

    def _read(self, wanted: Entry | PaymentMethod) -> Card:
        if isinstance(wanted, PaymentMethod):
            return wanted.card
        today = self._account.clock.now()
        return read_card(wanted, year=today.year, month=today.month)

    def _intent(self, session: Session, attempt: Attempt | None) -> Intent:
        """The session's own, made when the first card is tried."""
        if session.intent is not None:
            return self._account.get(Intent, session.intent)
        offer = session.offer
        intent = Intent(
            id=self._account.new_id("pi"),
            created=self._account.now(),
            amount=(attempt and attempt.amount) or offer.amount,
            currency=(attempt and attempt.currency) or offer.currency,
            capture_method=offer.capture_method,
            customer=offer.customer,
            metadata=dict(offer.intent_metadata),
            session=session.id,
        )
        session.intent = intent.id
        return self._account.add(intent)

    def _method(self, attempt: Attempt, card: Card) -> PaymentMethod:
        if isinstance(attempt.card, PaymentMethod):
            return attempt.card
        return self._account.add(
            PaymentMethod(
                id=self._account.new_id("pm"),
                created=self._account.now(),
                card=card,
                billing=attempt.billing,
            )
        )

    def _refuse(self, session: Session, refusal: StripeError) -> None:
        """The session stays open: the payer may try another card."""
        intent = self._account.get(Intent, session.intent or "")
        intent.status = IntentStatus.REQUIRES_PAYMENT_METHOD
        intent.payment_method = None
        error = refusal.body()["error"]
        intent.last_error = dict(error) if isinstance(error, dict) else None
        session.waiting = None
        session.declines.append(refusal.decline_code or refusal.code or "")
        self._account.tell("payment_intent.payment_failed", intent)

    def _authorise(self, session: Session, *, was_authenticated: bool) -> Intent:
        waiting = session.waiting
        intent = self._account.get(Intent, session.intent or "")
        method = self._account.get(PaymentMethod, waiting.method if waiting else "")
        charge = self._account.add(self._charge(intent, method, was_authenticated))
        intent.charge = charge.id
        intent.last_error = None
        intent.status = IntentStatus.REQUIRES_CAPTURE
        self._intents.hold(charge)
        intent.save = waiting is not None and waiting.save and session.offer.can_save
        session.status = SessionStatus.COMPLETE
        session.waiting = None
        self._keep_card(session, intent, method)
        if session.offer.capture_method == "manual":
            self._account.tell("payment_intent.amount_capturable_updated", intent)
        else:
            self._intents.settle(intent, intent.amount)
        self._account.tell("checkout.session.completed", session)
        return intent

    def _keep_card(self, session: Session, intent: Intent, method: PaymentMethod) -> None:
        if not self._account.faults.cards_attach_at_capture:
            self._intents.keep_card(intent)
        if session.offer.setup_future_usage and intent.customer:
            self._wallet.attach(method, intent.customer, "limited")

    def _charge(self, intent: Intent, method: PaymentMethod, was_authenticated: bool) -> Charge:
        now = self._account.now()
        return Charge(
            id=self._account.new_id("ch"),
            created=now,
            amount=intent.amount,
            currency=intent.currency,
            intent=intent.id,
            customer=intent.customer,
            payment_method=method.id,
            card=method.card,
            billing=method.billing,
            metadata=dict(intent.metadata),
            capture_before=now + _HOLD_LASTS_S,
            was_authenticated=was_authenticated,
        )

    def _end(self, session: Session) -> None:
        session.status = SessionStatus.EXPIRED
        session.waiting = None
        if session.intent is not None:
            intent = self._account.get(Intent, session.intent)
            intent.status = IntentStatus.CANCELED
            intent.canceled_at = self._account.now()
            intent.cancellation_reason = "automatic"
        self._account.tell("checkout.session.expired", session)


def _asks_holder(session: Session, card: PlayCard) -> bool:
    return card.asks_holder or session.offer.request_three_d_secure != "automatic"
