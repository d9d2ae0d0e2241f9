"""The menu and the short answers: home, balance, help, preferences, and who is turned away."""

from collections.abc import Mapping

from bot.conversations import help_desk
from bot.conversations.balance import balance_text
from bot.conversations.kernel import Go, MoveMethod, ShowMethod, Step
from bot.conversations.lasting import fill_up, lasting_of
from bot.conversations.looking import look_at
from bot.conversations.menu_rows import go, menu_rows
from bot.conversations.model import Button, Fields, Move, Say, Screen, Text
from bot.conversations.notices import screen_of
from bot.conversations.preferences import LANGUAGES, preferences_screen
from core.access.link_codes import PREFIX as LINK_PREFIX
from core.access.model import Right, StaffRole
from core.app import Core
from core.errors import NotAllowed, NotLinked
from core.ids import token_hash

CODE_PREFIX = "code_"  # how a deep link says that it carries a top-up code


class MenuConversation:
    """Where every chat stands when it stands nowhere else."""

    name = "menu"

    def __init__(self, core: Core) -> None:
        self._core = core
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "start"): self.start,
            ("", "menu"): self.home,
            ("", "cancel"): self.cancel,
            ("", "balance"): self.balance,
            ("", "help"): self.help,
            ("", "language"): self.language,
            ("", "unknown"): self.unknown,
            ("language", "choose"): self.choose_language,
            ("help", "fund"): self.fund,
            ("help", "order"): self.unpaid_order,
            ("help", "remittance"): self.remittance,
            ("balance", "fill"): self.fill,
            ("balance", "pictures"): self.pictures,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "home": self.show_home,
            "balance": self.show_balance,
            "help": self.show_help,
            "language": self.show_language,
            "not_linked": self.show_not_linked,
            "not_allowed": self.show_not_allowed,
        }
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def start(self, step: Step) -> Go:
        """`/start`, with what a deep link carries, and what could not be told earlier."""
        missed = await self._core.notices.missed(step.event.person.person_id)
        told = tuple(Say(screen=screen_of(notice)) for notice in missed)
        if step.argument.startswith(LINK_PREFIX):
            link_hash = token_hash(step.argument.removeprefix(LINK_PREFIX))
            await self._core.access.offer(link_hash)
            return Go(conversation="link", state="offer", facts={"link": link_hash}, also=told)
        if step.argument.startswith(CODE_PREFIX):  # one without a typing error never comes here
            note = Text("redeem.mistyped")
            return Go(
                conversation="redeem", state="code", facts={}, note=note, also=told, forget=True
            )
        return Go(state="home", facts={}, also=told)

    async def home(self, _step: Step) -> Go:
        return Go(state="home", facts={})

    async def cancel(self, _step: Step) -> Go:
        return Go(state="home", facts={}, note=Text("menu.cancelled"))

    async def balance(self, _step: Step) -> Go:
        return Go(state="balance", facts={})

    async def fill(self, step: Step) -> Go:
        """Top up so that the money lasts; the sum is reckoned again at this moment."""
        return await fill_up(self._core, step.event.person.person_id)

    async def pictures(self, step: Step) -> Go:
        """Of the account whose balance it is at this moment."""
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        account = held[0].account
        return look_at({"account": account.account_id, "name": account.name})

    async def help(self, _step: Step) -> Go:
        return Go(state="help", facts={})

    async def fund(self, step: Step) -> Go:
        return await help_desk.fund(self._core, step.event.person.person_id)

    async def unpaid_order(self, step: Step) -> Go:
        return await help_desk.show_order(self._core, step.event.person.person_id)

    async def remittance(self, step: Step) -> Go:
        return Go(conversation="remit_status", state="one", facts={"remittance": step.argument})

    async def language(self, _step: Step) -> Go:
        return Go(state="language", facts={})

    async def unknown(self, _step: Step) -> Go:
        return Go(state="home", facts={}, note=Text("menu.unknown_command"))

    async def choose_language(self, step: Step) -> Go:
        chosen = step.argument if step.argument in LANGUAGES else LANGUAGES[0]
        await self._core.access.choose_language(step.event.person.person_id, chosen)
        return Go(state="home", facts={}, language=chosen)

    # --- screens ------------------------------------------------------------------------------

    async def show_home(self, step: Step) -> Screen:
        person_id = step.event.person.person_id
        held = await self._core.access.memberships(person_id)
        if not held:
            return await self._home_of_others(step)
        member = held[0]
        fields: Fields = {"account": member.account.name, "role": Text(f"role.{member.role}")}
        key = "menu.home" if member.may(Right.SEE_MONEY) else "menu.home_without_money"
        rows = menu_rows(
            member,
            has_cards=self._core.topups.cards.are_kept,
            has_codes=self._core.codes.are_on,
            has_others=len(held) > 1,
        )
        return Screen(text=Text(key, fields), rows=rows)

    async def _home_of_others(self, step: Step) -> Screen:
        roles = await self._core.access.staff_roles(step.event.person.person_id)
        if roles:
            names = Text(
                "menu.staff_reviewer" if StaffRole.REVIEWER in roles else "menu.staff_operator"
            )
            codes = ((go("codes"),),) if StaffRole.OPERATOR in roles else ()
            last = ((go("help"), go("language")), (go("security"),))
            desks: tuple[tuple[Button, ...], ...] = ((go("cases"),),)
            if StaffRole.REVIEWER in roles:
                desks = ((go("queue"), go("cases")), (go("lines"),))
            return Screen(text=names, rows=(*desks, *codes, *last))
        return await self.show_not_linked(step)

    async def show_balance(self, step: Step) -> Screen:
        held = await self._core.access.memberships(step.event.person.person_id)
        if not held:
            raise NotLinked
        member = held[0]
        if not member.may(Right.SEE_MONEY):
            raise NotAllowed
        text = await balance_text(self._core, member)
        top_up = (go("topup"),) if member.may(Right.MOVE_MONEY) else ()
        lasting, fill = await lasting_of(self._core, member)
        if lasting is not None:
            text = Text("kernel.lines", {"above": text, "below": lasting})
        pictures = Button(label=Text("pictures.open"), action=Move(name="pictures"))
        rows = ((*top_up, go("history")), *fill, (pictures, go("menu")))
        return Screen(text=text, rows=rows)

    async def show_help(self, step: Step) -> Screen:
        return await help_desk.help_screen(self._core, step.event.person.person_id)

    async def show_language(self, step: Step) -> Screen:
        return await preferences_screen(self._core, step.event.person)

    async def show_not_linked(self, _step: Step) -> Screen:
        return Screen(text=Text("menu.not_linked"), rows=((go("language"),),))

    async def show_not_allowed(self, _step: Step) -> Screen:
        return Screen(text=Text("menu.not_allowed"), rows=((go("menu"), go("language")),))
