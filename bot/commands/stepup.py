"""Codes of authenticator apps, for people who lost theirs."""

import typer

from bot.commands.database import opened_database
from core.clock import SystemClock
from core.errors import InvalidRequest
from core.ids import PersonId
from core.stepup.service import StepUp


async def reset(telegram_id: int) -> None:
    async with opened_database() as database:
        step_up = StepUp(database, SystemClock(), ())
        if not await step_up.reset(PersonId(telegram_id)):
            raise InvalidRequest(f"{telegram_id} has no authenticator app here")
    typer.echo(f"{telegram_id} is asked for no codes any more, and is told so")
