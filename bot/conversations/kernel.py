"""The conversation kernel: what every conversation needs and none should write again.

It loads a chat's place, ignores what it heard before, finds the move in the conversation's table,
runs it, says known refusals in place, and returns the response with the new place. The place is
saved after the response was shown: a crash in between runs the event again, which the use cases
make harmless, and never loses what it showed.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from bot.conversations import refusals
from bot.conversations.model import (
    CARD_NUMBER,
    Attachment,
    CardPress,
    Command,
    Event,
    Other,
    Press,
    Response,
    Said,
    Say,
    Screen,
    ShowCard,
    ShowFile,
    Text,
    Toast,
)
from bot.conversations.standing import (
    Facts,
    back_to,
    interrupted,
    noted,
    placed,
    shown_at,
    standing,
    written,
)
from core.app import Core
from core.codes.model import TypedCode
from core.errors import NotAllowed, NotLinked, ProviderError, Refusal, StepUpNeeded
from core.inbox.model import Place

NOT_YOURS = Text("kernel.not_yours")
TYPED = "typed"  # the move a typed text makes, where a state takes one
SENT = "sent"  # likewise of a picture or a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """A move's answer: the state to stand in, what it keeps, and what to say on the way.

    `conversation` is named when the move leads into another one. `note` stands above the screen,
    `also` comes below it as messages of their own.
    """

    state: str
    facts: Facts
    conversation: str | None = None
    also: tuple[ShowCard | Say | ShowFile, ...] = ()
    toast: Toast | None = None
    note: Text | None = None
    language: str | None = None  # the language just chosen
    forget: bool = False  # the message that led here goes from the chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a move gets: who did what, and what the place kept."""

    event: Event
    facts: Facts
    argument: str = ""

    @property
    def attachment(self) -> Attachment | None:
        """The picture or file that was sent, if that was it."""
        heard = self.event.heard
        return heard if isinstance(heard, Attachment) else None

    def fact(self, name: str) -> str:
        """A kept value as text, empty when there is none."""
        return str(self.facts.get(name, ""))

    def number(self, name: str) -> int:
        """A kept whole number."""
        return int(str(self.facts[name]))


MoveMethod = Callable[[Step], Awaitable[Go]]
ShowMethod = Callable[[Step], Awaitable[Screen]]
HeardAnywhere = Callable[[Step], Awaitable[Go | None]]  # None: the text means nothing to it


class Conversation(Protocol):
    """A conversation: its name, how it is entered, its table of moves and its screens."""

    name: str
    moves: Mapping[tuple[str, str], MoveMethod]
    screens: Mapping[str, ShowMethod]
    hints: Mapping[str, Text]


class CardDesk(Protocol):
    """What the buttons of living cards do."""

    async def press(self, subject: str, move: str, event: Event) -> Response | Go: ...

    async def screen(self, subject: str, chat_id: int) -> Screen | None: ...


