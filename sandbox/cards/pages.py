"""The hosted page where a payer types a card, and the few calls that page makes."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.cards.checkout import Attempt
from sandbox.cards.control_views import card_on_page
from sandbox.cards.errors import StripeError, invalid, missing
from sandbox.cards.model import Billing, Customer, Intent, PaymentMethod, Session, SessionStatus
from sandbox.cards.play_cards import Entry
from sandbox.cards.provider import Stripe
from sandbox.cards.views import Json

_STATIC = Path(__file__).parent.parent / "static"
_PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
_LONGEST_TEXT = 200


class Pages:
    """Nothing of what is typed here is recorded or kept, but what a `Card` holds."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    def routes(self, prefix: str) -> list[Route]:
        page = f"{prefix}/pay/{{secret}}"
        table: list[tuple[str, str, Callable[[Session, Json], Awaitable[Json]]]] = [
            ("GET", "state", self.state),
            ("POST", "confirm", self.confirm),
            ("POST", "authenticate", self.authenticate),
            ("POST", "remove", self.remove),
        ]
        calls = [
            Route(f"{page}/{name}", self._safe(work), methods=[method])
            for method, name, work in table
        ]
        return [Route(page, self.page, methods=["GET"]), *calls]

    async def page(self, request: Request) -> Response:
        if self._stripe.session_behind(request.path_params["secret"]) is None:
            return FileResponse(_STATIC / "pay_gone.html", status_code=404)
        return FileResponse(_STATIC / "checkout.html")

    async def state(self, session: Session, _wanted: Json) -> Json:
        offer = session.offer
        customer = self._customer(session)
        is_complete = session.status is SessionStatus.COMPLETE
        success_url = offer.success_url.replace(_PLACEHOLDER, session.id)
        return {
            "merchant": self._stripe.merchant_name,
            "description": offer.description,
            "amount": offer.amount,
            "currency": offer.currency,
            "locale": offer.locale,
            "status": session.status.value,
            "is_waiting": session.waiting is not None,
            "can_save": offer.can_save,
            "can_remove": offer.can_remove,
            "saved_cards": [
                card_on_page(method) for method in self._stripe.checkout.offered_cards(session)
            ],
            "email": customer.email if customer else None,
            "needs_country": offer.billing_address_collection == "required",
            "cancel_url": offer.cancel_url,
            "success_url": success_url if is_complete else None,
        }

    async def confirm(self, session: Session, wanted: Json) -> Json:
        attempt = self._read_attempt(session, wanted)
        try:
            intent = self._stripe.checkout.attempt(session, attempt)
        finally:
            await self._stripe.tell_now()
        return await self._outcome(session, intent)

    async def authenticate(self, session: Session, wanted: Json) -> Json:
        try:
            intent = self._stripe.checkout.authenticate(
                session, agreed=wanted.get("agreed") is True
            )
        finally:
            await self._stripe.tell_now()
        return await self._outcome(session, intent)

    async def remove(self, session: Session, wanted: Json) -> Json:
        if not session.offer.can_remove:
            raise invalid("Saved cards cannot be removed on this page.")
        method = self._saved_card(session, _text(wanted, "payment_method"))
        self._stripe.wallet.detach(method.id)
        await self._stripe.tell_now()
        return await self.state(session, {})

    async def _outcome(self, session: Session, intent: Intent) -> Json:
        return {"payment_status": intent.status.value, **await self.state(session, {})}

    def _read_attempt(self, session: Session, wanted: Json) -> Attempt:
        if wanted.get("payment_method"):
            card = self._saved_card(session, _text(wanted, "payment_method"))
            return Attempt(card=card, billing=card.billing)
        customer = self._customer(session)
        billing = Billing(
            name=_text(wanted, "name"),
            email=(customer and customer.email) or _text(wanted, "email"),
            country=_text(wanted, "country").upper(),
        )
        _check_billing(session, billing)
        month, year = _expiry(_text(wanted, "expiry"))
        entry = Entry(
            number=_text(wanted, "number").replace(" ", ""),
            exp_month=month,
            exp_year=year,
            cvc=_text(wanted, "cvc"),
        )
        return Attempt(card=entry, billing=billing, save=wanted.get("save") is True)

    def _saved_card(self, session: Session, identifier: str) -> PaymentMethod:
        for method in self._stripe.checkout.offered_cards(session):
            if method.id == identifier:
                return method
        raise missing("payment_method", identifier, param="payment_method")

    def _customer(self, session: Session) -> Customer | None:
        identifier = session.offer.customer
        return self._stripe.account.get(Customer, identifier) if identifier else None

    def _safe(
        self, work: Callable[[Session, Json], Awaitable[Json]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                self._stripe.tick()
                self._stripe.tell_soon()
                session = self._stripe.session_behind(request.path_params["secret"])
                if session is None:
                    raise missing("checkout.session", "", param="secret")
                return JSONResponse(await work(session, await _read(request)))
            except StripeError as error:
                code = error.decline_code or error.code or error.kind
                refusal = {"code": code, "message": error.message, "param": error.param}
                return JSONResponse(refusal, error.status)

        return answer


async def _read(request: Request) -> Json:
    body = await request.body()
    try:
        value = json.loads(body) if body else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise invalid("The body is a JSON object.")
    return value


def _text(wanted: Json, name: str) -> str:
    value = wanted.get(name, "")
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise invalid(f"{name} is a text of at most {_LONGEST_TEXT} characters", name)
    return value.strip()


def _check_billing(session: Session, billing: Billing) -> None:
    if not billing.name:
        raise invalid("The name on the card is missing.", "name", "name_missing")
    if "@" not in billing.email:
        raise invalid("The email address is incomplete.", "email", "email_invalid")
    is_needed = session.offer.billing_address_collection == "required"
    if is_needed and not (len(billing.country) == 2 and billing.country.isalpha()):
        raise invalid("The country is missing.", "country", "country_missing")


def _expiry(text: str) -> tuple[int, int]:
    """Month and year of `12/34`; what cannot be read is a month that no card has."""
    month, _, year = text.replace(" ", "").partition("/")
    return (int(month), int(year)) if month.isdecimal() and year.isdecimal() else (0, 0)
