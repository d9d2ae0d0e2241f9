"""The provider's bill of a day against the books, beside a running `serve`."""

import re
from collections.abc import Iterable
from datetime import date, datetime

import typer

from bot.commands.database import opened_database
from bot.settings_reading import read_settings
from core.channels import Channel
from core.clock import SystemClock
from core.errors import IllegalStep, InvalidRequest, ProviderUnavailable, TopupError
from core.ids import RandomIds
from core.money import show
from core.providers.base import Bills, Provider
from core.providers.registry import build, new_http_client
from core.reconciliation.model import (
    Clearing,
    OpenBreak,
    Outcome,
    Reconciled,
    Share,
    day_of,
    ready_at,
)
from core.reconciliation.service import Reconciliation

NOTED = (Outcome.MATCHED, Outcome.CREDITED, Outcome.LATE, Outcome.VOID)
SHARES = {
    Share.WAITING: "payments whose bill has not come",
    Share.MISSING: "payments that their bill did not have",
    Share.BILLED: "payments in the bill of a day that is not settled",
    Share.REFUNDED: "refunds that no settled day has taken into account",
    Share.CAME_BACK: "refunds that failed after they were settled",
}


def read_day(text: str) -> date:
    """`2026-11-22`, a day that is over in Beijing."""
    today = day_of(SystemClock().now())
    allowed = f"a day before today ({today} in Beijing), written like 2026-11-22"
    try:
        day = (
            date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
        )
    except ValueError:
        day = None
    if day is None or day >= today:
        raise ValueError(f"{text!r} is not {allowed}")
    return day


async def reconcile(day: date, channel: Channel | None) -> bool:
    """Whether every bill was there and no difference is left."""
    settings = read_settings()
    http, clock, ids = new_http_client(), SystemClock(), RandomIds()
    try:
        async with opened_database() as database:
            providers = build(settings.channels, http=http, clock=clock, ids=ids)
            service = Reconciliation(database, clock, ids, providers)
            wanted = _wanted(service.channels(), channel)
            clean = [await _one(service, providers[each], day) for each in wanted]
    finally:
        await http.aclose()
    return all(clean)


def _wanted(on: list[Channel], channel: Channel | None) -> list[Channel]:
    if not on:
        raise InvalidRequest("no payment channel is configured: there is no bill to compare")
    if channel is None:
        return on
    if channel not in on:
        raise InvalidRequest(f"channel {channel} is off; these are on: {', '.join(on)}")
    return [channel]


async def _one(service: Reconciliation, provider: Provider, day: date) -> bool:
    try:
        run = await service.run(provider.channel, day, by="operator")
    except TopupError as error:
        typer.echo(f"{provider.channel} {day}: {_why(error, provider, day)}", err=True)
        return False
    for line in _lines(run, SystemClock().now()):
        typer.echo(line)
    return run.is_clean


def _why(error: TopupError, provider: Provider, day: date) -> str:
    if isinstance(error, IllegalStep):
        return "another run of this channel is under way; try again in a moment"
    is_early = isinstance(provider, Bills) and SystemClock().now() < ready_at(
        day, provider.bill_ready
    )
    if isinstance(error, ProviderUnavailable) and is_early and isinstance(provider, Bills):
        hour = f"{provider.bill_ready:%H:%M}"
        return f"the bill is not out yet: it comes at {hour} Beijing time the next day ({error})"
    return f"not compared: {error}"


def _lines(run: Reconciled, now: datetime) -> Iterable[str]:
    yield from (_break(run, item, now) for item in run.breaks)
    left = f"{len(run.breaks)} break{'' if len(run.breaks) == 1 else 's'} left"
    counts = [f"{run.outcomes.get(outcome, 0)} {outcome}" for outcome in NOTED]
    yield (
        f"{run.channel} {run.day}: {run.lines} lines in the bill "
        f"(payments {show(run.paid_fen)}, refunds {show(run.refunded_fen)}, "
        f"fees {show(run.fee_fen)}): {', '.join(counts)}, {left}"
    )
    if run.credited_fen:
        yield f"{run.channel} {run.day}: credited from the bill: {show(run.credited_fen)}"
    settled = "settled" if run.is_settled else "not settled while breaks are left"
    yield f"{run.channel} {run.day}: {settled}"
    yield from _clearing(run.channel, run.clearing)


def _break(run: Reconciled, item: OpenBreak, now: datetime) -> str:
    found = item.finding
    parts = [
        f"break {found.outcome} {run.channel} {run.day}",
        f"{'refund' if found.refund_id else 'trade'} {found.number}",
        f"order {found.order_no or '-'}",
        show(found.amount_fen),
    ]
    if found.expected_fen is not None and found.expected_fen != found.amount_fen:
        parts.append(f"ours {show(found.expected_fen)}")
    if found.detail:
        parts.append(found.detail)
    if found.heard is not None:
        parts.append("a callback came" if found.heard else "no callback came")
    hours = int((now - item.opened_at).total_seconds()) // 3600
    owner = f"with {item.holder}" if item.holder else "with nobody"
    return "  ".join([*parts, f"case {item.case_id}, open {hours} h, {owner}"])


def _clearing(channel: Channel, clearing: Clearing) -> Iterable[str]:
    yield f"clearing/{channel}: {show(clearing.held_fen)} held by the provider"
    for share, (count, fen) in clearing.shares.items():
        yield f"  {count} {SHARES[share]}: {show(fen)}"
    rest = clearing.unexplained_fen
    yield "  explained to zero" if not rest else f"  NOT EXPLAINED: {show(rest)}"