class Dialogue:
    """Hears events of private chats, one at a time per chat, and answers each."""

    def __init__(
        self,
        core: Core,
        conversations: tuple[Conversation, ...],
        commands: Mapping[str, tuple[str, str]],
        cards: CardDesk,
        *,
        attachments: tuple[str, str] | None = None,
        anywhere: tuple[HeardAnywhere, ...] = (),
        codes: tuple[str, str] | None = None,
    ) -> None:
        """`attachments` is the conversation and its move for what a state itself does not take.

        `codes` is the same for a top-up code, which is taken wherever it is said. `anywhere` are
        asked in turn about a typed text, before the present state is.
        """
        self._core = core
        self._attachments = attachments
        self._anywhere = anywhere
        self._codes = codes
        self._by_name = {item.name: item for item in conversations}
        self._commands = commands
        self._cards = cards

    async def handle(self, event: Event) -> Response:
        """Act on one event; one that was settled before leads to nothing."""
        place = standing(await self._core.inbox.place(event.chat_id))
        if place is not None and place.last_event == event.key:
            return Response(language=event.person.language)
        if (hushed := await self._hushed(event, place)) is not None:
            return hushed
        heard = event.heard
        if isinstance(heard, Command):
            return await self._command(event, place, heard)
        if isinstance(heard, CardPress):
            return await self._card(event, place, heard)
        if isinstance(heard, Attachment):
            return await self._attached(event, place)
        if isinstance(heard, Said) and (meant := await self._meant(event, place, heard)):
            return meant
        if place is None:
            return await self._enter(event, place, "menu", "start", "")
        return await self._here(event, place)

    async def _hushed(self, event: Event, place: Place | None) -> Response | None:
        """What must not stay in the chat, wherever it is said."""
        heard = event.heard
        if isinstance(heard, Other) and heard.what == CARD_NUMBER:
            return await self._card_number(event, place)
        if self._codes is not None and (code := self._core.codes.found_in(written(heard))):
            return await self._code(event, place, self._codes, code)
        return None

    async def _meant(self, event: Event, place: Place | None, heard: Said) -> Response | None:
        """What the text means wherever it is typed, if it means anything there."""
        step = Step(event=event, facts={}, argument=heard.text)
        try:
            for listener in self._anywhere:
                if (go := await listener(step)) is not None:
                    return await self._arrive(event, place, self._by_name["menu"], go)
        except Refusal as error:
            return await self._refused(event, place, error)
        return None

    async def _here(self, event: Event, place: Place) -> Response:
        """What means something only where the chat stands."""
        heard = event.heard
        if isinstance(heard, Press):
            return await self._press(event, place, heard)
        if isinstance(heard, Said):
            return await self._said(event, place, heard)
        return await self._not_understood(event, place, heard)

    # --- the kinds of events ------------------------------------------------------------------

    async def _command(self, event: Event, place: Place | None, heard: Command) -> Response:
        conversation, move = self._commands.get(heard.name, ("menu", "unknown"))
        return await self._enter(event, place, conversation, move, heard.argument)

    async def _enter(
        self, event: Event, place: Place | None, conversation: str, move: str, argument: str
    ) -> Response:
        step = Step(event=event, facts={}, argument=argument)
        return await self._run(event, place, self._by_name[conversation], ("", move), step)

    async def _press(self, event: Event, place: Place, heard: Press) -> Response:
        meaning = place.screen.get(heard.reference)
        if heard.version != place.version or not isinstance(meaning, list):
            return await self._show(event, place, toast=Toast(text=Text("kernel.stale")))
        conversation = self._by_name[place.conversation]
        step = Step(event=event, facts=place.facts, argument=str(meaning[1]))
        return await self._run(event, place, conversation, (place.state, str(meaning[0])), step)

    async def _said(self, event: Event, place: Place, heard: Said) -> Response:
        """Where the chat stands, else where it was before something came in between."""
        conversation = self._by_name[place.conversation]
        if (place.state, TYPED) not in conversation.moves:
            if (before := interrupted(place)) is not None:
                return await self._said(event, before, heard)
            return await self._not_understood(event, place, heard)
        step = Step(event=event, facts=place.facts, argument=heard.text)
        return await self._run(event, place, conversation, (place.state, TYPED), step)

    async def _attached(self, event: Event, place: Place | None) -> Response:
        """Where the present state takes it, else where attachments go from anywhere."""
        if place is not None:
            conversation = self._by_name[place.conversation]
            if (place.state, SENT) in conversation.moves:
                step = Step(event=event, facts=place.facts)
                return await self._run(event, place, conversation, (place.state, SENT), step)
        if self._attachments is not None:
            name, move = self._attachments
            step = Step(event=event, facts=back_to(place, name))
            return await self._run(event, place, self._by_name[name], ("", move), step)
        if place is None:
            return await self._enter(event, place, "menu", "start", "")
        return await self._not_understood(event, place, event.heard)

    async def _not_understood(self, event: Event, place: Place, heard: object) -> Response:
        if isinstance(heard, Other) and heard.what == "button":
            return await self._show(event, place, toast=Toast(text=Text("kernel.stale")))
        hints = self._by_name[place.conversation].hints
        hint = hints.get(place.state, Text("kernel.not_understood"))
        return await self._show(event, place, note=hint)

    async def _card_number(self, event: Event, place: Place | None) -> Response:
        """A card's number was typed: it goes from the chat, and the person hears why."""
        warning = Text("kernel.card_number")
        if place is None:
            go = Go(state="home", facts={}, note=warning)
            shown = await self._arrive(event, place, self._by_name["menu"], go)
        else:
            shown = await self._show(event, place, note=warning)
        return replace(shown, forget=event.said_in)

    async def _code(
        self, event: Event, place: Place | None, target: tuple[str, str], code: TypedCode
    ) -> Response:
        """A top-up code was said somewhere: it goes from the chat, and can be redeemed."""
        conversation, move = target
        facts = {"digests": list(code.digests), "tail": code.tail, **back_to(place, conversation)}
        step = Step(event=event, facts=facts)
        shown = await self._run(event, place, self._by_name[conversation], ("", move), step)
        return replace(shown, forget=event.said_in)

    async def _card(self, event: Event, place: Place | None, heard: CardPress) -> Response:
        card = await self._core.inbox.card_by_reference(heard.reference)
        if card is None or card.chat_id != event.chat_id:
            return await self._lost_card(event, place)
        try:
            answer = await self._cards.press(card.subject, heard.move, event)
            if isinstance(answer, Response):
                return answer
            return await self._arrive(event, place, self._by_name["menu"], answer)
        except (NotLinked, NotAllowed):
            return await self._lost_card(event, place)
        except StepUpNeeded:
            return await self._prove(event, place)
        except (Refusal, ProviderError) as error:
            return await self._lost_card(event, place, refusals.text_of(error))

    async def _lost_card(
        self, event: Event, place: Place | None, why: Text = NOT_YOURS
    ) -> Response:
        """Say why nothing came of a press on a card, and where the chat stands."""
        if place is None:
            return await self._enter(event, place, "menu", "start", "")
        shown = await self._show(event, place)
        return replace(shown, toast=Toast(text=why, alert=True))

    # --- running a move -----------------------------------------------------------------------

    async def _run(
        self,
        event: Event,
        place: Place | None,
        conversation: Conversation,
        key: tuple[str, str],
        step: Step,
    ) -> Response:
        method = conversation.moves.get(key)
        if method is None:
            if place is None:
                return await self._enter(event, place, "menu", "start", "")
            return await self._show(event, place, toast=Toast(text=Text("kernel.stale")))
        try:
            go = await method(step)
            return await self._arrive(event, place, conversation, go)
        except (NotLinked, NotAllowed) as error:
            return await self._turned_away(event, place, error)
        except StepUpNeeded:
            return await self._prove(event, place)
        except (Refusal, ProviderError) as error:
            return await self._refused(event, place, error)

    async def _prove(self, event: Event, place: Place | None) -> Response:
        """Ask for a code of the authenticator app, and come back here after it."""
        back = (
            ("menu", "home", {})
            if place is None
            else (place.conversation, place.state, dict(place.facts))
        )
        facts = dict(zip(("conversation", "state", "facts"), back, strict=True))
        go = Go(conversation="security", state="ask", facts=facts)
        return await self._arrive(event, place, self._by_name["menu"], go)

    async def _arrive(
        self, event: Event, place: Place | None, conversation: Conversation, go: Go
    ) -> Response:
        """Stand in the new place and show it."""
        target = self._by_name[go.conversation] if go.conversation else conversation
        step = Step(event=event, facts=go.facts)
        screen = noted(await target.screens[go.state](step), go.note)
        stands = placed(event, place, target.name, go.state, go.facts, screen)
        shows = (shown_at(event, place, stands, screen), *go.also)
        language = go.language or event.person.language
        forget = event.said_in if go.forget else None
        return Response(
            language=language, shows=shows, toast=go.toast, place=stands, forget=forget
        )

    async def _show(
        self,
        event: Event,
        place: Place,
        *,
        note: Text | None = None,
        toast: Toast | None = None,
    ) -> Response:
        """Draw the present screen again; nothing has happened."""
        conversation = self._by_name[place.conversation]
        step = Step(event=event, facts=place.facts)
        try:
            screen = noted(await conversation.screens[place.state](step), note)
        except (NotLinked, NotAllowed) as error:
            return await self._turned_away(event, place, error)
        except Refusal as error:
            go = Go(state="home", facts={}, note=note or refusals.text_of(error), toast=toast)
            return await self._arrive(event, place, self._by_name["menu"], go)
        stands = placed(event, place, place.conversation, place.state, place.facts, screen)
        shown = shown_at(event, place, stands, screen)
        return Response(language=event.person.language, shows=(shown,), toast=toast, place=stands)

    async def _turned_away(
        self, event: Event, place: Place | None, error: NotLinked | NotAllowed
    ) -> Response:
        """Rights are gone or were never there: the conversation is cleared."""
        go = Go(state=error.code, facts={})
        return await self._arrive(event, place, self._by_name["menu"], go)

    async def _refused(
        self, event: Event, place: Place | None, error: Refusal | ProviderError
    ) -> Response:
        """Say why, and stay where we are."""
        note = refusals.text_of(error)
        if place is None:
            go = Go(state="home", facts={}, note=note)
            return await self._arrive(event, place, self._by_name["menu"], go)
        return await self._show(event, place, note=note)
