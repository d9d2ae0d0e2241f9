"""The reviewers' desk in a private chat: the queue, one case, and each decision's questions."""

from collections.abc import Mapping
from functools import partial

from bot.conversations import review_screens as screens
from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Screen, ShowFile, Text
from bot.conversations.review_card import DECISIONS
from bot.conversations.review_text import expected_fen, outcome_text
from core import money
from core.app import Core
from core.errors import AmountRefused, InvalidRequest, NotFound
from core.ids import PersonId
from core.remittance.model import LONGEST_TEXT, RejectCode, RemittanceState
from core.reviews.model import Outcome, Reviewed, ReviewView

QUESTIONS = ("approve", "differ", "reason", "reject", "reject_text", "ask", "reverse")


class ReviewConversation:
    """Entered by /queue or from a card. The core decides who may, at every step."""

    name = "review"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("queue", "open"): self.open,
            ("queue", "page"): self.page,
            ("queue", TYPED): self.find,
            ("one", "claim"): self.claim,
            ("one", "release"): self.release,
            **{("one", name): partial(self.decide, name) for name in DECISIONS},
            ("one", "undo"): self.undo,
            ("one", "reverse"): self.ask_reverse,
            ("one", "reverse_yes"): partial(self.end_reversal, confirmed=True),
            ("one", "reverse_no"): partial(self.end_reversal, confirmed=False),
            ("one", "files"): self.files,
            ("one", "next"): self.next,
            ("one", "queue"): self.enter,
            ("approve", "confirm"): self.approve,
            ("approve", TYPED): self.typed_amount,
            ("differ", TYPED): self.typed_amount,
            ("reason", TYPED): self.typed_reason,
            ("differ_confirm", "confirm"): self.approve,
            ("reject", "code"): self.choose_code,
            ("reject", TYPED): self.typed_without_code,
            ("reject_text", TYPED): self.typed_rejection,
            ("reject_text", "skip"): self.typed_rejection,
            ("reject_confirm", "confirm"): self.reject,
            ("ask", TYPED): self.ask,
            ("reverse", TYPED): self.typed_reversal,
            ("reverse_confirm", "confirm"): self.reverse,
            **{(name, "back"): self.back for name in (*QUESTIONS, *_CONFIRMING)},
        }
        self.screens: Mapping[str, ShowMethod] = {
            "queue": self.show_queue,
            "one": self.show_one,
            **{name: partial(self.show_question, name) for name in (*QUESTIONS, *_CONFIRMING)},
        }
        self.hints: Mapping[str, Text] = {}

    # --- the queue ----------------------------------------------------------------------------

    async def enter(self, _step: Step) -> Go:
        return Go(state="queue", facts={"page": 0})

    async def page(self, step: Step) -> Go:
        return Go(state="queue", facts={"page": int(step.argument)})

    async def open(self, step: Step) -> Go:
        return Go(state="one", facts={"remittance": step.argument})

    async def find(self, step: Step) -> Go:
        """A typed reference, to look at what is decided too."""
        reference = step.argument.strip().upper()
        try:
            view = await self._core.reviews.find(reference, step.event.person.person_id)
        except NotFound:
            note = Text("review.not_found", {"reference": reference[:24]})
            return Go(state="queue", facts=step.facts, note=note)
        return Go(state="one", facts={"remittance": view.remittance.remittance_id})

    async def next(self, step: Step) -> Go:
        """The oldest due that nobody has in work."""
        found, _ = await self._core.reviews.queue(step.event.person.person_id)
        free = [
            item.remittance.remittance_id
            for item in found
            if item.holder is None and item.remittance.remittance_id != step.fact("remittance")
        ]
        return Go(state="one", facts={"remittance": free[0]}) if free else await self.enter(step)

    # --- one case -----------------------------------------------------------------------------

    async def claim(self, step: Step) -> Go:
        return self._done(step, await self._core.reviews.claim(*_who(step)))

    async def release(self, step: Step) -> Go:
        await self._core.reviews.release(*_who(step))
        return await self.enter(step)

    async def decide(self, name: str, step: Step) -> Go:
        view = await self._view(step)
        facts: dict[str, object] = {"remittance": step.fact("remittance")}
        asked = view.remittance.asked_by == step.event.person.person_id
        if name == "ask" and asked and view.remittance.state is RemittanceState.NEEDS_INFO:
            return Go(state="ask", facts=facts)
        reviewed = await self._core.reviews.claim(*_who(step))
        if reviewed.outcome is not Outcome.DONE:
            return self._done(step, reviewed)
        if name == "approve":  # what is confirmed is what was shown
            facts["fen"] = expected_fen(reviewed.view)
        return Go(state=name, facts=facts)

    async def back(self, step: Step) -> Go:
        return Go(state="one", facts={"remittance": step.fact("remittance")})

    async def files(self, step: Step) -> Go:
        """The receipts as they were sent."""
        view = await self._view(step)
        sent = [
            ShowFile(
                name=screens.file_name(view, number),
                content=await self._core.remittances.original(file.sha256),
            )
            for number, file in enumerate(view.files, start=1)
        ]
        return Go(state="one", facts=step.facts, also=tuple(sent))

    # --- approving ----------------------------------------------------------------------------

    async def typed_amount(self, step: Step) -> Go:
        """Another sum needs a reason; the expected one only a confirmation."""
        view = await self._view(step)
        try:
            fen = money.read_amount(step.argument)
        except AmountRefused:
            state = "approve" if step.facts.get("at") == "approve" else "differ"
            return Go(state=state, facts=step.facts, note=Text("remit.refused_amount"))
        facts = {"remittance": step.fact("remittance"), "fen": fen}
        if fen == view.remittance.declared.amount_fen:
            return Go(state="approve", facts=facts)
        if view.first is not None and fen == view.first.received_fen:
            return Go(state="differ_confirm", facts={**facts, "text": view.first.reason or ""})
        return Go(state="reason", facts=facts)

    async def typed_reason(self, step: Step) -> Go:
        if not _fits(step.argument):
            return _too_long("reason", step)
        return Go(state="differ_confirm", facts={**step.facts, "text": step.argument})

    async def approve(self, step: Step) -> Go:
        view = await self._view(step)
        fen = int(str(step.facts.get("fen") or expected_fen(view)))
        text = step.fact("text") or screens.first_reason(view)
        reason = text if fen != view.remittance.declared.amount_fen else None
        reviewed = await self._core.reviews.approve(
            *_who(step), fen, reason, line_id=int(step.argument)
        )
        return self._done(step, reviewed)

    # --- rejecting and asking -----------------------------------------------------------------

    async def choose_code(self, step: Step) -> Go:
        code = RejectCode(step.argument).value
        return Go(state="reject_text", facts={**step.facts, "code": code})

    async def typed_without_code(self, step: Step) -> Go:
        """A reason typed at once stands for itself."""
        if not _fits(step.argument):
            return _too_long("reject", step)
        facts = {**step.facts, "code": RejectCode.OTHER.value, "text": step.argument}
        return Go(state="reject_confirm", facts=facts)

    async def typed_rejection(self, step: Step) -> Go:
        if not _fits(step.argument):
            return _too_long("reject_text", step)
        return Go(state="reject_confirm", facts={**step.facts, "text": step.argument})

    async def reject(self, step: Step) -> Go:
        code = RejectCode(step.fact("code"))
        reviewed = await self._core.reviews.reject(*_who(step), code, step.fact("text"))
        return self._done(step, reviewed)

    async def ask(self, step: Step) -> Go:
        try:
            reviewed = await self._core.reviews.ask(*_who(step), step.argument)
        except InvalidRequest:
            return Go(state="ask", facts=step.facts, note=Text("remit.refused_note"))
        return self._done(step, reviewed)

    # --- after a decision ---------------------------------------------------------------------

    async def undo(self, step: Step) -> Go:
        return self._done(step, await self._core.reviews.undo(*_who(step)))

    async def ask_reverse(self, step: Step) -> Go:
        return Go(state="reverse", facts={"remittance": step.fact("remittance")})

    async def typed_reversal(self, step: Step) -> Go:
        if not _fits(step.argument):
            return _too_long("reverse", step)
        return Go(state="reverse_confirm", facts={**step.facts, "text": step.argument})

    async def reverse(self, step: Step) -> Go:
        await self._core.reviews.ask_reversal(*_who(step), step.fact("text"))
        facts = {"remittance": step.fact("remittance")}
        return Go(state="one", facts=facts, note=Text("review.reversal_asked"))

    async def end_reversal(self, step: Step, *, confirmed: bool) -> Go:
        reviewed = await self._core.reviews.end_reversal(*_who(step), confirmed=confirmed)
        return self._done(step, reviewed)

    def _done(self, step: Step, reviewed: Reviewed) -> Go:
        """Back to the case, with what came of the act."""
        facts = {"remittance": step.fact("remittance")}
        return Go(state="one", facts=facts, note=outcome_text(reviewed))

    # --- screens ------------------------------------------------------------------------------

    async def show_queue(self, step: Step) -> Screen:
        page = step.number("page")
        found, more = await self._core.reviews.queue(step.event.person.person_id, page=page)
        return screens.queue(found, page=page, more=more)

    async def show_one(self, step: Step) -> Screen:
        return screens.one(await self._view(step), step.event.person.person_id)

    async def show_question(self, name: str, step: Step) -> Screen:
        return screens.question(name, await self._view(step), step.facts)

    async def _view(self, step: Step) -> ReviewView:
        return await self._core.reviews.view(*_who(step))


_CONFIRMING = ("differ_confirm", "reject_confirm", "reverse_confirm")


def _who(step: Step) -> tuple[str, PersonId]:
    return step.fact("remittance"), step.event.person.person_id


def _fits(text: str) -> bool:
    return len(text.strip()) <= LONGEST_TEXT


def _too_long(state: str, step: Step) -> Go:
    return Go(state=state, facts=step.facts, note=Text("remit.refused_note"))
