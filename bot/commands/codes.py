"""Batches of top-up codes from the command line; plain codes leave here once."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TextIO

import typer

from bot.commands.database import opened_database
from bot.locales.catalogue import Catalogue
from bot.printing import redemption_curve
from bot.printing.code_sheet import CodeSheets, SheetWish
from bot.settings_reading import read_code_settings, read_telegram_access
from bot.telegram_probe import ask_who_we_are
from core import money
from core.clock import SystemClock
from core.codes import symbols
from core.codes.batches import Batches
from core.codes.deadlines import read_deadline
from core.codes.keys import CodeKeys
from core.codes.model import BatchWish
from core.errors import AmountRefused, InvalidRequest
from core.ids import BatchId, RandomIds

LANGUAGE = "zh_CN"


def read_wish(
    batch: str, count: int, amount: str, expires: str, per_account: int | None
) -> BatchWish:
    """Raises `ValueError` for an amount or a day nobody can read."""
    _, zone = read_code_settings()
    try:
        amount_fen = money.read_yuan(amount)
    except AmountRefused as error:
        raise ValueError(f"{amount!r} is not a whole number of yuan up to 9999999") from error
    try:
        expires_at = read_deadline(expires, zone)
    except InvalidRequest as error:
        raise ValueError(str(error)) from error
    return BatchWish(
        batch_id=BatchId(batch),
        count=count,
        amount_fen=amount_fen,
        expires_at=expires_at,
        per_account=per_account,
    )


async def create_batch(wish: BatchWish, out: Path | None, sheet: Path | None) -> None:
    """The files are opened first: codes that nobody can be told are not made."""
    sheets = None if sheet is None else await _sheets()
    with _secret_file(sheet) as paper:
        with _secret_file(out) as file:
            async with _batches() as batches:
                issued = await batches.create(wish)
            file.writelines(f"{code}\n" for code in issued.codes)
            file.flush()
        if sheets is not None:  # should it fail, the codes are out all the same
            printed = SheetWish(
                codes=issued.codes, amount_fen=wish.amount_fen, expires_at=wish.expires_at
            )
            paper.buffer.write(sheets.draw(printed, LANGUAGE))
    budget = money.show(wish.budget_fen)
    typer.echo(f"batch {wish.batch_id}: {wish.count} codes, {budget} in all", err=True)


async def revoke_batch(batch: str) -> None:
    async with _batches() as batches:
        revoked = await batches.revoke(BatchId(batch))
    typer.echo(f"batch {batch}: {revoked} codes revoked")


async def report_batch(batch: str, out: Path | None) -> None:
    _, zone = read_code_settings()
    async with _batches() as batches:
        report = await batches.report(BatchId(batch))
    wish, counts = report.batch.wish, report.counts
    ends = f"{wish.expires_at.astimezone(zone):%Y-%m-%d %H:%M}"
    typer.echo(f"batch {batch}: {report.batch.state}, {wish.count} codes of ", nl=False)
    typer.echo(f"{money.show(wish.amount_fen)}, until {ends}")
    for name in ("active", "redeemed", "revoked", "expired"):
        typer.echo(f"{name}: {getattr(counts, name)}")
    if out is not None:
        picture = redemption_curve.draw(report, SystemClock().now(), zone)
        await asyncio.to_thread(out.write_bytes, picture)


async def print_sheet(codes: Path, out: Path) -> None:
    """A sheet of codes that `codes create` wrote into a file."""
    plain = await asyncio.to_thread(_codes_in, codes)
    sheets = await _sheets()
    with _secret_file(out) as paper:
        paper.buffer.write(sheets.draw(SheetWish(codes=plain), LANGUAGE))


def _codes_in(file: Path) -> list[str]:
    lines = file.read_text("utf-8").split("\n")
    read = [symbols.read(line) for line in lines if line.strip()]
    plain = [symbols.grouped(code) for code in read if code is not None]
    if len(plain) != len(read) or not plain:
        raise InvalidRequest(f"{file} has to hold one code per line")
    return plain


async def _sheets() -> CodeSheets:
    token, api = read_telegram_access()
    bot = await ask_who_we_are(api, token)
    _, zone = read_code_settings()
    return CodeSheets(Catalogue.load(zone), bot.username)


@asynccontextmanager
async def _batches() -> AsyncIterator[Batches]:
    keys, _ = read_code_settings()
    async with opened_database() as database:
        yield Batches(
            database,
            SystemClock(),
            RandomIds(),
            CodeKeys([key.reveal() for key in keys]),
            actor="operator",
        )


@contextmanager
def _secret_file(path: Path | None) -> Iterator[TextIO]:
    """A new file for its owner's eyes alone, gone again if something fails; None: the screen."""
    if path is None:
        yield sys.stdout
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
    except BaseException:
        path.unlink()
        raise
