"""A decided remittance in the books: the credit, once, and the entry that takes it back."""

from datetime import datetime

from core.arrivals import service as arrivals
from core.arrivals.model import Arrival
from core.banklines import claiming
from core.ids import PersonId
from core.ledger import postings
from core.ledger import store as ledger
from core.notices.model import NoticeKind
from core.platform import events
from core.platform.model import EventType
from core.remittance import audience
from core.remittance import store as remittances
from core.remittance.model import Happened, Remittance, RemittanceState
from core.reviews import desk
from core.storage.transaction import Tx

CHANNEL = "remittance"


def post(tx: Tx, found: Remittance, *, at: datetime) -> None:
    """clearing/bank → available, for a locked remittance whose time of grace is over."""
    received_fen = int(found.received_fen or 0)
    transfer = postings.remittance_approved(
        remittance_id=found.remittance_id,
        reference=found.reference,
        account_id=found.account_id,
        amount_fen=received_fen,
        occurred_at=at,
    )
    ledger.append(tx, transfer, at=at)
    remittances.change(tx, found.remittance_id, credited_at=at)
    line = claiming.credit(tx, found.remittance_id, at=at)
    payer = found.submitted_by or found.person_id
    arrival = Arrival(
        account_id=found.account_id,
        amount_fen=received_fen,
        channel=CHANNEL,
        reference=found.reference,
        key=f"remittance:{found.remittance_id}",
        facts={
            "remittance": found.remittance_id,
            "declared_fen": found.declared.amount_fen,
            "why": found.answer,
        },
        also_tell=frozenset({payer}),
    )
    arrivals.announce(tx, arrival, at=at)
    tell_platform(tx, found, "approved", received_fen, at=at)
    line_id = None if line is None else line.line_id
    desk.log(tx, found, Happened.CREDITED, None, at=at, amount_fen=received_fen, bank_line=line_id)


def is_due(found: Remittance, at: datetime) -> bool:
    """Whether the credit may be posted now."""
    is_approved = found.state is RemittanceState.APPROVED and found.credited_at is None
    return is_approved and found.post_at is not None and found.post_at <= at


def tell_platform(
    tx: Tx, found: Remittance, decision: str, amount_fen: int, *, at: datetime
) -> None:
    facts = {
        "account_id": found.account_id,
        "remittance_id": found.remittance_id,
        "decision": decision,
        "amount_fen": amount_fen,
    }
    events.add(tx, EventType.REMITTANCE_DECIDED, facts, at)


def reverse(tx: Tx, found: Remittance, person_id: PersonId, reason: str, *, at: datetime) -> None:
    """Available → clearing/bank; raises `InsufficientBalance` when it was spent already."""
    amount_fen = int(found.received_fen or 0)
    transfer = postings.remittance_reversed(
        remittance_id=found.remittance_id,
        reference=found.reference,
        account_id=found.account_id,
        amount_fen=amount_fen,
        occurred_at=at,
    )
    ledger.append(tx, transfer, at=at)
    remittances.change(tx, found.remittance_id, reversed_at=at)
    desk.log(tx, found, Happened.REVERSED, person_id, reason, at=at, amount_fen=amount_fen)
    kind = NoticeKind.REMITTANCE_REVERSED
    audience.tell_payers(tx, found, kind, {"answer": reason}, key="reversed", at=at)
