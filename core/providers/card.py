"""International cards through Stripe Checkout: authorised, checked, then captured or cancelled."""

from collections.abc import Mapping
from datetime import date, time, timedelta

import httpx

from core.channels import Channel, Form, SavedCard
from core.clock import Clock
from core.errors import ForgedMessage, NotFound, ProviderRefused
from core.ids import Ids
from core.providers import card_messages as messages
from core.providers.base import (
    BillRow,
    DisputeReport,
    Instructions,
    Limits,
    Order,
    Outcome,
    RefundOrder,
    RefundReport,
    Reply,
    Report,
    Source,
    Verdict,
)
from core.providers.card_bill import bill_row, day_bounds
from core.providers.card_client import CALL_S, CardClient
from core.providers.card_events import LARGEST, check_signature, read_event
from core.providers.card_settings import CardSettings
from core.providers.wechat_messages import Fields

SESSION_EXTRA = timedelta(minutes=31)  # Stripe takes 30 minutes at the least
LONGEST_URL = 2048
ABSENT = "resource_missing"
CHANGED = "payment_intent_unexpected_state"
LOCALES = {"zh_CN": "zh", "en": "en"}


class Card:
    """Cards as a `Provider` with `Confirms`, `Refunds`, `Bills` and `KeepsCards`.

    Stripe's checkout session is the order; its id is the `reference`, the PaymentIntent's id the
    trade number. A webhook is a hint only: what is true is read from Stripe again.
    """

    channel = Channel.CARD
    merchant = messages.MERCHANT
    limits = Limits(minimum_fen=10_00, maximum_fen=99_999_999)
    forms = frozenset({Form.LINK})
    needs_payer = False
    closes_after = timedelta(0)
    confirms_later = True
    can_refund = True
    bill_ready = time(2)

    def __init__(
        self,
        settings: CardSettings,
        *,
        http: httpx.AsyncClient,
        clock: Clock,
        ids: Ids,  # noqa: ARG002 - as every adapter is built
        call_s: float = CALL_S,
    ) -> None:
        self._settings = settings.checked()
        self.app = "live" if settings.is_live else "test"
        self._clock = clock
        self._client = CardClient(settings, http, call_s=call_s)

    # --- orders -------------------------------------------------------------------------------

    async def create(self, order: Order) -> Instructions:
        """A hosted page; the same order again is the same session."""
        expires = order.expires_at.replace(microsecond=0) + SESSION_EXTRA
        session = await self._client.call(
            "post",
            "/v1/checkout/sessions",
            _session_content(order, int(expires.timestamp())),
            key=f"cs-{order.order_no}-1",
        )
        reference = session.token("id", 255)
        if session.content.get("payment_method_types") != ["card"]:
            await self.close(order.order_no, reference)
            raise ProviderRefused(
                "NOT_CARDS_ONLY", "Stripe offers more than cards; see its settings"
            )
        if session.fen("amount_total") != order.amount_fen:
            raise ForgedMessage("amount_total must be what was ordered")
        return Instructions(
            address=session.token("url", LONGEST_URL),
            reference=reference,
            expires_at=order.expires_at,
        )

    async def look_up(self, order_no: str, reference: str | None = None) -> Report:
        """Without a reference nobody ever got the page, so nobody can pay."""
        if reference is None:
            return self._unknown(order_no)
        session = await self._session(reference)
        return messages.session_report(session, order_no=order_no, app=self.app)

    async def close(self, order_no: str, reference: str | None = None) -> None:  # noqa: ARG002 - the port's
        if reference is None:
            return
        try:
            await self._client.call("post", f"/v1/checkout/sessions/{reference}/expire")
        except ProviderRefused as refusal:
            if not refusal.reason.startswith(("checkout_session", "HTTP_400")):
                raise  # a session that is not open is looked up again by the caller

    async def confirm(self, report: Report) -> Report:
        """Look, and where a card holds the amount: check the card, then capture or cancel."""
        session = await self._session_of(report)
        if session is None:
            return self._unknown(report.order_no)
        found = messages.session_report(session, order_no=report.order_no, app=self.app)
        intent = messages.intent_of(session)
        if found.outcome is not Outcome.AUTHORISED or intent is None:
            return found
        fits = self._is_as_ordered(session, intent, report.order_no)
        reason = messages.why_not(intent) if fits else "authorisation_differs"
        if reason is not None:
            await self._cancel(intent, report.order_no)
            return messages.refused(found, reason)
        return await self._capture(found, intent)

    def read(
        self, headers: Mapping[str, str], body: bytes
    ) -> Report | RefundReport | DisputeReport | None:
        if len(body) > LARGEST:
            raise ForgedMessage(f"an event has at most {LARGEST} bytes")
        secret = self._settings.webhook_secret
        check_signature(headers, body, secret=secret, now=self._clock.now())
        return read_event(body, is_live=self._settings.is_live)

    def acknowledge(self, verdict: Verdict) -> Reply:
        statuses = {Verdict.RECORDED: 200, Verdict.FORGED: 401, Verdict.FAILED: 500}
        return Reply(status=statuses[verdict])

    # --- refunds and bills --------------------------------------------------------------------

    async def refund(self, order: RefundOrder) -> RefundReport:
        content = {
            "payment_intent": order.trade_no,
            "amount": order.refund_fen,
            "reason": "requested_by_customer",
            "metadata": {"refund_no": order.refund_no, "order_no": order.order_no},
        }
        key = f"refund-{order.refund_no}"
        refund = await self._client.call("post", "/v1/refunds", content, key=key)
        return messages.refund_report(refund, order.refund_no)

    async def look_up_refund(self, order: RefundOrder) -> RefundReport:
        if order.provider_refund_no:
            path = f"/v1/refunds/{order.provider_refund_no}"
            return messages.refund_report(await self._client.call("get", path), order.refund_no)
        for refund in await self._client.pages("/v1/refunds", {"payment_intent": order.trade_no}):
            metadata = refund.content.get("metadata")
            if isinstance(metadata, dict) and metadata.get("refund_no") == order.refund_no:
                return messages.refund_report(refund, order.refund_no)
        raise ProviderRefused(ABSENT, "Stripe knows no such refund")

    async def bill(self, day: date) -> tuple[BillRow, ...]:
        start, end = day_bounds(day)
        content = {
            "created": {"gte": start, "lt": end},
            "expand": ["data.source", "data.source.payment_intent"],
        }
        movements = await self._client.pages("/v1/balance_transactions", content)
        rows = (bill_row(movement, app=self.app) for movement in movements)
        return tuple(row for row in rows if row is not None)

    # --- saved cards --------------------------------------------------------------------------

    async def new_customer(self, person: str) -> str:
        content = {"metadata": {"user_id": person}}
        made = await self._client.call("post", "/v1/customers", content, key=f"cust-{person}")
        return made.token("id", 128)

    async def cards(self, customer: str) -> tuple[SavedCard, ...]:
        """Those the payer chose to keep, as `allow_redisplay` says."""
        path = f"/v1/customers/{customer}/payment_methods"
        methods = await self._client.pages(path, {"type": "card", "allow_redisplay": "always"})
        return tuple(messages.saved_card(method) for method in methods)

    async def unbind(self, customer: str, card_id: str) -> None:
        if not card_id.isascii() or not card_id.replace("_", "").isalnum():
            raise NotFound
        try:
            await self._client.call("get", f"/v1/customers/{customer}/payment_methods/{card_id}")
        except ProviderRefused as refusal:
            if refusal.reason in {ABSENT, "HTTP_404"}:
                raise NotFound from refusal
            raise
        await self._detach(card_id)

    async def self_check(self) -> None:
        """Any question that needs the key."""
        await self._client.call("get", "/v1/checkout/sessions", {"limit": 1})

    # --- inside -------------------------------------------------------------------------------

    async def _session(self, reference: str) -> Fields:
        content = {"expand": ["payment_intent.latest_charge"]}
        return await self._client.call("get", f"/v1/checkout/sessions/{reference}", content)

    async def _session_of(self, hint: Report) -> Fields | None:
        """The session that a hint is about, if Stripe knows it as this order's."""
        reference = hint.reference or await self._session_with(hint.trade_no)
        if reference is None:
            return None
        try:
            session = await self._session(reference)
        except ProviderRefused as refusal:
            if refusal.reason != ABSENT:
                raise
            return None
        return session if messages.is_of(session, hint.order_no) else None

    async def _session_with(self, intent_id: str | None) -> str | None:
        if intent_id is None:
            return None
        content = {"payment_intent": intent_id}
        found = await self._client.pages("/v1/checkout/sessions", content)
        return found[0].token("id", 255) if found else None

    def _is_as_ordered(self, session: Fields, intent: Fields, order_no: str) -> bool:
        """Everything that is captured is what was ordered, by whom it was ordered."""
        expected = {
            "amount_capturable": session.content.get("amount_total"),
            "currency": session.content.get("currency"),
            "customer": session.content.get("customer"),
            "livemode": self._settings.is_live,
        }
        fits = all(intent.content.get(name) == value for name, value in expected.items())
        return fits and messages.order_no_of(intent) == order_no

    async def _capture(self, found: Report, intent: Fields) -> Report:
        try:
            captured = await self._client.call(
                "post",
                f"/v1/payment_intents/{intent.token('id')}/capture",
                {"expand": ["latest_charge"]},
                key=f"cap-{found.order_no}",
            )
        except ProviderRefused as refusal:
            if refusal.reason != CHANGED:
                raise
            return await self.look_up(found.order_no, found.reference)  # ended meanwhile
        succeeded = captured.text("status") == "succeeded"
        return messages.paid(found, captured) if succeeded else found

    async def _cancel(self, intent: Fields, order_no: str) -> None:
        """Nothing is charged; a card that was kept on the way is forgotten again."""
        await self._client.call(
            "post",
            f"/v1/payment_intents/{intent.token('id')}/cancel",
            {"cancellation_reason": "requested_by_customer"},
            key=f"cancel-{order_no}",
        )
        method = intent.content.get("payment_method")
        if isinstance(method, str):
            await self._detach(method)

    async def _detach(self, card_id: str) -> None:
        try:
            await self._client.call("post", f"/v1/payment_methods/{card_id}/detach")
        except ProviderRefused:
            return  # not attached (any more), which is what was wanted

    def _unknown(self, order_no: str) -> Report:
        return Report(
            channel=Channel.CARD,
            source=Source.QUERY,
            event_id=f"{Source.QUERY}:{order_no}:unknown",
            order_no=order_no,
            outcome=Outcome.UNKNOWN,
            merchant=self.merchant,
            app=self.app,
        )


def _session_content(order: Order, expires_at: int) -> dict[str, object]:
    """The parameters of the protocol page, section 5; equal for equal orders."""
    content: dict[str, object] = {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "wallet_options": {"link": {"display": "never"}},
        "client_reference_id": order.order_no,
        "metadata": {"order_no": order.order_no},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "cny",
                    "unit_amount": order.amount_fen,
                    "product_data": {"name": order.description},
                },
            }
        ],
        "payment_intent_data": {
            "capture_method": "manual",
            "metadata": {"order_no": order.order_no},
        },
        "payment_method_options": {
            "card": {
                "restrictions": {"brands_blocked": ["american_express"]},
                "request_three_d_secure": "automatic",
            }
        },
        "billing_address_collection": "required",
        "adaptive_pricing": {"enabled": False},
        "submit_type": "pay",
        "locale": LOCALES.get(order.language, "auto"),
        "expires_at": expires_at,
        "success_url": order.return_url,
        "cancel_url": order.return_url,
    }
    if order.customer is not None:
        content["customer"] = order.customer
        content["saved_payment_method_options"] = {
            "payment_method_save": "enabled",
            "allow_redisplay_filters": ["always"],
        }
    return content
