"""What waits for somebody who pays, the most urgent first: purchases, transfers, an order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.conversations.model import Button, Fields, Move, Style, Text
from bot.conversations.needed import amount_for
from bot.conversations.ordering import channel_text
from bot.conversations.remit_card import reject_text
from core.access.model import Membership
from core.app import Core
from core.remittance.model import Remittance, RemittanceState
from core.shortfalls.model import Shortfall
from core.topup.model import TopUpView

MOST_TRANSFERS = 3
REJECTED_FOR = timedelta(days=14)  # after that, a transfer that failed is history
_FOR_PAYER = (RemittanceState.NEEDS_INFO, RemittanceState.REJECTED, RemittanceState.DRAFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One thing that waits, said in a sentence, and its next step where there is one."""

    text: Text
    button: Button | None = None


async def what_waits(core: Core, member: Membership) -> list[Waits]:
    """For somebody who may move money there; each use case asks for the right again."""
    account_id, person_id = member.account.account_id, member.person_id
    shortfall = await core.shortfalls.of(account_id, person_id)
    listed, _ = await core.remittances.listed(person_id, account_id)
    order = await core.topups.unpaid(person_id, account_id)
    amount_fen = await amount_for(core, shortfall.missing_fen)
    found = [
        *_blocked(shortfall, amount_fen),
        *(_transfer(item) for item in _current(listed, core.clock.now())[:MOST_TRANSFERS]),
        *([] if order is None else [_unpaid(order)]),
    ]
    return found or [Waits(text=Text("help.nothing_waits"))]


def _blocked(shortfall: Shortfall, amount_fen: int) -> list[Waits]:
    if not shortfall.waiting:
        return []
    fields: Fields = {
        "count": len(shortfall.waiting),
        "missing_fen": shortfall.missing_fen,
    }
    if not shortfall.missing_fen:
        return [Waits(text=Text("help.blocked_ready", fields))]
    label = Text("blocked.top_up", {"amount_fen": amount_fen})
    button = Button(label=label, action=Move(name="fund"), style=Style.PRIMARY)
    return [Waits(text=Text("help.blocked", fields), button=button)]


def _current(listed: list[Remittance], now: datetime) -> list[Remittance]:
    """What the payer has to do first, then what others have in hand; nothing that is over."""
    replaced = {item.replaces for item in listed}
    living = [
        item
        for item in listed
        if _state_key(item) is not None
        and not (
            item.state is RemittanceState.REJECTED
            and (item.remittance_id in replaced or now - item.created_at > REJECTED_FOR)
        )
    ]
    return sorted(living, key=_rank)


def _rank(item: Remittance) -> int:
    return _FOR_PAYER.index(item.state) if item.state in _FOR_PAYER else len(_FOR_PAYER)


def _state_key(item: Remittance) -> str | None:
    match item.state:
        case RemittanceState.NEEDS_INFO | RemittanceState.REJECTED | RemittanceState.DRAFT:
            return item.state.value
        case RemittanceState.SUBMITTED | RemittanceState.IN_REVIEW | RemittanceState.APPROVED_ONCE:
            return "waiting"
        case RemittanceState.APPROVED:
            return "approved" if item.credited_at is None else None
        case RemittanceState.WITHDRAWN:
            return None
    assert_never(item.state)


def _transfer(item: Remittance) -> Waits:
    fields: Fields = {
        "reference": item.reference,
        "amount_fen": item.received_fen or item.declared.amount_fen or 0,
        "reason": reject_text(item.reject_code),
        "answer": item.answer or Text("remit.unsaid"),
    }
    label = Text("help.open_transfer", {"reference": item.reference})
    button = Button(label=label, action=Move(name="remittance", argument=item.remittance_id))
    return Waits(text=Text(f"help.transfer_{_state_key(item)}", fields), button=button)


def _unpaid(view: TopUpView) -> Waits:
    fields: Fields = {
        "amount_fen": view.top_up.amount_fen,
        "channel": channel_text(view.payment.channel.value, view.payment.bank),
        "order_no": view.payment.order_no,
        "expires_at": view.payment.expires_at.isoformat(),
    }
    button = Button(label=Text("topup.show_card"), action=Move(name="order"))
    return Waits(text=Text("help.order", fields), button=button)
