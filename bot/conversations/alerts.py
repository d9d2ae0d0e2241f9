"""提醒: the account's thresholds, and what this person is told and when."""

import re
from collections.abc import Mapping

from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Navigate, Screen, Style, Text
from core import money
from core.access.model import Membership, Right
from core.alerts.model import ALWAYS, MOST_FEN, OPEN_TO, Choices, Digest, Threshold, Topic
from core.app import Core
from core.errors import AmountRefused, NotAllowed, NotLinked, ThresholdRefused
from core.ids import AccountId, PersonId

_TIME = r"([01]?\d|2[0-4])(?:[:：]([0-5]\d))?"
_HOURS = re.compile(rf"\s*{_TIME}\s*[-~到至—～ ]\s*{_TIME}\s*")
DIGESTS = {Digest.OFF: Digest.DAY, Digest.DAY: Digest.WEEK, Digest.WEEK: Digest.OFF}


class AlertsConversation:
    """One screen of settings; amounts and hours are typed."""

    name = "alerts"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("list", "ask"): self.ask,
            ("list", "remove"): self.remove,
            ("list", "switch"): self.switch,
            ("list", "digest"): self.digest,
            ("list", "loud"): self.loud,
            ("list", TYPED): self.typed_threshold,
            ("threshold", TYPED): self.typed_threshold,
            ("above", TYPED): self.typed_above,
            ("quiet", TYPED): self.typed_hours,
            **{(state, "back"): self.back for state in ("threshold", "above", "quiet")},
        }
        self.screens: Mapping[str, ShowMethod] = {
            "list": self.show_list,
            "threshold": self.show_question,
            "above": self.show_question,
            "quiet": self.show_question,
        }
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        if not held[0].may(Right.SEE_MONEY):
            raise NotAllowed
        return Go(state="list", facts={"account": held[0].account.account_id})

    async def ask(self, step: Step) -> Go:
        facts = {"account": step.fact("account"), "asked": step.argument}
        return Go(state=step.argument, facts=facts)

    async def back(self, step: Step) -> Go:
        return Go(state="list", facts=step.facts)

    async def typed_threshold(self, step: Step) -> Go:
        amount_fen = read_amount(step.argument)
        await self._core.alerts.add(*_who(step), amount_fen)
        note = Text("alerts.added", {"amount_fen": amount_fen})
        return Go(state="list", facts=step.facts, note=note)

    async def typed_above(self, step: Step) -> Go:
        await self._core.alerts.tell_above(*_who(step), read_amount(step.argument))
        return Go(state="list", facts=step.facts)

    async def typed_hours(self, step: Step) -> Go:
        match = _HOURS.fullmatch(step.argument)
        if match is None:
            return Go(state="quiet", facts=step.facts, note=Text("alerts.hours_not_read"))
        begins = int(match[1]) % 24 * 60 + int(match[2] or 0)
        ends = int(match[3]) % 24 * 60 + int(match[4] or 0)
        await self._core.alerts.keep_quiet(*_who(step), (begins, ends))
        return Go(state="list", facts=step.facts)

    async def loud(self, step: Step) -> Go:
        await self._core.alerts.keep_quiet(*_who(step), None)
        return Go(state="list", facts=step.facts)

    async def remove(self, step: Step) -> Go:
        await self._core.alerts.remove(*_who(step), step.argument)
        return Go(state="list", facts=step.facts, note=Text("alerts.removed"))

    async def switch(self, step: Step) -> Go:
        await self._core.alerts.switch(*_who(step), Topic(step.argument))
        return Go(state="list", facts=step.facts)

    async def digest(self, step: Step) -> Go:
        await self._core.alerts.digest(*_who(step), Digest(step.argument))
        return Go(state="list", facts=step.facts)

    # --- screens ------------------------------------------------------------------------------

    async def show_list(self, step: Step) -> Screen:
        held, choices = await self._core.alerts.choices(*_who(step))
        found = await self._core.alerts.thresholds(*_who(step))
        return _settings(held, choices, found)

    async def show_question(self, step: Step) -> Screen:
        await self._core.access.require(*_who(step), Right.SEE_MONEY)
        back = Button(label=Text("button.back"), action=Move(name="back"))
        fields: Fields = {"maximum": money.whole_yuan(MOST_FEN)}
        return Screen(text=Text(f"alerts.ask.{step.fact('asked')}", fields), rows=((back,),))


def read_amount(typed: str) -> int:
    """Any amount from zero on, in fen; raises `ThresholdRefused` with the range for all else."""
    try:
        return money.read_amount(typed, minimum_fen=0, maximum_fen=MOST_FEN)
    except AmountRefused:
        raise ThresholdRefused(maximum_fen=MOST_FEN) from None


def _who(step: Step) -> tuple[PersonId, AccountId]:
    return step.event.person.person_id, AccountId(step.fact("account"))


def _settings(held: Membership, choices: Choices, found: list[Threshold]) -> Screen:
    fields: Fields = {
        "account": held.account.name,
        "quiet": quiet_text(choices),
        "above_fen": choices.above_fen,
        "digest": Text(f"alerts.digest.{choices.digest}"),
    }
    text = Text("alerts.head", fields)
    lines = [Text("alerts.line", {"amount_fen": item.amount_fen}) for item in found]
    for line in lines or [Text("alerts.none")]:
        text = Text("kernel.lines", {"above": text, "below": line})
    rows: list[tuple[Button, ...]] = []
    if held.may(Right.MOVE_MONEY):
        rows += [(_remove(item),) for item in found]
        add = Button(
            label=Text("alerts.add"),
            action=Move(name="ask", argument="threshold"),
            style=Style.PRIMARY,
        )
        rows.append((add,))
    rows += [(_switch(held, choices, topic),) for topic in Topic if _can_switch(held, topic)]
    return Screen(text=text, rows=(*rows, *_more(choices)))


def _can_switch(held: Membership, topic: Topic) -> bool:
    return topic in OPEN_TO[held.role] and topic not in ALWAYS.get(held.role, frozenset())


def _remove(item: Threshold) -> Button:
    label = Text("alerts.remove", {"amount_fen": item.amount_fen})
    return Button(label=label, action=Move(name="remove", argument=item.threshold_id))


def _switch(held: Membership, choices: Choices, topic: Topic) -> Button:
    state = Text("alerts.on" if choices.wants(held.role, topic) else "alerts.off")
    label = Text("alerts.switch", {"topic": Text(f"alerts.topic.{topic}"), "state": state})
    return Button(label=label, action=Move(name="switch", argument=topic.value))


def _more(choices: Choices) -> tuple[tuple[Button, ...], ...]:
    quiet = Button(label=Text("alerts.quiet"), action=Move(name="ask", argument="quiet"))
    loud = Button(label=Text("alerts.loud"), action=Move(name="loud"))
    above = Button(label=Text("alerts.above"), action=Move(name="ask", argument="above"))
    following = DIGESTS[choices.digest]
    digest = Button(
        label=Text(f"alerts.make_digest.{following}"),
        action=Move(name="digest", argument=following.value),
    )
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    hours = (quiet,) if choices.quiet_from is None else (quiet, loud)
    return hours, (above, digest), (menu,)


def quiet_text(choices: Choices) -> Text:
    """The quiet hours in words."""
    if choices.quiet_from is None or choices.quiet_until is None:
        return Text("alerts.never_quiet")
    fields: Fields = {
        "begins": f"{choices.quiet_from // 60:02d}:{choices.quiet_from % 60:02d}",
        "ends": f"{choices.quiet_until // 60:02d}:{choices.quiet_until % 60:02d}",
    }
    return Text("alerts.quiet_hours", fields)
