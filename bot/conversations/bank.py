"""Online banking: whose account it is, then which bank; typing a part of its name finds it."""

from collections.abc import Mapping, Sequence

from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Screen, Style, Text
from bot.conversations.ordering import order
from core import banks
from core.access.model import Right
from core.app import Core
from core.banks import Bank
from core.channels import Channel
from core.errors import ChannelOff
from core.ids import AccountId

PER_PAGE = 10
COLUMNS = 2
PERSONAL, COMPANY = "personal", "company"


class BankConversation:
    """Entered from the choice of a channel, with its facts; ends in an order."""

    name = "bank"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("kind", "kind"): self.choose_kind,
            ("kind", "pick"): self.pick,
            ("kind", "back"): self.back,
            ("kind", TYPED): self.find,
            ("list", "pick"): self.pick,
            ("list", "page"): self.turn,
            ("list", "kinds"): self.kinds,
            ("list", "back"): self.back,
            ("list", TYPED): self.find,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "kind": self.show_kind,
            "list": self.show_list,
        }
        self.hints: Mapping[str, Text] = {
            "kind": Text("bank.hint"),
            "list": Text("bank.hint"),
        }

    # --- moves --------------------------------------------------------------------------------

    async def choose_kind(self, step: Step) -> Go:
        kind = COMPANY if step.argument == COMPANY else PERSONAL
        return Go(state="list", facts={**step.facts, "kind": kind, "page": 0, "query": ""})

    async def turn(self, step: Step) -> Go:
        return Go(state="list", facts={**step.facts, "page": int(step.argument)})

    async def kinds(self, step: Step) -> Go:
        return Go(state="kind", facts=step.facts)

    async def find(self, step: Step) -> Go:
        """A part of a name, Chinese or English; nothing found leaves the step as it is."""
        query = step.argument.strip()[:40]
        found = banks.find(query)
        if not found:
            state = "list" if step.fact("kind") else "kind"
            note = Text("bank.not_found", {"query": query})
            return Go(state=state, facts=step.facts, note=note)
        return Go(state="list", facts={**step.facts, "query": query, "page": 0, "kind": "found"})

    async def pick(self, step: Step) -> Go:
        bank = banks.by_code(step.argument)
        if bank is None:
            return Go(state="kind", facts=step.facts)
        return await order(self._core, step, Channel.TENPAY, bank.code)

    async def back(self, step: Step) -> Go:
        return Go(conversation="top_up", state="channel", facts=step.facts)

    # --- screens ------------------------------------------------------------------------------

    async def show_kind(self, step: Step) -> Screen:
        await self._still_possible(step)
        last = banks.by_code(await self._core.topups.last_bank(step.event.person.person_id) or "")
        rows: list[tuple[Button, ...]] = []
        if last is not None:
            rows.append((_bank_button(last, style=Style.PRIMARY),))
        rows += [
            (Button(label=Text(f"bank.{kind}"), action=Move(name="kind", argument=kind)),)
            for kind in (PERSONAL, COMPANY)
        ]
        rows.append((Button(label=Text("button.back"), action=Move(name="back")),))
        return Screen(text=Text("bank.ask_kind", self._fields(step)), rows=tuple(rows))

    async def show_list(self, step: Step) -> Screen:
        await self._still_possible(step)
        found = _listed(step)
        pages = max(1, -(-len(found) // PER_PAGE))
        page = min(max(0, step.number("page")), pages - 1)
        shown = found[page * PER_PAGE : (page + 1) * PER_PAGE]
        rows = [
            tuple(_bank_button(bank) for bank in shown[start : start + COLUMNS])
            for start in range(0, len(shown), COLUMNS)
        ]
        if pages > 1:
            rows.append(_pager(page, pages))
        rows.append(
            (
                Button(label=Text("bank.other_kind"), action=Move(name="kinds")),
                Button(label=Text("button.back"), action=Move(name="back")),
            )
        )
        fields: Fields = {**self._fields(step), "page": page + 1, "pages": pages}
        return Screen(text=Text("bank.ask_bank", fields), rows=tuple(rows))

    def _fields(self, step: Step) -> Fields:
        return {"account": step.fact("name"), "amount_fen": step.number("amount_fen")}

    async def _still_possible(self, step: Step) -> None:
        await self._core.access.require(
            step.event.person.person_id, AccountId(step.fact("account")), Right.MOVE_MONEY
        )
        if Channel.TENPAY not in self._core.providers:
            raise ChannelOff(Channel.TENPAY)


def _listed(step: Step) -> Sequence[Bank]:
    if query := step.fact("query"):
        return banks.find(query)
    return banks.company() if step.fact("kind") == COMPANY else banks.personal()


def _bank_button(bank: Bank, style: Style = Style.PLAIN) -> Button:
    return Button(
        label=Text(f"bank.{bank.code}"),
        action=Move(name="pick", argument=bank.code),
        style=style,
    )


def _pager(page: int, pages: int) -> tuple[Button, ...]:
    row = []
    if page > 0:
        row.append(Button(label=Text("button.previous"), action=_page(page - 1)))
    if page < pages - 1:
        row.append(Button(label=Text("button.next"), action=_page(page + 1)))
    return tuple(row)


def _page(number: int) -> Move:
    return Move(name="page", argument=str(number))
