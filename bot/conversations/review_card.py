"""A review card: what was declared, what is odd about it, who has it, and what may be decided."""

from bot.conversations.kernel import Go
from bot.conversations.model import (
    Button,
    CardMove,
    Event,
    Picture,
    Response,
    Screen,
    ShowCard,
    Style,
    Text,
    Toast,
)
from bot.conversations.review_text import card_text, expected_fen, outcome_text
from core.app import Core
from core.errors import ReceiptLost
from core.ids import PersonId
from core.remittance.model import WAITING, RemittanceState
from core.reviews.model import Outcome, Reviewed, ReviewView

PREFIX = "review:"
DECISIONS = ("approve", "differ", "reject", "ask")
STYLES = {"approve": Style.SUCCESS, "reject": Style.DANGER, "claim": Style.PRIMARY}


def subject_of(view: ReviewView) -> str:
    return f"{PREFIX}{view.remittance.remittance_id}"


def possible(view: ReviewView, person_id: PersonId | None) -> tuple[tuple[str, ...], ...]:
    """The acts this person has at this moment, in rows; `None` is the reviewers' group."""
    found = view.remittance
    if found.state is RemittanceState.NEEDS_INFO and found.asked_by == person_id:
        return (("ask",),)
    if found.state not in WAITING:
        return ()
    if view.holder is None:
        first = view.first
        if first is not None and first.person_id == person_id:
            return ()
        came_back = person_id is not None and found.asked_by == person_id
        return (("claim",), *((DECISIONS[:2], DECISIONS[2:]) if came_back else ()))
    if view.holder == person_id:
        return (DECISIONS[:2], DECISIONS[2:], ("release",))
    return ()


def buttons_of(view: ReviewView, person_id: PersonId | None) -> tuple[tuple[Button, ...], ...]:
    return tuple(
        tuple(
            Button(
                label=Text(f"review.{name}"),
                action=CardMove(name=name),
                style=STYLES.get(name, Style.PLAIN),
            )
            for name in row
        )
        for row in possible(view, person_id)
    )


class ReviewCards:
    """Review cards in the group and in private chats; every press is checked in the core."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def screen(self, subject: str, chat_id: int) -> Screen | None:
        """What the card shows in this chat; a group sees no buttons but the claim."""
        if chat_id < 0:
            return await self._drawn(await self._core.reviews.view_in_group(_id(subject)), None)
        person_id = PersonId(chat_id)
        return await self._drawn(await self._core.reviews.view(_id(subject), person_id), person_id)

    async def _drawn(self, view: ReviewView, person_id: PersonId | None) -> Screen:
        details = Button(label=Text("review.details"), action=CardMove(name="details"))
        rows = buttons_of(view, person_id)
        if rows and person_id is not None:
            rows = (*rows, (details,))
        return Screen(text=card_text(view), rows=rows, image=await self._picture(view))

    async def _picture(self, view: ReviewView) -> Picture | None:
        """The first receipt; a card without its picture is better than none."""
        if not view.files:
            return None
        try:
            content = await self._core.remittances.preview(view.files[0].sha256)
        except ReceiptLost:
            return None
        return Picture(content=content, name="receipt.jpg")

    async def press(self, subject: str, move: str, event: Event) -> Response | Go:
        remittance_id, person_id = _id(subject), event.person.person_id
        if move == "claim":
            return await self._claimed(subject, event)
        if move == "release":
            reviewed = await self._core.reviews.release(remittance_id, person_id)
            return await self._answer(subject, event, reviewed)
        if event.chat_id < 0:
            return Response(language=event.person.language, toast=_toast("review.in_private"))
        if move == "details":
            await self._core.reviews.view(remittance_id, person_id)
            return Go(conversation="review", state="one", facts={"remittance": remittance_id})
        if move in DECISIONS:
            return await self._decide(subject, move, event)
        return Response(language=event.person.language, toast=_toast("kernel.stale"))

    async def _claimed(self, subject: str, event: Event) -> Response:
        """In the group, the card follows into the private chat, where it is decided."""
        person_id = event.person.person_id
        reviewed = await self._core.reviews.claim(_id(subject), person_id)
        if event.chat_id < 0 and reviewed.outcome is Outcome.DONE:
            await self._core.reviews.bring(_id(subject), person_id)
            return await self._answer(subject, event, reviewed, said="review.go_to_private")
        return await self._answer(subject, event, reviewed)

    async def _decide(self, subject: str, move: str, event: Event) -> Response | Go:
        """Claim anew, and ask for what the decision needs."""
        remittance_id, person_id = _id(subject), event.person.person_id
        facts: dict[str, object] = {"remittance": remittance_id}
        asks_again = move == "ask" and await self._has_asked(remittance_id, person_id)
        if not asks_again:
            reviewed = await self._core.reviews.claim(remittance_id, person_id)
            if reviewed.outcome is not Outcome.DONE:
                return await self._answer(subject, event, reviewed)
            if move == "approve":  # what is confirmed is what was shown
                facts["fen"] = expected_fen(reviewed.view)
        return Go(conversation="review", state=move, facts=facts)

    async def _has_asked(self, remittance_id: str, person_id: PersonId) -> bool:
        found = (await self._core.reviews.view(remittance_id, person_id)).remittance
        return found.state is RemittanceState.NEEDS_INFO and found.asked_by == person_id

    async def _answer(
        self, subject: str, event: Event, reviewed: Reviewed, said: str | None = None
    ) -> Response:
        viewer = event.person.person_id if event.chat_id > 0 else None
        card = ShowCard(subject=subject, screen=await self._drawn(reviewed.view, viewer))
        text = Text(said) if said else outcome_text(reviewed)
        alert = reviewed.outcome is not Outcome.DONE
        toast = Toast(text=text, alert=alert)
        return Response(language=event.person.language, shows=(card,), toast=toast)


def _toast(key: str) -> Toast:
    return Toast(text=Text(key), alert=True)


def _id(subject: str) -> str:
    return subject.removeprefix(PREFIX)
