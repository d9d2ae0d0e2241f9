"""Ordering a file of the history: which form, of which time. It comes when it is ready."""

from collections.abc import Mapping

from bot.conversations.history import span_of
from bot.conversations.history_screens import when_text
from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Screen, Text
from core.access.model import Right
from core.app import Core
from core.ids import AccountId
from core.statements import spans
from core.statements.model import ExportForm

TIMES = ("this_month", "last_month", "7_days", "")


class ExportConversation:
    """Time and form stand on one screen; typed dates are a time too."""

    name = "export"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("form", "time"): self.choose_time,
            ("form", TYPED): self.typed_time,
            ("form", "order"): self.order,
            ("form", "back"): self.back,
        }
        self.screens: Mapping[str, ShowMethod] = {"form": self.show_form}
        self.hints: Mapping[str, Text] = {}

    async def choose_time(self, step: Step) -> Go:
        return Go(state="form", facts={**step.facts, "when": step.argument})

    async def typed_time(self, step: Step) -> Go:
        first, last = spans.read_days(step.argument, self._core.statements.today())
        facts = {"when": "custom", "first": first.isoformat(), "last": last.isoformat()}
        return Go(state="form", facts={**step.facts, **facts})

    async def order(self, step: Step) -> Go:
        """Asked for at once, made and sent by a job: a kill in between does not lose it."""
        await self._core.statements.order_export(
            step.event.person.person_id,
            AccountId(step.fact("account")),
            ExportForm(step.argument),
            span_of(self._core, step),
            key=step.event.key,
        )
        note = Text("export.working", {"form": Text(f"export.form.{step.argument}")})
        return Go(conversation="history", state="list", facts=step.facts, note=note)

    async def back(self, step: Step) -> Go:
        return Go(conversation="history", state="list", facts=step.facts)

    async def show_form(self, step: Step) -> Screen:
        await self._core.access.require(
            step.event.person.person_id, AccountId(step.fact("account")), Right.SEE_MONEY
        )
        fields: Fields = {"account": step.fact("name"), "when": when_text(step.facts)}
        times = tuple(
            Button(label=Text(f"time.{name or 'all'}"), action=Move(name="time", argument=name))
            for name in TIMES
        )
        forms = tuple(
            Button(
                label=Text(f"export.form.{form}"), action=Move(name="order", argument=form.value)
            )
            for form in ExportForm
        )
        back = Button(label=Text("button.back"), action=Move(name="back"))
        rows = (times[:2], times[2:], forms[:2], forms[2:], (back,))
        return Screen(text=Text("export.ask", fields), rows=rows)
