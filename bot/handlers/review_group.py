"""The reviewers' group: presses on review cards by reviewers, and nothing else."""

from aiogram import Router
from aiogram.types import CallbackQuery, Update

from bot.conversations.kernel import CardDesk
from bot.conversations.model import CardPress, Event, Response, Text, Toast
from bot.handlers.filters import in_group
from bot.telegram import callback_data
from bot.telegram.events import Events
from bot.telegram.presenter import Presenter
from core.access.model import Person
from core.app import Core
from core.errors import Refusal


class ReviewGroup:
    """What is typed in the group is not read; decisions go on in private chats."""

    def __init__(
        self,
        core: Core,
        events: Events,
        desk: CardDesk,
        presenter: Presenter,
    ) -> None:
        self._events = events
        self._desk = desk
        self._presenter = presenter
        self._inbox = core.inbox
        self._reviews = core.reviews

    async def is_ours(self, query: CallbackQuery) -> bool:
        return query.message is not None and query.message.chat.id == await self._reviews.chat()

    async def on_press(self, query: CallbackQuery, event_update: Update) -> None:
        if query.message is None:
            return
        chat_id, person = query.message.chat.id, await self._events.person(query.from_user)
        response = await self._press(query, chat_id, person, f"update:{event_update.update_id}")
        await self._presenter.present(chat_id, response, callback_query_id=query.id)

    async def _press(
        self, query: CallbackQuery, chat_id: int, person: Person, key: str
    ) -> Response:
        heard = callback_data.read(query.data or "")
        found = (
            await self._inbox.card_by_reference(heard.reference)
            if isinstance(heard, CardPress)
            else None
        )
        if not isinstance(heard, CardPress) or found is None or found.chat_id != chat_id:
            return _alert(person, "kernel.stale")
        event = Event(key=key, chat_id=chat_id, person=person, heard=heard)
        try:
            answer = await self._desk.press(found.subject, heard.move, event)
        except Refusal:
            return _alert(person, "review.only_reviewers")
        return answer if isinstance(answer, Response) else _alert(person, "review.in_private")


def _alert(person: Person, key: str) -> Response:
    return Response(language=person.language, toast=Toast(text=Text(key), alert=True))


def review_group_router(group: ReviewGroup) -> Router:
    router = Router(name="review_group")
    router.callback_query.register(group.on_press, in_group, group.is_ours)
    return router
