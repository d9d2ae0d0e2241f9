"""Makes the files people ordered, and brings them to their chats."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import structlog

from bot.conversations.history_screens import channel_name, kind_name
from bot.conversations.model import Fields, ShowFile, Text
from bot.exports.header import COLUMNS, Header
from bot.locales.catalogue import Catalogue
from bot.telegram.errors import CallRefused
from bot.telegram.messages import Messages
from bot.telegram.render import Rendered, Renderer
from core.errors import RetryLater, Undeliverable
from core.statements.model import Decision, ExportForm, ExportOrder, Line, Sums
from core.statements.service import CREDITS, Statements

LARGEST_UPLOAD = 49 * 1024 * 1024  # Telegram takes documents up to 50 MB from a bot
AGAIN_S = 2.0
ENDINGS = {form: form.value for form in ExportForm} | {ExportForm.PACK: "zip"}
MORE_TEXTS = (
    "account", "span", "made", "opening", "closing", "difference", "sheet_sums", "sheet_entries",
    "count", "in", "out", "net", "title", "receipts", "amount", "too_long", "actor", "action",
    "subject", "details",
)  # fmt: skip
log = structlog.get_logger()


class Exporter:
    """Reads through the use cases, writes in a process of its own, sends, and tidies up."""

    def __init__(
        self,
        statements: Statements,
        catalogue: Catalogue,
        renderer: Renderer,
        messages: Messages,
    ) -> None:
        self._statements = statements
        self._catalogue = catalogue
        self._renderer = renderer
        self._messages = messages

    async def deliver(self, order: ExportOrder, language: str) -> None:
        """Raises `RetryLater`; who may no longer see the account's money gets nothing."""
        if not await self._statements.may_have(order):
            return
        with tempfile.TemporaryDirectory(prefix="topup-export-") as folder:
            name = self._name(order)
            path = Path(folder) / f"{name}.{ENDINGS[order.form]}"
            sums = await self.write(order, language, path)
            await self._send(order, sums, path, language)

    async def write(self, order: ExportOrder, language: str, path: Path) -> Sums:
        """The file of an order; returns what the ledger says it adds up to."""
        sums = await self._statements.sums_of(order)
        header = self._header(order, sums, language)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot.exports.child", str(path)),
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            await self._feed(child, header, order, sums, language)
            _, said = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            # A movement of the span may have been committed late: the next try has it.
            log.warning("export.not_written", code=child.returncode, said=said[-500:].decode())
            raise RetryLater(AGAIN_S)
        return sums

    async def _feed(
        self,
        child: asyncio.subprocess.Process,
        header: Header,
        order: ExportOrder,
        sums: Sums,
        language: str,
    ) -> None:
        pipe = child.stdin
        if pipe is None:
            raise RetryLater(AGAIN_S)
        try:
            pipe.write(f"{header.line()}\n".encode())
            async for piece in self._pieces(order, sums, language):
                pipe.write(piece.encode())
                await pipe.drain()  # as fast as it is written, no faster
            pipe.write(b'["end"]\n')
            await pipe.drain()
        except (BrokenPipeError, ConnectionResetError):
            return  # it ended early, and its exit code says why

    async def _pieces(self, order: ExportOrder, sums: Sums, language: str) -> AsyncIterator[str]:
        tell = self._teller(language)
        async for lines in self._statements.lines(order, sums.last_id):
            yield "".join(_json(["entry", *tell(line)]) for line in lines)
        if order.form is ExportForm.PACK:
            async for decisions in self._statements.decisions(order):
                yield "".join(_json(["decision", *self._decided(one)]) for one in decisions)

    def _teller(self, language: str) -> Callable[[Line], list[object]]:
        """Rows in the reader's language; each name is looked up once."""

        @cache
        def kind(name: str) -> str:
            return self._catalogue.plain(language, kind_name(name))

        @cache
        def channel(name: str | None, bank: str | None) -> str:
            if name is None:
                return ""
            return self._catalogue.plain(language, channel_name(name, bank))

        def tell(line: Line) -> list[object]:
            return [
                self._time(line.at),
                self._time(line.occurred_at),
                kind(line.kind),
                channel(line.channel, line.bank),
                line.reference,
                line.available_fen,
                line.frozen_fen,
            ]

        return tell

    def _decided(self, decision: Decision) -> list[object]:
        facts = json.dumps(decision.facts, ensure_ascii=False, sort_keys=True)
        return [self._time(decision.at), decision.actor, decision.action, decision.subject, facts]

    def _time(self, moment: datetime) -> str:
        return moment.astimezone(self._statements.zone).strftime("%Y-%m-%d %H:%M:%S")

    def _header(self, order: ExportOrder, sums: Sums, language: str) -> Header:
        def say(key: str) -> str:
            return self._catalogue.plain(language, Text(f"export.{key}"))

        def named(text: Text) -> str:
            return self._catalogue.plain(language, text)

        rows: list[list[object]] = [
            [
                named(kind_name(item.kind)),
                named(channel_name(item.channel)) if item.channel else "",
                item.count,
                item.in_fen,
                item.out_fen,
                item.available_fen,
            ]
            for item in sums.moved
        ]
        return Header(
            form=order.form.value,
            name=self._name(order),
            texts={name: say(name) for name in (*COLUMNS, *MORE_TEXTS)},
            account=order.account_name,
            account_id=order.account_id,
            span=named(self._span(order)),
            made=self._time(order.ordered_at),
            opening=sums.opening,
            closing=sums.closing,
            sums=rows,
            count=sums.count,
            credit_kinds=[named(kind_name(name)) for name in sorted(CREDITS)],
        )

    def _span(self, order: ExportOrder) -> Text:
        days = self._days(order)
        if days is None:
            return Text("time.all")
        return Text("history.from_to", {"first_on": days[0], "last_on": days[1]})

    def _days(self, order: ExportOrder) -> tuple[str, str] | None:
        """First and last day of the span, in the account's zone."""
        since, until = order.span.since, order.span.until
        if since is None or until is None:
            return None
        last = until.astimezone(self._statements.zone).date() - timedelta(days=1)
        return since.astimezone(self._statements.zone).date().isoformat(), last.isoformat()

    def _name(self, order: ExportOrder) -> str:
        days = self._days(order)
        stretch = "all" if days is None else f"{days[0]}_{days[1]}"
        return f"topup_{order.account_id}_{stretch}"

    async def _send(self, order: ExportOrder, sums: Sums, path: Path, language: str) -> None:
        fields: Fields = {
            "account": order.account_name,
            "when": self._span(order),
            "opening_fen": sums.opening["available"],
            "closing_fen": sums.closing["available"],
            "count": sums.count,
        }
        try:
            if await asyncio.to_thread(_size, path) > LARGEST_UPLOAD:
                said = self._renderer.caption(Text("export.too_big", fields), language)
                shown = Rendered(text=said, keyboard=None, image=None)
                await self._messages.send(order.person_id, shown, urgent=False)
                return
            caption = self._renderer.caption(Text("export.ready", fields), language)
            file = ShowFile(name=path.name, content=path)
            await self._messages.send_file(order.person_id, file, caption)
        except (Undeliverable, CallRefused) as error:
            log.info("export.not_sent", chat=order.person_id, why=error.code)


def _size(path: Path) -> int:
    return path.stat().st_size


def _json(row: list[object]) -> str:
    return f"{json.dumps(row, ensure_ascii=False)}\n"
