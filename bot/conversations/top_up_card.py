"""The living card of a top-up: what it shows in each state, and what its buttons do."""

from typing import assert_never

from bot.conversations import refusals
from bot.conversations.kernel import Go
from bot.conversations.model import (
    Button,
    CardMove,
    Event,
    Fields,
    Navigate,
    Open,
    Qr,
    Response,
    Screen,
    ShowCard,
    Style,
    Text,
    Toast,
)
from bot.conversations.refusals import reason_text
from core.app import Core
from core.channels import Channel, Form
from core.errors import ForgedMessage, IllegalStep, ProviderRefused, ProviderUnavailable
from core.ids import PersonId, TopUpId
from core.topup.model import LIVE, Mark, Payment, PaymentState, TopUpState, TopUpView

PREFIX = "topup:"
WITH_CODE = frozenset({Channel.WECHAT, Channel.QQ})


def subject_of(view: TopUpView) -> str:
    """The card's subject, as the outbox names it."""
    return f"{PREFIX}{view.top_up.top_up_id}"


def card_screen(view: TopUpView) -> Screen:
    """The card as it stands now."""
    payment = view.payment
    fields: Fields = {
        "account": view.top_up.account_name,
        "amount_fen": view.top_up.amount_fen,
        "channel": _channel(payment),
        "app": Text(f"app.{payment.channel}"),
        "reason": reason_text(payment.reason),
        "order_no": payment.order_no,
        "expires_at": payment.expires_at.isoformat(),
    }
    if payment.channel not in WITH_CODE:
        fields = {**fields, "hint": Text(f"hint.{payment.channel}")}
    key = _state_key(view)
    live = key in {"waiting", "on_phone", "link"}
    paid = key.startswith("paid")
    code = payment.qr_text or payment.order_no
    has_code = payment.channel in WITH_CODE
    image = Qr(text=code, void=not paid and key != "waiting", paid=paid) if has_code else None
    rows = _live_rows(view.pay_url) if live else _ended_rows(key)
    return Screen(text=Text(f"topup.card.{key}", fields), rows=rows, image=image)


def _state_key(view: TopUpView) -> str:
    payment, state = view.payment, view.top_up.state
    if payment.mark in {Mark.MISMATCH, Mark.CURRENCY}:
        return "in_review"
    if payment.state is PaymentState.PAID:
        return "paid_late" if payment.mark is Mark.LATE else "paid"
    match state:
        case TopUpState.FUNDED:
            return "paid"
        case TopUpState.CANCELLED:
            return "cancelled"
        case TopUpState.EXPIRED:
            return "expired"
        case TopUpState.OPEN:
            return _open_key(payment)
    assert_never(state)


def _open_key(payment: Payment) -> str:
    """The wish is open: how its order stands."""
    if payment.state not in LIVE:
        return "refused" if payment.reason else "closed"
    if payment.state is PaymentState.AUTHORISED:
        return "authorised"
    if payment.channel not in WITH_CODE:
        return "link"
    return "waiting" if payment.form is Form.QR and payment.qr_text else "on_phone"


def _live_rows(pay_url: str) -> tuple[tuple[Button, ...], ...]:
    pay = Button(label=Text("topup.pay"), action=Open(url=pay_url))
    paid = Button(
        label=Text("topup.i_have_paid"), action=CardMove(name="check"), style=Style.PRIMARY
    )
    change = Button(label=Text("topup.change_channel"), action=CardMove(name="change"))
    cancel = Button(label=Text("button.cancel"), action=CardMove(name="cancel"))
    return ((pay,), (paid,), (change, cancel))


def _channel(payment: Payment) -> Text:
    if payment.bank is None:
        return Text(f"channel.{payment.channel}")
    return Text("channel.bank", {"bank": Text(f"bank.{payment.bank}")})


def _ended_rows(key: str) -> tuple[tuple[Button, ...], ...]:
    if key == "authorised":
        return ()
    if key in {"refused", "closed"}:
        change = Button(label=Text("topup.change_channel"), action=CardMove(name="change"))
        cancel = Button(label=Text("button.cancel"), action=CardMove(name="cancel"))
        return ((change, cancel),)
    balance = Button(label=Text("command.balance"), action=Navigate(command="balance"))
    again = Button(label=Text("topup.once_more"), action=Navigate(command="topup"))
    return ((balance, again),)


class TopUpCards:
    """The buttons of top-up cards; rights are read again at every press."""

    def __init__(self, core: Core) -> None:
        self._topups = core.topups

    async def screen(self, subject: str, chat_id: int) -> Screen | None:
        """What the card in this chat shows now; raises like `TopUps.view`."""
        view = await self._topups.view(_top_up_id(subject), PersonId(chat_id))
        return card_screen(view)

    async def press(self, subject: str, move: str, event: Event) -> Response | Go:
        """One button of one card."""
        person_id, top_up_id = event.person.person_id, _top_up_id(subject)
        if move == "check":
            return await self._check(subject, top_up_id, person_id, event)
        if move == "cancel":
            return await self._cancel(subject, top_up_id, person_id, event)
        view = await self._topups.view(top_up_id, person_id)
        if move == "change" and view.top_up.state is TopUpState.OPEN:
            facts = {
                "account": view.top_up.account_id,
                "name": view.top_up.account_name,
                "amount_fen": view.top_up.amount_fen,
                "wish": top_up_id,
            }
            return Go(conversation="top_up", state="channel", facts=facts)
        return _redrawn(event, subject, view, Toast(text=Text("kernel.stale")))

    async def _check(
        self, subject: str, top_up_id: TopUpId, person_id: PersonId, event: Event
    ) -> Response:
        try:
            view = await self._topups.check(top_up_id, person_id)
        except (ProviderUnavailable, ProviderRefused, ForgedMessage) as error:
            view = await self._topups.view(top_up_id, person_id)
            return _redrawn(event, subject, view, Toast(text=refusals.text_of(error), alert=True))
        arrived = view.payment.state is PaymentState.PAID
        key = "topup.arrived" if arrived else "topup.not_yet"
        return _redrawn(event, subject, view, Toast(text=Text(key), alert=not arrived))

    async def _cancel(
        self, subject: str, top_up_id: TopUpId, person_id: PersonId, event: Event
    ) -> Response:
        try:
            view = await self._topups.cancel(top_up_id, person_id)
        except IllegalStep:
            view = await self._topups.view(top_up_id, person_id)
            return _redrawn(event, subject, view, Toast(text=Text("refused.too_late")))
        return _redrawn(event, subject, view, Toast(text=Text("topup.cancelled")))


def _redrawn(event: Event, subject: str, view: TopUpView, toast: Toast) -> Response:
    card = ShowCard(subject=subject, screen=card_screen(view))
    return Response(language=event.person.language, shows=(card,), toast=toast)


def _top_up_id(subject: str) -> TopUpId:
    return TopUpId(subject.removeprefix(PREFIX))
