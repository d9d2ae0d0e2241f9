"""Proofs over what was written."""

import typer

from bot.commands.database import opened_database
from core.audit.service import Audit
from core.ledger.service import Ledger


async def verify_audit() -> None:
    async with opened_database() as database:
        length, head = await Audit(database).verify()
    typer.echo(f"the audit chain holds: {length} sealed rows, head {head}")


async def verify_ledger() -> None:
    async with opened_database() as database:
        await Ledger(database).verify()
    typer.echo("every invariant of the books holds")
