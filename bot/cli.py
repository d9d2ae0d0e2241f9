"""The command `topup`: here are the arguments; what a command does is in `bot.commands`."""
# ruff: noqa: PLC0415 - commands import what they run, so that the others start without it

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer

from bot.serve_role import ServeRole
from bot.settings_faults import SettingsRefused
from core.access.model import Role, StaffRole
from core.channels import Channel
from core.errors import TopupError

FAILED, MISUSED = 1, 2


def _group(about: str) -> typer.Typer:
    return typer.Typer(
        help=about,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


app = _group("Keeps cloud fee accounts filled from a Telegram chat. Settings: docs/settings.md.")
account = _group("Cloud fee accounts.")
staff = _group("Reviewers and operators.")
stepup = _group("Codes of authenticator apps.")
audit = _group("The record of what was done.")
ledger = _group("The books.")
codes = _group("Batches of top-up codes.")
webhooks = _group("What the platform is told.")
app.add_typer(account, name="account")
app.add_typer(staff, name="staff")
app.add_typer(stepup, name="stepup")
app.add_typer(audit, name="audit")
app.add_typer(ledger, name="ledger")
app.add_typer(codes, name="codes")
app.add_typer(webhooks, name="webhooks")

TelegramId = Annotated[int, typer.Argument(min=1, max=2**52, help="The person's Telegram id.")]


def main() -> None:
    """Exit 0 for done, 1 for refused or a fault found, 2 for wrong arguments or settings."""
    try:
        app()
    except SettingsRefused as refused:
        typer.echo(refused, err=True)
        sys.exit(MISUSED)
    except (TopupError, OSError) as error:
        typer.echo(f"error: {_told(error)}", err=True)
        sys.exit(FAILED)


def _told(error: Exception) -> str:
    text = str(error)
    if isinstance(error, TopupError) and " " not in text:  # a bare id, or nothing at all
        return f"{error.code} {text}".strip()
    return text


def _run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(work)


@app.command()
def serve(
    role: Annotated[ServeRole, typer.Option(help="Which part to run.")] = ServeRole.ALL,
) -> None:
    """Run the product."""
    from bot.commands.serving import serve as start

    start(role)


@app.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    from bot.commands.database import migrate_to_head

    _run(migrate_to_head())


@app.command()
def doctor() -> None:
    """Check settings, database, Telegram, payment channels, clock and disk."""
    from bot.doctor import examine

    if not asyncio.run(examine()):
        raise typer.Exit(FAILED)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
) -> None:
    """Copy a SQLite installation, consistently, while it runs."""
    from bot.commands.copies import back_up

    _run(back_up(file))


@app.command()
def restore(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The copy.")] = None,
    *,
    mark_only: Annotated[
        bool, typer.Option("--mark-only", help="The database was restored by other means.")
    ] = False,
) -> None:
    """Bring a copy back; money commands are refused until it is reconciled."""
    from bot.commands.copies import restore as bring_back

    if mark_only == (file is not None):
        raise typer.BadParameter("name the copy's FILE, or say --mark-only")
    _run(bring_back(file))


@account.command("create")
def account_create(
    account_id: Annotated[str, typer.Argument(metavar="ID", help="The platform's id of it.")],
    name: Annotated[str, typer.Option(help="The name people see.")],
) -> None:
    """Create an account, or give it a new name."""
    from bot.commands.accounts import create_account

    _run(create_account(account_id, name))


@app.command()
def link(
    account_id: Annotated[str, typer.Argument(metavar="ID", help="The account.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")],
    ttl: Annotated[str, typer.Option(help="How long it lives: 90s, 10m, 2h, up to 1d.")] = "10m",
) -> None:
    """Print a one-time address that links a person's chat to an account."""
    from bot.commands.accounts import print_link, read_life

    try:
        life = read_life(ttl)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--ttl") from error
    _run(print_link(account_id, role, life))


@staff.command("add")
def staff_add(
    telegram_id: TelegramId,
    role: Annotated[StaffRole, typer.Option(help="What the person may do.")],
) -> None:
    """Give a person a role on the platform's side."""
    from bot.commands.staff import add_staff

    _run(add_staff(telegram_id, role))


