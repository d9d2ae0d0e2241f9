"""Topping up: the amount, the channel, and the order's card."""

from collections.abc import Mapping

from bot.conversations.channel_choice import channel_screen
from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import (
    Button,
    Fields,
    Move,
    Navigate,
    Screen,
    ShowCard,
    Style,
    Text,
)
from bot.conversations.needed import WISH_LENGTH, amount_for, choose_channel
from bot.conversations.ordering import channel_text, order
from bot.conversations.top_up_card import card_screen, subject_of
from core import money
from core.access.model import Right
from core.app import Core
from core.channels import Channel
from core.errors import NotAllowed, NotLinked
from core.ids import AccountId, TopUpId
from core.shortfalls.model import Shortfall
from core.topup.model import TopUpState

PRESETS_YUAN = (100, 500, 1_000, 5_000, 10_000, 50_000)


class TopUpConversation:
    """Amount → channel → card. The wish's id is made with the amount, so tries do not add up."""

    name = "top_up"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("amount", TYPED): self.typed_amount,
            ("amount", "preset"): self.typed_amount,
            ("amount", "last"): self.last_amount,
            ("amount", "needed"): self.needed_amount,
            ("amount", "leave"): self.leave,
            ("channel", TYPED): self.typed_amount,
            ("channel", "pay"): self.pay,
            ("channel", "bank"): self.choose_bank,
            ("channel", "transfer"): self.transfer,
            ("channel", "amount"): self.enter,
            ("channel", "leave"): self.leave,
            ("failed", "pay"): self.pay,
            ("failed", "change"): self.change,
            ("failed", "leave"): self.leave,
            ("paying", "card"): self.card_again,
            ("paying", TYPED): self.typed_while_paying,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "amount": self.show_amount,
            "channel": self.show_channel,
            "failed": self.show_failed,
            "paying": self.show_paying,
        }
        self.hints: Mapping[str, Text] = {
            "failed": Text("topup.failed_hint"),
        }

    # --- moves --------------------------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        if not held[0].may(Right.MOVE_MONEY):
            raise NotAllowed
        account = held[0].account
        facts = {"account": account.account_id, "name": account.name}
        return Go(state="amount", facts=facts)

    async def typed_amount(self, step: Step) -> Go:
        return self._chosen(step, money.read_yuan(step.argument))

    async def last_amount(self, step: Step) -> Go:
        account_id = AccountId(step.fact("account"))
        last = await self._core.topups.last_amount(step.event.person.person_id, account_id)
        if last is None:
            return Go(state="amount", facts=step.facts)
        return self._chosen(step, last)

    async def needed_amount(self, step: Step) -> Go:
        """What blocked purchases are short of now."""
        shortfall = await self._shortfall(step)
        if not shortfall.missing_fen:
            return Go(state="amount", facts=step.facts, note=Text("blocked.nothing_missing"))
        return await choose_channel(self._core, shortfall, shortfall.missing_fen)

    async def _shortfall(self, step: Step) -> Shortfall:
        account_id = AccountId(step.fact("account"))
        return await self._core.shortfalls.of(account_id, step.event.person.person_id)

    def _chosen(self, step: Step, amount_fen: int) -> Go:
        facts = {
            "account": step.fact("account"),
            "name": step.fact("name"),
            "amount_fen": amount_fen,
            "wish": self._core.ids.short(WISH_LENGTH),
        }
        return Go(state="channel", facts=facts)

    async def pay(self, step: Step) -> Go:
        """By a channel; a try that failed is made again with the same bank."""
        is_again = step.fact("channel") == step.argument
        bank = step.fact("bank") if is_again else ""
        return await order(self._core, step, Channel(step.argument), bank or None)

    async def choose_bank(self, step: Step) -> Go:
        return Go(conversation="bank", state="kind", facts=step.facts)

    async def transfer(self, step: Step) -> Go:
        """The amount goes along."""
        facts = {name: step.facts[name] for name in ("account", "name", "amount_fen")}
        return Go(conversation="remit", state="ways", facts=facts)

    async def change(self, step: Step) -> Go:
        return Go(state="channel", facts=step.facts)

    async def card_again(self, step: Step) -> Go:
        view = await self._core.topups.view(
            TopUpId(step.fact("wish")), step.event.person.person_id
        )
        card = ShowCard(subject=subject_of(view), screen=card_screen(view), anew=True)
        return Go(state="paying", facts=step.facts, also=(card,))

    async def typed_while_paying(self, step: Step) -> Go:
        """Nothing to type here: point at the card while it lives, at the menu after."""
        if await self._is_over(step):
            return Go(conversation="menu", state="home", facts={})
        return Go(state="paying", facts=step.facts, note=Text("topup.paying_hint"))

    async def _is_over(self, step: Step) -> bool:
        view = await self._core.topups.view(
            TopUpId(step.fact("wish")), step.event.person.person_id
        )
        return view.top_up.state is not TopUpState.OPEN

    async def leave(self, _step: Step) -> Go:
        return Go(conversation="menu", state="home", facts={}, note=Text("menu.cancelled"))

    # --- screens ------------------------------------------------------------------------------

    async def show_amount(self, step: Step) -> Screen:
        account_id = AccountId(step.fact("account"))
        last = await self._core.topups.last_amount(step.event.person.person_id, account_id)
        rows = [_presets(PRESETS_YUAN[:3]), _presets(PRESETS_YUAN[3:])]
        if missing_fen := (await self._shortfall(step)).missing_fen:
            needed_fen = await amount_for(self._core, missing_fen)
            label = Text("topup.needed_amount", {"amount_fen": needed_fen})
            rows.append((Button(label=label, action=Move(name="needed"), style=Style.PRIMARY),))
        if last is not None:
            label = Text("topup.last_amount", {"amount_fen": last})
            rows.append((Button(label=label, action=Move(name="last")),))
        rows.append((Button(label=Text("button.cancel"), action=Move(name="leave")),))
        fields: Fields = {
            "account": step.fact("name"),
            "minimum": money.whole_yuan(money.MINIMUM_FEN),
            "maximum": money.whole_yuan(money.MAXIMUM_FEN),
        }
        return Screen(text=Text("topup.ask_amount", fields), rows=tuple(rows))

    async def show_channel(self, step: Step) -> Screen:
        await self._still_allowed(step)
        amount_fen = step.number("amount_fen")
        return channel_screen(
            account=step.fact("name"),
            amount_fen=amount_fen,
            offers=await self._core.topups.channels(amount_fen),
            has_payee=self._core.settings.payee is not None,
        )

    async def show_failed(self, step: Step) -> Screen:
        await self._still_allowed(step)
        fields: Fields = {
            "account": step.fact("name"),
            "amount_fen": step.number("amount_fen"),
            "channel": channel_text(step.fact("channel"), step.fact("bank")),
        }
        again = Move(name="pay", argument=step.fact("channel"))
        rows = (
            (Button(label=Text("topup.try_again"), action=again),),
            (Button(label=Text("topup.change_channel"), action=Move(name="change")),),
            (Button(label=Text("button.cancel"), action=Move(name="leave")),),
        )
        return Screen(text=Text("topup.failed", fields), rows=rows)

    async def show_paying(self, step: Step) -> Screen:
        over = await self._is_over(step)
        fields: Fields = {
            "account": step.fact("name"),
            "amount_fen": step.number("amount_fen"),
            "channel": channel_text(step.fact("channel"), step.fact("bank")),
        }
        show = Button(label=Text("topup.show_card"), action=Move(name="card"))
        menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
        text = Text("topup.paying_over" if over else "topup.paying", fields)
        return Screen(text=text, rows=((show, menu),))

    async def _still_allowed(self, step: Step) -> None:
        """A screen with money on it asks for the right to see it, at this moment."""
        await self._core.access.require(
            step.event.person.person_id, AccountId(step.fact("account")), Right.MOVE_MONEY
        )


def _presets(yuan: tuple[int, ...]) -> tuple[Button, ...]:
    return tuple(
        Button(
            label=Text("topup.preset", {"yuan": f"{amount:,}"}),
            action=Move(name="preset", argument=str(amount)),
        )
        for amount in yuan
    )
