"""Redeeming a top-up code: the code, the account it goes to, and what came of it."""

from collections.abc import Mapping
from typing import assert_never

from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Fields, Move, Navigate, Screen, Style, Text
from bot.conversations.returning import go_back, kept_back
from core.access.model import Membership, Right
from core.app import Core
from core.codes.model import Redemption, Result, TypedCode
from core.errors import CodesOff, NotAllowed, NotLinked
from core.ids import AccountId


class RedeemConversation:
    """Code → confirm → done. Nothing is looked up before the confirmation.

    Places keep a code's digests, never the code. `back` is where the person was when a code came
    up in between.
    """

    name = "redeem"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("", "offer"): self.offer,
            ("code", TYPED): self.typed,
            ("code", "leave"): self.leave,
            ("confirm", "confirm"): self.confirm,
            ("confirm", "account"): self.choose_account,
            ("confirm", "leave"): self.leave,
            ("done", "again"): self.enter,
            ("done", "back"): self.back,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "code": self.show_code,
            "confirm": self.show_confirm,
            "done": self.show_done,
        }
        self.hints: Mapping[str, Text] = {"confirm": Text("redeem.hint_confirm")}

    # --- moves --------------------------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        """`/redeem`; a code behind it that can be read never comes here."""
        return await self.typed(step) if step.argument else _asking(step)

    async def typed(self, step: Step) -> Go:
        """A typing error is told here, before anything is looked up."""
        text = step.argument
        code = self._core.codes.read(text)
        if code is None:
            is_near = self._core.codes.is_near(text)
            note = Text("redeem.mistyped" if is_near else "redeem.no_code")
            return _asking(step, note, forget=is_near)
        return await self._offer(step, code, forget=True)

    async def offer(self, step: Step) -> Go:
        """A code was found in what somebody said."""
        return await self._offer(step, _code(step))

    async def _offer(self, step: Step, code: TypedCode, *, forget: bool = False) -> Go:
        member = (await self._able(step))[0]
        until = await self._core.codes.waits_until(
            step.event.person.person_id, member.account.account_id
        )
        if until is not None:
            note = Text("redeem.wait", {"until_at": until.isoformat()})
            return _asking(step, note, forget=forget)
        facts = {
            **kept_back(step),
            "digests": list(code.digests),
            "tail": code.tail,
            "account": member.account.account_id,
        }
        return Go(state="confirm", facts=facts, forget=forget)

    async def choose_account(self, step: Step) -> Go:
        return Go(state="confirm", facts={**step.facts, "account": step.argument})

    async def confirm(self, step: Step) -> Go:
        answer = await self._core.codes.redeem(
            step.event.person.person_id, AccountId(step.fact("account")), _code(step)
        )
        match answer.result:
            case Result.REDEEMED:
                return _done(step, answer)
            case Result.UNUSABLE:
                return _asking(step, Text("redeem.unusable"))
            case Result.LIMIT:
                return _asking(step, Text("redeem.limit"))
            case Result.WAIT:
                until = "" if answer.until is None else answer.until.isoformat()
                return _asking(step, Text("redeem.wait", {"until_at": until}))
        assert_never(answer.result)

    async def leave(self, step: Step) -> Go:
        return go_back(step, Text("menu.cancelled"))

    async def back(self, step: Step) -> Go:
        return go_back(step)

    # --- screens ------------------------------------------------------------------------------

    async def show_code(self, step: Step) -> Screen:
        if not self._core.codes.are_on:
            raise CodesOff
        member = (await self._able(step))[0]
        text = Text("redeem.ask", {"account": member.account.name})
        return Screen(text=text, rows=((_leave(),),))

    async def show_confirm(self, step: Step) -> Screen:
        able = await self._able(step)
        chosen = next((item for item in able if _id(item) == step.fact("account")), None)
        if chosen is None:
            raise NotAllowed
        fields: Fields = {
            "account": chosen.account.name,
            "account_id": chosen.account.account_id,
            "tail": step.fact("tail"),
        }
        confirm = Button(
            label=Text("button.confirm"), action=Move(name="confirm"), style=Style.PRIMARY
        )
        others = tuple((_other(item),) for item in able if item is not chosen)
        return Screen(text=Text("redeem.confirm", fields), rows=((confirm, _leave()), *others))

    async def show_done(self, step: Step) -> Screen:
        """Shown again, it tells money again: only to who may still see it."""
        account_id = AccountId(step.fact("account"))
        person_id = step.event.person.person_id
        await self._core.access.require(person_id, account_id, Right.MOVE_MONEY)
        fields: Fields = {
            "account": step.fact("name"),
            "amount_fen": step.number("amount_fen"),
            "available_fen": step.number("available_fen"),
            "reference": step.fact("reference"),
        }
        again = Button(label=Text("redeem.again"), action=Move(name="again"))
        balance = Button(label=Text("command.balance"), action=Navigate(command="balance"))
        menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
        go_on = Button(label=Text("button.go_on"), action=Move(name="back"), style=Style.PRIMARY)
        rows = (
            ((again, balance), (go_on,)) if step.facts.get("back") else ((again, balance), (menu,))
        )
        return Screen(text=Text("redeem.done", fields), rows=rows)

    async def _able(self, step: Step) -> list[Membership]:
        """The accounts whose money this person may move, the present one first."""
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        able = [item for item in held if item.may(Right.MOVE_MONEY)]
        if not able:
            raise NotAllowed
        return able


def _asking(step: Step, note: Text | None = None, *, forget: bool = False) -> Go:
    return Go(state="code", facts=kept_back(step), note=note, forget=forget)


def _code(step: Step) -> TypedCode:
    digests = step.facts.get("digests")
    held = digests if isinstance(digests, list) else []
    return TypedCode(digests=tuple(map(str, held)), tail=step.fact("tail"))


def _done(step: Step, answer: Redemption) -> Go:
    facts = {
        **kept_back(step),
        "account": answer.account_id,
        "name": answer.account_name,
        "amount_fen": answer.amount_fen,
        "available_fen": answer.available_fen,
        "reference": answer.code_id,
    }
    return Go(state="done", facts=facts)


def _id(member: Membership) -> AccountId:
    return member.account.account_id


def _other(member: Membership) -> Button:
    label = Text("redeem.other_account", {"account": member.account.name})
    return Button(label=label, action=Move(name="account", argument=_id(member)))


def _leave() -> Button:
    return Button(label=Text("button.cancel"), action=Move(name="leave"))
