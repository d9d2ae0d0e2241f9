"""People on the platform's side."""

import typer

from bot.commands.database import opened_database
from core.access.model import StaffRole
from core.access.service import Access
from core.clock import SystemClock
from core.errors import InvalidRequest
from core.ids import PersonId, RandomIds
from core.storage.database import Database


async def add_staff(telegram_id: int, role: StaffRole) -> None:
    async with opened_database() as database:
        is_new = await _access(database).add_staff(PersonId(telegram_id), role)
    typer.echo(f"{telegram_id} is {'now' if is_new else 'already'} {role}")


async def list_staff() -> None:
    async with opened_database() as database:
        for person_id, role in await _access(database).staff():
            typer.echo(f"{person_id}\t{role}")


async def remove_staff(telegram_id: int) -> None:
    async with opened_database() as database:
        removed = await _access(database).remove_staff(PersonId(telegram_id))
    if not removed:
        raise InvalidRequest(f"{telegram_id} is not staff: see `topup staff list`")
    typer.echo(f"{telegram_id} is no longer staff")


def _access(database: Database) -> Access:
    return Access(database, SystemClock(), RandomIds(), actor="operator")
