"""The living card of a request to pay, with finance people: pay or decline in one tap."""

from bot.conversations.kernel import Go
from bot.conversations.model import (
    Button,
    CardMove,
    Event,
    Fields,
    Response,
    Screen,
    ShowCard,
    Style,
    Text,
    Toast,
)
from core.app import Core
from core.errors import IllegalStep
from core.ids import PersonId
from core.requests.model import PayRequest, RequestState

PREFIX = "request:"


def card_screen(request: PayRequest) -> Screen:
    """The card as it stands now."""
    fields: Fields = {
        "account": request.account.name,
        "name": request.person_name,
        "amount_fen": request.amount_fen,
        "reason": request.reason,
        "expires_at": request.expires_at.isoformat(),
        "by": request.ended_by_name,
    }
    text = Text(f"request.card_{request.state}", fields)
    if request.state is not RequestState.OPEN:
        return Screen(text=text)
    pay = Button(label=Text("request.pay"), action=CardMove(name="pay"), style=Style.PRIMARY)
    decline = Button(label=Text("request.decline"), action=CardMove(name="decline"))
    return Screen(text=text, rows=((pay, decline),))


class RequestCards:
    """The buttons of request cards; rights are read again at every press."""

    def __init__(self, core: Core) -> None:
        self._requests = core.requests

    async def screen(self, subject: str, chat_id: int) -> Screen | None:
        """What the card in this chat shows now; raises like `Requests.view`."""
        return card_screen(await self._requests.view(_request_id(subject), PersonId(chat_id)))

    async def press(self, subject: str, move: str, event: Event) -> Response | Go:
        request_id, person_id = _request_id(subject), event.person.person_id
        try:
            if move == "pay":
                return await self._pay(request_id, person_id)
            if move == "decline":
                declined = await self._requests.decline(request_id, person_id)
                return _redrawn(event, subject, declined, Text("request.declined"))
        except IllegalStep:
            found = await self._requests.view(request_id, person_id)
            return _redrawn(event, subject, found, Text("refused.too_late"))
        found = await self._requests.view(request_id, person_id)
        return _redrawn(event, subject, found, Text("kernel.stale"))

    async def _pay(self, request_id: str, person_id: PersonId) -> Go:
        """Into the choice of a channel, with the request's amount, on its account."""
        found, wish = await self._requests.begin(request_id, person_id)
        facts = {
            "account": found.account.account_id,
            "name": found.account.name,
            "amount_fen": found.amount_fen,
            "wish": wish,
        }
        return Go(conversation="top_up", state="channel", facts=facts)


def _redrawn(event: Event, subject: str, request: PayRequest, toast: Text) -> Response:
    card = ShowCard(subject=subject, screen=card_screen(request))
    return Response(language=event.person.language, shows=(card,), toast=Toast(text=toast))


def _request_id(subject: str) -> str:
    return subject.removeprefix(PREFIX)
