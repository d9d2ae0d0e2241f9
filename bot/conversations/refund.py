"""Asking for a refund: which payment, how much, why, and a confirmation."""

from collections.abc import Mapping

from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Navigate, Screen, Style, Text
from core import money
from core.access.model import Right
from core.app import Core
from core.errors import IllegalStep, NotAllowed, NotLinked
from core.ids import AccountId, TopUpId
from core.refunds.model import LONGEST_REASON, RefundRequest, Trade

REASONS = ("twice", "amount", "unwanted")
KEY_LENGTH = 12


class RefundConversation:
    """Payment → amount → reason → confirm; entered by command, or at `choose` with a top-up."""

    name = "refund"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("choose", "pick"): self.pick,
            ("choose", "leave"): self.leave,
            ("amount", TYPED): self.typed_amount,
            ("amount", "all"): self.whole,
            ("amount", "leave"): self.leave,
            ("reason", TYPED): self.reason,
            ("reason", "preset"): self.reason,
            ("reason", "leave"): self.leave,
            ("confirm", "confirm"): self.confirm,
            ("confirm", "leave"): self.leave,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "choose": self.show_choose,
            "amount": self.show_amount,
            "reason": self.show_reason,
            "confirm": self.show_confirm,
        }
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        if not held[0].may(Right.MOVE_MONEY):
            raise NotAllowed
        account = held[0].account
        return Go(state="choose", facts={"account": account.account_id, "name": account.name})

    async def pick(self, step: Step) -> Go:
        trade = await self._core.refunds.trade(int(step.argument), step.event.person.person_id)
        if trade.is_busy or trade.rest_fen <= 0:
            raise IllegalStep(record="Refund", state="under way", event="ask")
        facts = {"trade": trade.trade_id, "key": self._core.ids.short(KEY_LENGTH)}
        return Go(state="amount", facts=facts)

    async def whole(self, step: Step) -> Go:
        trade = await self._trade(step)
        return Go(state="reason", facts={**step.facts, "amount_fen": trade.rest_fen})

    async def typed_amount(self, step: Step) -> Go:
        trade = await self._trade(step)
        least = min(money.MINIMUM_FEN, trade.rest_fen)
        fen = money.read_yuan(step.argument, minimum_fen=least, maximum_fen=trade.rest_fen)
        return Go(state="reason", facts={**step.facts, "amount_fen": fen})

    async def reason(self, step: Step) -> Go:
        said = " ".join(step.argument.split())
        if not 1 <= len(said) <= LONGEST_REASON:
            note = Text("refund.reason_length", {"most": LONGEST_REASON})
            return Go(state="reason", facts=step.facts, note=note)
        return Go(state="confirm", facts={**step.facts, "reason": said})

    async def confirm(self, step: Step) -> Go:
        request = RefundRequest(
            person_id=step.event.person.person_id,
            trade_id=step.number("trade"),
            amount_fen=step.number("amount_fen"),
            reason=step.fact("reason"),
            key=step.fact("key"),
        )
        trade = await self._trade(step)
        refund = await self._core.refunds.ask(request)
        fields: Fields = {
            "account": trade.account_name,
            "amount_fen": refund.amount_fen,
            "refund": refund.refund_id,
        }
        note = Text("refund.asked", fields)
        return Go(conversation="menu", state="home", facts={}, note=note)

    async def leave(self, _step: Step) -> Go:
        return Go(conversation="menu", state="home", facts={}, note=Text("menu.cancelled"))

    # --- screens ------------------------------------------------------------------------------

    async def show_choose(self, step: Step) -> Screen:
        """The payments of one top-up, or the account's newest, that can still go back."""
        person_id = step.event.person.person_id
        if step.fact("top_up"):
            found = await self._core.refunds.trades_of(TopUpId(step.fact("top_up")), person_id)
        else:
            account_id = AccountId(step.fact("account"))
            found = await self._core.refunds.trades(person_id, account_id)
        free = [trade for trade in found if trade.rest_fen > 0 and not trade.is_busy]
        rows = [(_choice(trade),) for trade in free]
        rows.append((_leave(),) if free else (_menu(),))
        if not free:
            return Screen(text=Text("refund.none"), rows=tuple(rows))
        text = Text("refund.choose", {"account": free[0].account_name})
        return Screen(text=text, rows=tuple(rows))

    async def show_amount(self, step: Step) -> Screen:
        trade = await self._trade(step)
        everything = Button(
            label=Text("refund.all", {"amount_fen": trade.rest_fen}), action=Move(name="all")
        )
        text = Text("refund.ask_amount", _fields(trade))
        return Screen(text=text, rows=((everything,), (_leave(),)))

    async def show_reason(self, step: Step) -> Screen:
        trade = await self._trade(step)
        rows = tuple((_preset(name),) for name in REASONS)
        fields: Fields = {
            "account": trade.account_name,
            "amount_fen": step.number("amount_fen"),
        }
        return Screen(text=Text("refund.ask_reason", fields), rows=(*rows, (_leave(),)))

    async def show_confirm(self, step: Step) -> Screen:
        fields: Fields = {
            **_fields(await self._trade(step)),
            "amount_fen": step.number("amount_fen"),
            "reason": reason_said(step.fact("reason")),
        }
        confirm = Button(
            label=Text("button.confirm"), action=Move(name="confirm"), style=Style.PRIMARY
        )
        return Screen(text=Text("refund.confirm", fields), rows=((confirm, _leave()),))

    async def _trade(self, step: Step) -> Trade:
        """The payment, for somebody who may still move money there."""
        return await self._core.refunds.trade(step.number("trade"), step.event.person.person_id)


def reason_said(reason: str) -> Text | str:
    """A reason as people read it: one of the presets in their language, else as it was typed."""
    return Text(f"refund.reason_{reason}") if reason in REASONS else reason


def _fields(trade: Trade) -> Fields:
    return {
        "account": trade.account_name,
        "channel": Text(f"channel.{trade.channel}"),
        "order_no": trade.order_no,
        "reference": trade.trade_no,
        "paid_at": trade.occurred_at.isoformat(),
        "total_fen": trade.amount_fen,
        "rest_fen": trade.rest_fen,
        "minimum": money.whole_yuan(min(money.MINIMUM_FEN, trade.rest_fen)),
    }


def _choice(trade: Trade) -> Button:
    label = Text("refund.trade_marked" if trade.mark else "refund.trade", _fields(trade))
    return Button(label=label, action=Move(name="pick", argument=str(trade.trade_id)))


def _preset(name: str) -> Button:
    return Button(label=Text(f"refund.reason_{name}"), action=Move(name="preset", argument=name))


def _leave() -> Button:
    return Button(label=Text("button.cancel"), action=Move(name="leave"))


def _menu() -> Button:
    return Button(label=Text("command.menu"), action=Navigate(command="menu"))
