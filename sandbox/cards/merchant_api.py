"""The calls a merchant makes, each from its checked form to the record it answers with."""

from sandbox.cards.answers import PAGE_FIELDS, SPAN_FIELDS, Page, page_of, read_span
from sandbox.cards.api import Call
from sandbox.cards.errors import StripeError, invalid
from sandbox.cards.model import (
    Charge,
    Event,
    Intent,
    Movement,
    Record,
    Refund,
    Session,
)
from sandbox.cards.provider import Stripe

_READ = frozenset({"expand[#]"})
_CAPTURE = _READ | {
    "amount_to_capture",
    "final_capture",
    "metadata[*]",
    "statement_descriptor_suffix",
}
_CANCEL = _READ | {"cancellation_reason"}
_CANCEL_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
_SESSION_LIST = PAGE_FIELDS | SPAN_FIELDS | {"payment_intent", "customer", "status"}
_REFUND_LIST = PAGE_FIELDS | SPAN_FIELDS | {"payment_intent", "charge"}
_MOVEMENT_LIST = PAGE_FIELDS | SPAN_FIELDS | {"type", "source", "currency"}
_EVENT_LIST = PAGE_FIELDS | SPAN_FIELDS | {"type", "types[#]", "delivery_success"}
_STATUSES = ("open", "complete", "expired")


class MerchantApi:
    """Sessions, payments, refunds and the account's books; cards are in `WalletApi`."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe
        self._account = stripe.account

    def create_session(self, call: Call) -> Session:
        return self._stripe.checkout.create(call.form, call.root)

    def session(self, call: Call) -> Session:
        call.form.check_known(_READ)
        return self._account.get(Session, call.path["id"], param="session")

    def sessions(self, call: Call) -> Page:
        form = call.form
        form.check_known(_SESSION_LIST)
        intent, customer = form.text("payment_intent"), form.text("customer")
        status = form.choice("status", allowed=_STATUSES)
        span = read_span(form)
        found = [
            session
            for session in self._account.all(Session)
            if intent in (None, session.intent)
            and customer in (None, session.offer.customer)
            and status in (None, session.status.value)
            and span.holds(session.created)
        ]
        return page_of(found, form, call.url)

    def expire_session(self, call: Call) -> Session:
        call.form.check_known(_READ)
        return self._stripe.checkout.expire(call.path["id"])

    def intent(self, call: Call) -> Intent:
        call.form.check_known(_READ)
        return self._stripe.intents.get(call.path["id"])

    def capture(self, call: Call) -> Intent:
        form = call.form
        form.check_known(_CAPTURE)
        form.flag("final_capture")
        amount = form.integer("amount_to_capture")
        return self._stripe.intents.capture(call.path["id"], amount, form.metadata())

    def cancel(self, call: Call) -> Intent:
        call.form.check_known(_CANCEL)
        reason = call.form.choice("cancellation_reason", allowed=_CANCEL_REASONS)
        return self._stripe.intents.cancel(call.path["id"], reason)

    def charge(self, call: Call) -> Charge:
        call.form.check_known(_READ)
        return self._account.get(Charge, call.path["id"])

    def create_refund(self, call: Call) -> Refund:
        return self._stripe.refunds.ask(call.form)

    def refund(self, call: Call) -> Refund:
        call.form.check_known(_READ)
        return self._account.get(Refund, call.path["id"])

    def refunds(self, call: Call) -> Page:
        form = call.form
        form.check_known(_REFUND_LIST)
        intent, charge = form.text("payment_intent"), form.text("charge")
        span = read_span(form)
        found = [
            refund
            for refund in self._account.all(Refund)
            if intent in (None, refund.intent)
            and charge in (None, refund.charge)
            and span.holds(refund.created)
        ]
        return page_of(found, form, call.url)

    def movement(self, call: Call) -> Movement:
        call.form.check_known(_READ)
        return self._account.get(Movement, call.path["id"])

    def movements(self, call: Call) -> Page:
        form = call.form
        form.check_known(_MOVEMENT_LIST)
        kind, source = form.text("type"), form.text("source")
        found = [
            line
            for line in self._stripe.balance.lines(read_span(form))
            if kind in (None, line.kind) and source in (None, line.source)
        ]
        return page_of(found, form, call.url)

    def event(self, call: Call) -> Event:
        call.form.check_known(_READ)
        return self._account.get(Event, call.path["id"])

    def events(self, call: Call) -> Page:
        form = call.form
        form.check_known(_EVENT_LIST)
        kinds = form.texts("types")
        if kind := form.text("type"):
            kinds = (*kinds, kind)
        delivered = form.flag("delivery_success")
        span = read_span(form)
        found = [
            event
            for event in self._account.all(Event)
            if (not kinds or event.kind in kinds)
            and delivered in (None, event.was_delivered)
            and span.holds(event.created)
        ]
        return page_of(found, form, call.url)

    def create_intent(self, call: Call) -> Record:
        if call.form.has("payment_method_types"):
            raise invalid(
                "The payment_method_types parameter is no longer supported in this API version.",
                "payment_method_types",
                "payment_method_types_no_longer_supported",
            )
        raise invalid("This stand-in makes PaymentIntents only through Checkout Sessions.")

    def unknown(self, call: Call) -> Record:
        raise StripeError(404, f"Unrecognized request URL ({call.url}).")