@staff.command("list")
def staff_list() -> None:
    """Print each person's id and role."""
    from bot.commands.staff import list_staff

    _run(list_staff())


@staff.command("remove")
def staff_remove(telegram_id: TelegramId) -> None:
    """Take every role on the platform's side from a person."""
    from bot.commands.staff import remove_staff

    _run(remove_staff(telegram_id))


@app.command()
def reconcile(
    date: Annotated[str, typer.Option(help="The day of the bill in Beijing: 2026-11-22.")],
    channel: Annotated[Channel | None, typer.Option(help="One channel; else all.")] = None,
) -> None:
    """Compare the providers' bills with the books; exit 1 when breaks remain."""
    from bot.commands.reconciling import read_day
    from bot.commands.reconciling import reconcile as compare

    try:
        day = read_day(date)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--date") from error
    if not asyncio.run(compare(day, channel)):
        raise typer.Exit(FAILED)


BatchName = Annotated[str, typer.Argument(metavar="BATCH", help="The name of the batch.")]


@codes.command("create")
def codes_create(
    count: Annotated[int, typer.Option(help="How many codes.")],
    amount: Annotated[str, typer.Option(metavar="YUAN", help="What each is worth.")],
    batch: Annotated[str, typer.Option(metavar="NAME", help="The name of the batch.")],
    expires: Annotated[str, typer.Option(metavar="DATE", help="Their last day, 2027-05-01.")],
    per_account: Annotated[
        int | None, typer.Option(metavar="LIMIT", help="How many one account may redeem.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where they go; unset: the screen.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE.pdf", help="A PDF to print, with QR images.")
    ] = None,
) -> None:
    """Make codes that are active at once; they are told this one time."""
    from bot.commands.codes import create_batch, read_wish

    try:
        wish = read_wish(batch, count, amount, expires, per_account)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    _run(create_batch(wish, out, sheet))


@codes.command("revoke")
def codes_revoke(batch: BatchName) -> None:
    """Take back the codes nobody redeemed; their budget is free again."""
    from bot.commands.codes import revoke_batch

    _run(revoke_batch(batch))


@codes.command("report")
def codes_report(
    batch: BatchName,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="A picture of the redemptions.")
    ] = None,
) -> None:
    """Print how many codes are in which state."""
    from bot.commands.codes import report_batch

    _run(report_batch(batch, out))


@codes.command("sheet")
def codes_sheet(
    file: Annotated[Path, typer.Argument(metavar="CODES", help="What `create --out` wrote.")],
    out: Annotated[Path, typer.Option(metavar="FILE.pdf", help="Where the PDF goes.")],
) -> None:
    """Print codes on paper, with QR images that open the bot."""
    from bot.commands.codes import print_sheet

    _run(print_sheet(file, out))


@stepup.command("reset")
def reset_step_up(telegram_id: TelegramId) -> None:
    """Ask a person who lost their authenticator app for no codes, until they set it up anew."""
    from bot.commands.stepup import reset

    _run(reset(telegram_id))


@audit.command("verify")
def audit_verify() -> None:
    """Recompute the audit chain; exit 1 and the first broken row if it does not hold."""
    from bot.commands.books import verify_audit

    _run(verify_audit())


@ledger.command("verify")
def ledger_verify() -> None:
    """Check every invariant of the books; exit 1 and the first broken row if one fails."""
    from bot.commands.books import verify_ledger

    _run(verify_ledger())


@webhooks.command("log")
def webhooks_log(
    event: Annotated[str | None, typer.Option(help="One event, by its id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of the newest.")] = 20,
) -> None:
    """Print events and every try to deliver them, newest first."""
    from bot.commands.webhooks import print_log

    _run(print_log(event, limit))


@webhooks.command("replay")
def webhooks_replay(
    event: Annotated[str | None, typer.Option(help="One event, by its id.")] = None,
    since: Annotated[
        str | None, typer.Option(help="All from this time on, such as 2026-11-22T20:00:00+08:00.")
    ] = None,
) -> None:
    """Send events again: one, all since a time, or else all that did not get through."""
    from bot.commands.webhooks import read_time, replay

    if event is not None and since is not None:
        raise typer.BadParameter("name an event or a time, not both", param_hint="--since")
    try:
        moment = None if since is None else read_time(since)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error
    _run(replay(event, moment))
