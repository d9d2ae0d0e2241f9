"""How cases look: the list with age and owner, and one case with what may be done now."""

from collections.abc import Sequence
from datetime import datetime

from bot.conversations.model import Button, Field, Move, Navigate, Screen, Style, Text
from bot.conversations.refund import reason_said
from bot.conversations.turning import turning
from core.cases.model import BREAK, CaseState, CaseView, Decision, decisions_of
from core.ids import PersonId
from core.reconciliation.model import BREAKS
from core.refunds.model import PUZZLES

STYLES = {
    Decision.CREDIT: Style.SUCCESS,
    Decision.APPROVE: Style.SUCCESS,
    Decision.DONE: Style.SUCCESS,
    Decision.REFUSE: Style.DANGER,
    Decision.FAILED: Style.DANGER,
}
# Beside what every case shows: what some kinds of cases know of.
MORE = (
    "expected_fen",
    "total_fen",
    "asker",
    "bill_day",
    "fee_fen",
    "due_fee_fen",
    "billed_currency",
    "billed_merchant",
    "billed_state",
    "detail",
    "dispute",
    "due_at",
)
KNOWN = frozenset(
    {
        "unknown_order",
        "amount_differs",
        "other_currency",
        "refund",
        "refund_by_hand",
        "refund_abnormal",
        "dispute",
        "dispute_lost",
    }
)
CHANNELS = frozenset({"wechat", "qq", "tenpay", "card"})


def kind_text(kind: str) -> Text:
    """The name of a kind; a break is told by its own name."""
    if kind in KNOWN:
        return Text(f"case.{kind}")
    what = kind.removeprefix(BREAK)
    return Text("case.break", {"what": Text(f"break.{what}") if what in BREAKS else what})


def channel_text(channel: object) -> Text | str:
    return Text(f"channel.{channel}") if channel in CHANNELS else str(channel or "")


def listed(found: Sequence[CaseView], now: datetime, *, page: int, more: bool) -> Screen:
    """Oldest first, a button each."""
    rows: list[tuple[Button, ...]] = [(_entry(view, now),) for view in found]
    rows.extend(turning(page, more=more))
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    text = Text("cases.list" if found else "cases.none")
    return Screen(text=text, rows=(*rows, (menu,)))


def _entry(view: CaseView, now: datetime) -> Button:
    fields: dict[str, Field | Text] = {
        "kind": kind_text(view.case.kind),
        "amount_fen": view.case.amount_fen or 0,
        "age": _age(view, now),
        "holder": view.holder_name,
    }
    label = Text("cases.entry" if view.holder is None else "cases.entry_held", fields)
    return Button(label=label, action=Move(name="open", argument=view.case.case_id))


def _age(view: CaseView, now: datetime) -> Text:
    hours = int((now - view.case.opened_at).total_seconds()) // 3600
    if hours < 48:
        return Text("cases.age_hours", {"hours": hours})
    return Text("cases.age_days", {"days": hours // 24})


def one(view: CaseView, person_id: PersonId, now: datetime) -> Screen:
    """The facts, who has it, and the buttons this person has at this moment."""
    case = view.case
    facts = case.facts
    fields: dict[str, Field | Text] = {
        "case": case.case_id,
        "kind": kind_text(case.kind),
        "amount_fen": case.amount_fen or 0,
        "currency": str(facts.get("currency") or "CNY"),
        "channel": channel_text(facts.get("channel")),
        "account": view.account_name or "—",
        "order_no": str(facts.get("order_no") or "—"),
        "reference": str(facts.get("reference") or "—"),
        "age": _age(view, now),
    }
    text = Text("cases.one", fields)
    for name in MORE:
        if (value := facts.get(name)) is not None:
            shown = value if isinstance(value, int) else str(value)
            text = _below(text, Text(f"cases.fact_{name.removesuffix('_fen')}", {name: shown}))
    if facts.get("why") in PUZZLES:
        text = _below(text, Text(f"cases.why_{facts['why']}"))
    if facts.get("heard") in {"yes", "no"}:
        text = _below(text, Text(f"cases.heard_{facts['heard']}"))
    if facts.get("reason"):
        reason = reason_said(str(facts["reason"]))
        text = _below(text, Text("cases.fact_reason", {"reason": reason}))
    return Screen(text=_standing(text, view), rows=_rows(view, person_id))


def _standing(text: Text, view: CaseView) -> Text:
    case = view.case
    if case.flag is not None and case.state is not CaseState.RESOLVED:
        text = _below(text, Text(f"cases.flag_{case.flag}"))
    if case.decision is not None:
        fields: dict[str, Field | Text] = {
            "decision": Text(f"cases.decided_{case.decision}"),
            "resolver": view.resolver_name or "—",
            "resolved_at": case.resolved_at.isoformat() if case.resolved_at else "",
            "note": case.note or "—",
        }
        return _below(text, Text("cases.was_decided", fields))
    if view.holder is not None and case.claimed_until is not None:
        until = case.claimed_until.isoformat()
        held = Text("cases.held_by", {"holder": view.holder_name, "until_at": until})
        return _below(text, held)
    return text


def _below(above: Text, below: Text) -> Text:
    return Text("kernel.lines", {"above": above, "below": below})


def _rows(view: CaseView, person_id: PersonId) -> tuple[tuple[Button, ...], ...]:
    end = (_to("cases.next", Move(name="next")), _to("cases.back_to_list", Move(name="list")))
    if view.case.state is CaseState.RESOLVED:
        return (end,)
    if view.holder is None:
        claim = Button(label=Text("cases.claim"), action=Move(name="claim"), style=Style.PRIMARY)
        return ((claim,), end)
    if view.holder != person_id:
        return (end,)
    decisions = tuple(
        Button(
            label=Text(f"cases.do_{decision}"),
            action=Move(name="decide", argument=decision.value),
            style=STYLES.get(decision, Style.PLAIN),
        )
        for decision in decisions_of(view.case.kind)
    )
    return (decisions, (_to("cases.release", Move(name="release")),), end)


def _to(key: str, move: Move) -> Button:
    return Button(label=Text(key), action=move)
