"""Batches of top-up codes for operators: a list, one batch, and a new one step by step."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from bot.conversations import code_batch_screens as screens
from bot.conversations.kernel import TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import Picture, Screen, ShowFile, Text
from bot.conversations.standing import Facts
from core import money
from core.access.model import StaffRole
from core.app import Core
from core.codes.deadlines import end_of, read_deadline
from core.codes.model import (
    MOST_CODES,
    BatchReport,
    BatchState,
    BatchWish,
    IssuedCodes,
    check_name,
)
from core.errors import BatchNotFound, InvalidRequest, NotAllowed
from core.ids import BatchId

MOST_ON_SHEET = 1000


class Prints(Protocol):
    """What is drawn for operators; takes its time, so it runs beside the event loop."""

    def sheet(self, issued: IssuedCodes, language: str) -> bytes:
        """A PDF with a card for each code."""
        ...

    def curve(self, report: BatchReport, now: datetime) -> bytes:
        """A PNG of when the codes were redeemed."""
        ...


class CodeBatchesConversation:
    """List → batch, or list → name → amount → count → expiry → limit → confirm → batch."""

    name = "codes"

    def __init__(self, core: Core, prints: Prints | None) -> None:
        self._core = core
        self._batches = core.code_batches
        self._prints = prints
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "enter"): self.enter,
            ("list", "page"): self.page,
            ("list", "open"): self.open,
            ("list", "new"): self.new,
            ("name", TYPED): self.typed_name,
            ("amount", TYPED): self.typed_amount,
            ("count", TYPED): self.typed_count,
            ("expiry", TYPED): self.typed_expiry,
            ("expiry", "days"): self.pressed_days,
            ("limit", TYPED): self.typed_limit,
            ("limit", "none"): self.no_limit,
            ("confirm", "confirm"): self.draft,
            **{(state, "leave"): self.enter for state in (*screens.QUESTIONS, "confirm")},
            ("batch", "list"): self.enter,
            ("batch", "release"): self.ask_release,
            ("batch", "revoke"): self.ask_revoke,
            ("release", "confirm"): self.release,
            ("release", "back"): self.back,
            ("revoke", "confirm"): self.revoke,
            ("revoke", "back"): self.back,
        }
        self.screens: Mapping[str, ShowMethod] = {
            "list": self.show_list,
            **dict.fromkeys(screens.QUESTIONS, self.show_question),
            "confirm": self.show_confirm,
            "batch": self.show_batch,
            "release": self.show_release,
            "revoke": self.show_revoke,
        }
        self.hints: Mapping[str, Text] = {}

    # --- the list and one batch ---------------------------------------------------------------

    async def enter(self, _step: Step) -> Go:
        return Go(state="list", facts={"page": 0})

    async def page(self, step: Step) -> Go:
        return Go(state="list", facts={"page": int(step.argument)})

    async def open(self, step: Step) -> Go:
        return _batch(step.argument)

    async def back(self, step: Step) -> Go:
        return _batch(step.fact("batch"))

    async def ask_release(self, step: Step) -> Go:
        return Go(state="release", facts=step.facts)

    async def ask_revoke(self, step: Step) -> Go:
        return Go(state="revoke", facts=step.facts)

    async def release(self, step: Step) -> Go:
        """The codes leave here, once; the same tap heard again gets the same ones."""
        event = step.event
        issued = await self._batches.release(
            BatchId(step.fact("batch")), event.person.person_id, event.key
        )
        files = await self._files(issued, event.person.language)
        note = Text("batch.released_now", {"count": len(issued.codes)})
        return _batch(step.fact("batch"), note, files)

    async def _files(self, issued: IssuedCodes, language: str) -> tuple[ShowFile, ...]:
        name = issued.batch.wish.batch_id
        content = "".join(f"{code}\n" for code in issued.codes).encode()
        plain = ShowFile(name=f"{name}.txt", content=content, caption=Text("batch.codes_file"))
        if self._prints is None or len(issued.codes) > MOST_ON_SHEET:
            return (plain,)
        paper = await asyncio.to_thread(self._prints.sheet, issued, language)
        sheet = ShowFile(name=f"{name}.pdf", content=paper, caption=Text("batch.sheet_file"))
        return plain, sheet

    async def revoke(self, step: Step) -> Go:
        revoked = await self._batches.revoke_as(
            BatchId(step.fact("batch")), step.event.person.person_id
        )
        return _batch(step.fact("batch"), Text("batch.revoked_now", {"count": revoked}))

    # --- a new batch --------------------------------------------------------------------------

    async def new(self, _step: Step) -> Go:
        return Go(state="name", facts={})

    async def typed_name(self, step: Step) -> Go:
        name = step.argument.strip()
        try:
            check_name(name)
        except InvalidRequest:
            return _again(step, "name", Text("batch.bad_name"))
        try:
            await self._report(step, name)
        except BatchNotFound:
            return Go(state="amount", facts={"batch": name})
        return _again(step, "name", Text("batch.name_taken"))

    async def typed_amount(self, step: Step) -> Go:
        fen = money.read_yuan(step.argument)
        return Go(state="count", facts={**step.facts, "amount_fen": fen})

    async def typed_count(self, step: Step) -> Go:
        count = _number(step.argument, MOST_CODES)
        if count is None:
            return _again(step, "count", Text("batch.bad_count", {"most": MOST_CODES}))
        return Go(state="expiry", facts={**step.facts, "count": count})

    async def pressed_days(self, step: Step) -> Go:
        today = self._core.clock.now().astimezone(self._core.settings.zone)
        return self._expiry(step, end_of(today + timedelta(days=int(step.argument))))

    async def typed_expiry(self, step: Step) -> Go:
        try:
            return self._expiry(step, read_deadline(step.argument, self._core.settings.zone))
        except InvalidRequest:
            return _again(step, "expiry", Text("batch.bad_expiry"))

    def _expiry(self, step: Step, ends: datetime) -> Go:
        facts = {**step.facts, "expires_at": ends.isoformat()}
        try:
            _wish(facts).check(self._core.clock.now())
        except InvalidRequest:
            return _again(step, "expiry", Text("batch.bad_expiry"))
        return Go(state="limit", facts=facts)

    async def no_limit(self, step: Step) -> Go:
        return Go(state="confirm", facts=step.facts)

    async def typed_limit(self, step: Step) -> Go:
        most = step.number("count")
        limit = _number(step.argument, most)
        if limit is None:
            return _again(step, "limit", Text("batch.bad_count", {"most": most}))
        return Go(state="confirm", facts={**step.facts, "per_account": limit})

    async def draft(self, step: Step) -> Go:
        batch = await self._batches.draft(_wish(step.facts), step.event.person.person_id)
        return _batch(batch.wish.batch_id, Text("batch.drafted"))

    # --- screens ------------------------------------------------------------------------------

    async def show_list(self, step: Step) -> Screen:
        page = step.number("page")
        found, more = await self._batches.listed(step.event.person.person_id, page=page)
        return screens.listed(found, page=page, more=more)

    async def show_question(self, step: Step) -> Screen:
        await self._require_operator(step)
        return screens.question(step.facts)

    async def show_confirm(self, step: Step) -> Screen:
        await self._require_operator(step)
        return screens.confirm(_wish(step.facts))

    async def show_batch(self, step: Step) -> Screen:
        report = await self._report(step, step.fact("batch"))
        picture = await self._picture(report)
        return screens.one(report, step.event.person.person_id, picture)

    async def show_release(self, step: Step) -> Screen:
        return screens.ask_release(await self._report(step, step.fact("batch")))

    async def show_revoke(self, step: Step) -> Screen:
        return screens.ask_revoke(await self._report(step, step.fact("batch")))

    async def _picture(self, report: BatchReport) -> Picture | None:
        if self._prints is None or report.batch.state is BatchState.DRAFT:
            return None
        if report.batch.released_at is None:
            return None
        now = self._core.clock.now()
        content = await asyncio.to_thread(self._prints.curve, report, now)
        return Picture(content=content, name="redemptions.png")

    async def _report(self, step: Step, name: str) -> BatchReport:
        return await self._batches.report_for(BatchId(name), step.event.person.person_id)

    async def _require_operator(self, step: Step) -> None:
        roles = await self._core.access.staff_roles(step.event.person.person_id)
        if StaffRole.OPERATOR not in roles:
            raise NotAllowed


def _wish(facts: Facts) -> BatchWish:
    limit = facts.get("per_account")
    return BatchWish(
        batch_id=BatchId(str(facts["batch"])),
        count=int(str(facts["count"])),
        amount_fen=int(str(facts["amount_fen"])),
        expires_at=datetime.fromisoformat(str(facts["expires_at"])),
        per_account=None if limit is None else int(str(limit)),
    )


def _batch(name: str, note: Text | None = None, files: tuple[ShowFile, ...] = ()) -> Go:
    return Go(state="batch", facts={"batch": name}, note=note, also=files)


def _again(step: Step, state: str, note: Text) -> Go:
    return Go(state=state, facts=step.facts, note=note)


def _number(text: str, most: int) -> int | None:
    """A whole number from 1 to `most`, as people write it."""
    plain = text.strip().replace(",", "").replace("，", "")
    if not plain.isdecimal() or len(plain) > 9:
        return None
    return int(plain) if 1 <= int(plain) <= most else None
