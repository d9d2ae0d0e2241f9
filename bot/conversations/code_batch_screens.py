"""How batches of top-up codes look to operators."""

from collections.abc import Sequence

from bot.conversations.model import (
    Button,
    Fields,
    Move,
    Navigate,
    Picture,
    Screen,
    Style,
    Text,
)
from bot.conversations.standing import Facts
from bot.conversations.turning import turning
from core.codes.model import MOST_CODES, Batch, BatchReport, BatchState, BatchWish
from core.ids import PersonId

# Each question of a new batch, by what the ones before it have found out.
QUESTIONS = ("name", "amount", "count", "expiry", "limit")
_ANSWERS = ("batch", "amount_fen", "count", "expires_at")
DAYS = (30, 90, 365)


def listed(found: Sequence[Batch], *, page: int, more: bool) -> Screen:
    rows = [(_choice(batch),) for batch in found]
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    new = _move("batch.new", "new", style=Style.PRIMARY)
    shown = [*rows, *turning(page, more=more), (new, menu)]
    return Screen(text=Text("batch.list" if found else "batch.none"), rows=tuple(shown))


def _choice(batch: Batch) -> Button:
    fields: Fields = {**_wish_fields(batch.wish), "state": Text(f"batch.state_{batch.state}")}
    move = Move(name="open", argument=batch.wish.batch_id)
    return Button(label=Text("batch.entry", fields), action=move)


def question(facts: Facts) -> Screen:
    """The first question that has no answer yet."""
    place = next(
        (number for number, name in enumerate(_ANSWERS) if name not in facts), len(_ANSWERS)
    )
    name = QUESTIONS[place]
    count = facts.get("count", MOST_CODES)
    text = Text(f"batch.ask_{name}", {"most": int(str(count))})
    rows: list[tuple[Button, ...]] = []
    if name == "expiry":
        rows.append(tuple(_days(days) for days in DAYS))
    if name == "limit":
        rows.append((_move("batch.no_limit", "none"),))
    return Screen(text=text, rows=(*rows, (_move("button.cancel", "leave"),)))


def _days(days: int) -> Button:
    move = Move(name="days", argument=str(days))
    return Button(label=Text("batch.days", {"days": days}), action=move)


def confirm(wish: BatchWish) -> Screen:
    yes = _move("button.confirm", "confirm", style=Style.PRIMARY)
    text = Text("batch.confirm", _wish_fields(wish))
    return Screen(text=text, rows=((yes, _move("button.cancel", "leave")),))


def one(report: BatchReport, person_id: PersonId, picture: Picture | None) -> Screen:
    batch, counts = report.batch, report.counts
    fields: Fields = {
        **_wish_fields(batch.wish),
        "state": Text(f"batch.state_{batch.state}"),
        "maker": report.maker_name or "—",
        "releaser": report.releaser_name or "—",
        "active": counts.active,
        "redeemed": counts.redeemed,
        "revoked": counts.revoked,
        "expired": counts.expired,
        "paid_fen": counts.redeemed * batch.wish.amount_fen,
    }
    is_draft = batch.state is BatchState.DRAFT
    text = Text("batch.one_draft" if is_draft else "batch.one", fields)
    rows: list[tuple[Button, ...]] = []
    if is_draft and batch.maker == person_id:
        text = Text("kernel.lines", {"above": text, "below": Text("batch.waits_for_other")})
    elif is_draft:
        rows.append((_move("batch.release", "release", style=Style.PRIMARY),))
    if batch.ended_at is None:
        rows.append((_move("batch.revoke", "revoke", style=Style.DANGER),))
    rows.append((_move("batch.back_to_list", "list"),))
    return Screen(text=text, rows=tuple(rows), image=picture)


def ask_release(report: BatchReport) -> Screen:
    return _asking(Text("batch.ask_release", _wish_fields(report.batch.wish)), Style.PRIMARY)


def ask_revoke(report: BatchReport) -> Screen:
    wish, active = report.batch.wish, report.counts.active
    fields: Fields = {
        "batch": wish.batch_id,
        "count": active,
        "back_fen": active * wish.amount_fen,
    }
    return _asking(Text("batch.ask_revoke", fields), Style.DANGER)


def _asking(text: Text, style: Style) -> Screen:
    yes = _move("button.confirm", "confirm", style=style)
    return Screen(text=text, rows=((yes, _move("button.back", "back")),))


def _wish_fields(wish: BatchWish) -> Fields:
    limit = wish.per_account
    return {
        "batch": wish.batch_id,
        "amount_fen": wish.amount_fen,
        "count": wish.count,
        "budget_fen": wish.budget_fen,
        "expires_at": wish.expires_at.isoformat(),
        "limit": Text("batch.no_limit") if limit is None else str(limit),
    }


def _move(label: str, name: str, argument: str = "", *, style: Style = Style.PLAIN) -> Button:
    return Button(label=Text(label), action=Move(name=name, argument=argument), style=style)
