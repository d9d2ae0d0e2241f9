"""Accounts and the links by which people come to them."""

import re
from datetime import timedelta

import typer

from bot.commands.database import opened_database
from bot.settings_reading import read_telegram_access
from bot.telegram_probe import ask_who_we_are
from core.access.model import Role
from core.access.service import LINK_LIFE_MAX, Access
from core.clock import SystemClock
from core.errors import AccountNotFound, InvalidRequest
from core.ids import AccountId, RandomIds
from core.storage.database import Database

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_life(text: str) -> timedelta:
    """`90s`, `10m`, `2h`, `1d`."""
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    life = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else timedelta(0)
    if not timedelta(0) < life <= LINK_LIFE_MAX:
        raise ValueError(f"{text!r} is not a time from 1s to 1d such as 90s, 10m or 2h")
    return life


async def create_account(account_id: str, name: str) -> None:
    async with opened_database() as database:
        is_new = await _access(database).save_account(AccountId(account_id), name)
    typer.echo(
        f"account {account_id} {'created' if is_new else 'was there; its name is now ' + name}"
    )


async def print_link(account_id: str, role: Role, life: timedelta) -> None:
    """The bot's name is asked first: a token that nobody can be told is not issued."""
    token, api = read_telegram_access()
    async with opened_database() as database:
        access = _access(database)
        try:
            await access.account(AccountId(account_id))
            bot = await ask_who_we_are(api, token)
            issued = await access.issue_link(AccountId(account_id), role, life)
        except AccountNotFound as error:
            raise InvalidRequest(
                f"there is no account {account_id}: create it with `topup account create`"
            ) from error
    typer.echo(f"https://t.me/{bot.username}?start=link_{issued.token}")


def _access(database: Database) -> Access:
    return Access(database, SystemClock(), RandomIds(), actor="operator")
