"""Step-up in the chat: enrolling an authenticator app, showing codes, a limit for top-ups."""

from collections.abc import Mapping

from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Button, Copy, Move, Navigate, Qr, Say, Screen, Style, Text
from core import money
from core.app import Core
from core.errors import NotFound, NotLinked
from core.ids import PersonId
from core.stepup.model import Enrolment


class SecurityConversation:
    """Home → enrol or limit; `ask` is where the kernel leads when an act needs a code."""

    name = "security"

    def __init__(self, core: Core) -> None:
        self._core = core
        self._step_up = core.step_up
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("home", "begin"): self.begin,
            ("home", "limit"): self.limit,
            ("home", "off"): self.switch_off,
            ("enrol", TYPED): self.first_code,
            ("enrol", "leave"): self.enter,
            ("limit", TYPED): self.typed_limit,
            ("limit", "none"): self.no_limit,
            ("limit", "leave"): self.enter,
            ("ask", TYPED): self.code,
            ("ask", "leave"): self.give_up,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "home": self.show_home,
            "enrol": self.show_enrol,
            "limit": self.show_limit,
            "ask": self.show_ask,
        }
        self.hints: Mapping[str, Text] = {}

    # --- moves --------------------------------------------------------------------------------

    async def enter(self, step: Step) -> Go:
        await self._person(step)
        return Go(state="home", facts={})

    async def begin(self, step: Step) -> Go:
        """The secret is shown in a message of its own: the place must not keep it."""
        made = await self._step_up.enrol(await self._person(step))
        return Go(state="enrol", facts={}, also=(Say(screen=_secret(made)),))

    async def first_code(self, step: Step) -> Go:
        await self._step_up.switch_on(await self._person(step), step.argument)
        return Go(state="home", facts={}, note=Text("security.is_on_now"), forget=True)

    async def switch_off(self, step: Step) -> Go:
        await self._step_up.switch_off(await self._person(step))
        return Go(state="home", facts={}, note=Text("security.is_off_now"))

    async def limit(self, step: Step) -> Go:
        await self._person(step)
        return Go(state="limit", facts={})

    async def typed_limit(self, step: Step) -> Go:
        return await self._set_limit(step, money.read_yuan(step.argument))

    async def no_limit(self, step: Step) -> Go:
        return await self._set_limit(step, None)

    async def _set_limit(self, step: Step, fen: int | None) -> Go:
        await self._step_up.set_limit(await self._person(step), fen)
        return Go(state="home", facts={}, note=Text("security.limit_set"))

    async def code(self, step: Step) -> Go:
        """The right code leads back to where it was asked for."""
        await self._step_up.show(await self._person(step), step.argument)
        facts = step.facts.get("facts")
        return Go(
            conversation=step.fact("conversation") or "menu",
            state=step.fact("state") or "home",
            facts=facts if isinstance(facts, dict) else {},
            note=Text("security.passed"),
            forget=True,
        )

    async def give_up(self, _step: Step) -> Go:
        return Go(conversation="menu", state="home", facts={}, note=Text("menu.cancelled"))

    # --- screens ------------------------------------------------------------------------------

    async def show_home(self, step: Step) -> Screen:
        view = await self._step_up.view(await self._person(step))
        menu = (Button(label=Text("command.menu"), action=Navigate(command="menu")),)
        if not view.is_on:
            begin = Button(
                label=Text("security.begin"), action=Move(name="begin"), style=Style.PRIMARY
            )
            key = "security.off" if view.is_offered else "security.not_offered"
            return Screen(text=Text(key), rows=((begin,), menu) if view.is_offered else (menu,))
        change = Button(label=Text("security.change_limit"), action=Move(name="limit"))
        off = Button(label=Text("security.switch_off"), action=Move(name="off"))
        if view.limit_fen is None:
            text = Text("security.on")
        else:
            text = Text("security.on_above", {"limit_fen": view.limit_fen})
        return Screen(text=text, rows=((change,), (off,), menu))

    async def show_enrol(self, step: Step) -> Screen:
        await self._person(step)
        return Screen(text=Text("security.ask_first_code"), rows=((_leave(),),))

    async def show_limit(self, step: Step) -> Screen:
        if not (await self._step_up.view(await self._person(step))).is_on:
            raise NotFound
        none = Button(label=Text("security.no_limit"), action=Move(name="none"))
        fields = {"maximum": money.whole_yuan(money.MAXIMUM_FEN)}
        return Screen(text=Text("security.ask_limit", fields), rows=((none,), (_leave(),)))

    async def show_ask(self, step: Step) -> Screen:
        await self._person(step)
        return Screen(text=Text("security.ask_code"), rows=((_leave(),),))

    async def _person(self, step: Step) -> PersonId:
        """Who is linked to an account or is staff; anybody else learns how to link."""
        person_id = step.event.person.person_id
        held = await self._core.access.memberships(person_id)
        if not held and not await self._core.access.staff_roles(person_id):
            raise NotLinked
        return person_id


def _secret(made: Enrolment) -> Screen:
    copy = Button(label=Text("security.copy_secret"), action=Copy(value=made.secret))
    text = Text("security.scan", {"secret": made.secret})
    return Screen(text=text, rows=((copy,),), image=Qr(text=made.uri))


def _leave() -> Button:
    return Button(label=Text("button.cancel"), action=Move(name="leave"))
