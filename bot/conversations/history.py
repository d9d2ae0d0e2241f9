"""收支明细: pages of an account's history, what to see of it, and the story of each entry."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from bot.conversations.history_screens import (
    channels_screen,
    found_screen,
    kinds_screen,
    list_screen,
    times_screen,
)
from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.looking import look_at
from bot.conversations.model import Button, Move, Screen, Text
from bot.conversations.story_screen import story_screen
from core.access.model import Right
from core.app import Core
from core.errors import NotAllowed, NotLinked
from core.ids import AccountId, TransferId
from core.statements import spans
from core.statements.model import Mark, Sight, Span

CUSTOM = "custom"
EXPORTED = ("account", "name", "when", "first", "last")
LONGEST_SEARCH = 64


class HistoryConversation:
    """List → story, with what to see of the list chosen beside it. The pages that were turned are
    kept as marks, so that turning back leads to the same page.
    """

    name = "history"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("list", "open"): self.open,
            ("list", "older"): self.older,
            ("list", "newer"): self.newer,
            ("list", "ask"): self.ask,
            ("list", "export"): self.export,
            ("list", "pictures"): self.pictures,
            ("list", TYPED): self.search,
            ("kinds", "choose"): self.choose_kind,
            ("channels", "choose"): self.choose_channel,
            ("times", "choose"): self.choose_time,
            ("times", TYPED): self.typed_time,
            ("search", TYPED): self.search,
            ("found", TYPED): self.search,
            ("found", "open"): self.open,
            ("story", "back"): self.back,
            **{
                (state, "back"): self.to_list
                for state in ("kinds", "channels", "times", "search", "found")
            },
        }
        self.screens: Mapping[str, ShowMethod] = {
            "list": self.show_list,
            "kinds": self.show_kinds,
            "channels": self.show_channels,
            "times": self.show_times,
            "search": self.show_search,
            "found": self.show_found,
            "story": self.show_story,
        }
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        if not held[0].may(Right.SEE_MONEY):
            raise NotAllowed
        account = held[0].account
        return Go(state="list", facts={"account": account.account_id, "name": account.name})

    async def open(self, step: Step) -> Go:
        return Go(state="story", facts={**step.facts, "entry": int(step.argument)})

    async def back(self, step: Step) -> Go:
        """From a story to where it was opened."""
        return Go(state="found" if step.fact("query") else "list", facts=step.facts)

    async def to_list(self, step: Step) -> Go:
        return Go(state="list", facts={**step.facts, "query": ""})

    async def older(self, step: Step) -> Go:
        return Go(state="list", facts={**step.facts, "turned": [*_turned(step), step.argument]})

    async def newer(self, step: Step) -> Go:
        return Go(state="list", facts={**step.facts, "turned": _turned(step)[:-1]})

    async def ask(self, step: Step) -> Go:
        """What to see: the button names the question."""
        return Go(state=step.argument, facts=step.facts)

    async def choose_kind(self, step: Step) -> Go:
        return self._seeing(step, kind=step.argument)

    async def choose_channel(self, step: Step) -> Go:
        return self._seeing(step, channel=step.argument)

    async def choose_time(self, step: Step) -> Go:
        return self._seeing(step, when=step.argument)

    async def typed_time(self, step: Step) -> Go:
        first, last = spans.read_days(step.argument, self._core.statements.today())
        return self._seeing(step, when=CUSTOM, first=first.isoformat(), last=last.isoformat())

    def _seeing(self, step: Step, **chosen: str) -> Go:
        """Another sight begins at its newest page."""
        return Go(state="list", facts={**step.facts, **chosen, "turned": []})

    async def search(self, step: Step) -> Go:
        query = step.argument.strip()[:LONGEST_SEARCH]
        found = await self._core.statements.find(
            step.event.person.person_id, _account(step), query
        )
        if not found:
            note = Text("history.nothing_found", {"query": query})
            return Go(state="list", facts={**step.facts, "query": ""}, note=note)
        if len(found) == 1:
            facts = {**step.facts, "query": "", "entry": found[0].transfer_id}
            return Go(state="story", facts=facts)
        return Go(state="found", facts={**step.facts, "query": query})

    async def export(self, step: Step) -> Go:
        """A file holds every kind and channel of the time that is seen."""
        facts = {name: step.facts.get(name, "") for name in EXPORTED}
        return Go(conversation="export", state="form", facts=facts)

    async def pictures(self, step: Step) -> Go:
        return look_at(step.facts)

    # --- screens ------------------------------------------------------------------------------

    async def show_list(self, step: Step) -> Screen:
        person_id, account_id = step.event.person.person_id, _account(step)
        turned = _turned(step)
        sight = self._sight(step)
        before = _mark(turned[-1]) if turned else None
        page = await self._core.statements.page(person_id, account_id, sight, before=before)
        balance = await self._core.ledger.balance(account_id)
        return list_screen(step.fact("name"), balance, page, step.facts, is_first=not turned)

    async def show_kinds(self, step: Step) -> Screen:
        await self._may_see(step)
        return kinds_screen(step.fact("kind"))

    async def show_channels(self, step: Step) -> Screen:
        await self._may_see(step)
        return channels_screen(step.fact("channel"))

    async def show_times(self, step: Step) -> Screen:
        await self._may_see(step)
        return times_screen(step.fact("when"))

    async def show_search(self, step: Step) -> Screen:
        await self._may_see(step)
        back = Button(label=Text("button.back"), action=Move(name="back"))
        return Screen(text=Text("history.ask_reference"), rows=((back,),))

    async def show_found(self, step: Step) -> Screen:
        query = step.fact("query")
        found = await self._core.statements.find(
            step.event.person.person_id, _account(step), query
        )
        return _of_account(step, found_screen(query, found))

    async def show_story(self, step: Step) -> Screen:
        story = await self._core.stories.story(
            step.event.person.person_id, _account(step), TransferId(step.number("entry"))
        )
        return _of_account(step, story_screen(story))

    async def _may_see(self, step: Step) -> None:
        """A question is put only to somebody who may see its answer."""
        await self._core.access.require(
            step.event.person.person_id, _account(step), Right.SEE_MONEY
        )

    def _sight(self, step: Step) -> Sight:
        return Sight(
            kind=step.fact("kind") or None,
            channel=step.fact("channel") or None,
            span=span_of(self._core, step),
        )


def _of_account(step: Step, screen: Screen) -> Screen:
    """Whose money it is stands above what tells of sums."""
    account = Text("story.account", {"account": step.fact("name")})
    return replace(screen, text=Text("kernel.lines", {"above": screen.text, "below": account}))


def span_of(core: Core, step: Step) -> Span:
    """The chosen stretch of time, counted from today where it has a name."""
    statements = core.statements
    if step.fact("when") == CUSTOM:
        first, last = (date.fromisoformat(step.fact(name)) for name in ("first", "last"))
        return spans.days(first, last, statements.zone)
    return spans.named(step.fact("when"), statements.today(), statements.zone)


def _account(step: Step) -> AccountId:
    return AccountId(step.fact("account"))


def _turned(step: Step) -> list[str]:
    """Marks of the pages that were turned, as `time|id`."""
    kept = step.facts.get("turned")
    return [str(item) for item in kept] if isinstance(kept, list) else []


def _mark(kept: str) -> Mark:
    at, _, number = kept.partition("|")
    return Mark(at=datetime.fromisoformat(at), transfer_id=TransferId(int(number)))
