"""The bank's statements in the chat: a file comes in, its lines are held against what waits."""

from collections.abc import Mapping

from bot.conversations import line_columns as columns
from bot.conversations import line_screens as screens
from bot.conversations.files import Files, kept, sent_again
from bot.conversations.kernel import SENT, TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Attachment, Screen, Text
from core.app import Core
from core.banklines.formats.kinds import LARGEST_BYTES, StatementReason
from core.banklines.model import BankLine, Columns, Table
from core.errors import ChannelOff, FileTooBig, FileUnavailable, InvalidRequest, StatementRefused
from core.ids import PersonId

TAKING = ("home", "list", "line", "exact", "columns")  # states that take a statement


class LinesConversation:
    """Home → (columns of a table) → home with the outcome; lists; all exact matches at once.

    For reviewers, whom the core asks for at every step.
    """

    name = "lines"

    def __init__(self, core: Core, files: Files) -> None:
        self._core = core
        self._files = files
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            **{(name, SENT): self.sent for name in TAKING},
            **{(name, "home"): self.enter for name in ("list", "exact", "columns")},
            ("home", "exact"): self.ask_exact,
            ("home", "list"): self.list,
            ("list", "page"): self.page,
            ("list", "open"): self.open,
            ("line", "list"): self.list,
            ("line", "case"): self.to_case,
            ("line", "ignore"): self.ask_note,
            ("line", "return"): self.ask_note,
            ("line", "reopen"): self.ask_note,
            ("note", TYPED): self.set_aside,
            ("note", "back"): self.back_to_line,
            ("exact", "confirm"): self.approve_all,
            ("columns", "field"): self.choose_field,
            ("columns", "confirm"): self.take_columns,
            ("column", "pick"): self.pick,
            ("column", "none"): self.pick_none,
            ("column", "back"): self.back_to_columns,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "home": self.show_home,
            "list": self.show_list,
            "line": self.show_line,
            "note": self.show_note,
            "exact": self.show_exact,
            "columns": self.show_columns,
            "column": self.show_column,
        }
        self.hints: Mapping[str, Text] = {"home": Text("lines.hint")}

    async def enter(self, step: Step) -> Go:
        await self._reviewer(step)
        return _at("home")

    # --- a statement --------------------------------------------------------------------------

    async def sent(self, step: Step) -> Go:
        """A file that came, in this conversation or to it."""
        await self._reviewer(step)
        if step.attachment is None:
            raise FileUnavailable
        return await self._import(step, step.attachment, None)

    async def take_columns(self, step: Step) -> Go:
        """The same file again, with its columns named."""
        chosen = columns.chosen(step.facts)
        return await self._import(step, sent_again(step.facts["sent"]), chosen)

    async def _import(self, step: Step, sent: Attachment, chosen: Columns | None) -> Go:
        person_id, account = await self._reviewer(step), self._account()
        try:
            content = await self._files.fetch(sent, at_most=LARGEST_BYTES)
        except FileTooBig as error:
            raise StatementRefused(StatementReason.TOO_BIG) from error
        done = await self._core.banklines.import_statement(
            person_id, content, account, columns=chosen
        )
        if isinstance(done, Table):
            return _at("columns", {"sent": kept(sent), **columns.facts_of(done)})
        return _at("home", note=screens.imported(done))

    async def choose_field(self, step: Step) -> Go:
        return _at("column", {**step.facts, "field": columns.field_of(step.argument)})

    async def pick(self, step: Step) -> Go:
        return _at("columns", columns.with_column(step.facts, int(step.argument)))

    async def pick_none(self, step: Step) -> Go:
        return _at("columns", columns.without(step.facts))

    async def back_to_columns(self, step: Step) -> Go:
        return _at("columns", step.facts)

    # --- lines nobody has taken ---------------------------------------------------------------

    async def list(self, _step: Step) -> Go:
        return _at("list", {"page": 0})

    async def page(self, step: Step) -> Go:
        return _at("list", {"page": int(step.argument)})

    async def open(self, step: Step) -> Go:
        return _at("line", {"line": int(step.argument)})

    async def to_case(self, step: Step) -> Go:
        """On to what waits and may be this line's."""
        return Go(conversation="review", state="one", facts={"remittance": step.argument})

    async def ask_note(self, step: Step) -> Go:
        return _at("note", {**step.facts, "act": step.argument})

    async def back_to_line(self, step: Step) -> Go:
        return _at("line", {"line": step.number("line")})

    async def set_aside(self, step: Step) -> Go:
        """Not a remittance, sent back, or neither after all; the note says what it is."""
        lines, who = self._core.banklines, (await self._reviewer(step), step.number("line"))
        act = {"ignore": lines.ignore, "return": lines.give_back, "reopen": lines.reopen}
        try:
            await act[step.fact("act")](*who, step.argument)
        except InvalidRequest:
            return _at("note", step.facts, note=Text("remit.refused_note"))
        return _at("line", {"line": who[1]}, note=Text("lines.noted"))

    # --- all exact matches --------------------------------------------------------------------

    async def ask_exact(self, step: Step) -> Go:
        """What is listed is kept: nothing else is approved by the confirmation."""
        found = await self._core.matches.exact(await self._reviewer(step))
        if not found.sure:
            return _at("home", note=screens.none_exact(found))
        return _at("exact", {"sure": screens.kept_matches(found), "odd": found.odd})

    async def approve_all(self, step: Step) -> Go:
        """A decision for each, with the seats, limits and proofs of any other."""
        person_id, told = await self._reviewer(step), []
        for item in screens.matches_of(step.facts):
            reviewed = await self._core.matches.approve(
                item.remittance_id, person_id, item.line_id, shown_fen=item.amount_fen
            )
            told.append((item, reviewed))
        return _at("home", note=screens.approved(told, person_id))

    # --- screens ------------------------------------------------------------------------------

    async def show_home(self, step: Step) -> Screen:
        person_id = await self._reviewer(step)
        found = await self._core.matches.standing(person_id)
        matched = await self._core.matches.exact(person_id)
        return screens.home(found, len(matched.sure), self._account())

    async def show_list(self, step: Step) -> Screen:
        page = step.number("page")
        found, more = await self._core.banklines.waiting(step.event.person.person_id, page=page)
        return screens.listed(found, page=page, more=more)

    async def show_line(self, step: Step) -> Screen:
        line = await self._line(step)
        person_id = step.event.person.person_id
        return screens.one(line, await self._core.matches.fitting(person_id, line.line_id))

    async def show_note(self, step: Step) -> Screen:
        return screens.ask_note(step.fact("act"), await self._line(step))

    async def show_exact(self, step: Step) -> Screen:
        await self._reviewer(step)
        return screens.exact(step.facts)

    async def show_columns(self, step: Step) -> Screen:
        await self._reviewer(step)
        return columns.table(step.facts)

    async def show_column(self, step: Step) -> Screen:
        await self._reviewer(step)
        return columns.question(step.facts)

    async def _line(self, step: Step) -> BankLine:
        return await self._core.banklines.line(step.event.person.person_id, step.number("line"))

    async def _reviewer(self, step: Step) -> PersonId:
        await self._core.banklines.require(step.event.person.person_id)
        return step.event.person.person_id

    def _account(self) -> str:
        """The bank account whose statements these are."""
        if (payee := self._core.settings.payee) is None:
            raise ChannelOff("remittance")
        return payee.account


def _at(state: str, facts: Mapping[str, object] | None = None, *, note: Text | None = None) -> Go:
    return Go(conversation="lines", state=state, facts=facts or {}, note=note)
