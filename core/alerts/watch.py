"""What other subjects call in their own transactions: a balance moved, who is to be told."""

from datetime import datetime

from core.access import rights
from core.access.model import Membership, Right
from core.alerts import store
from core.alerts.model import Topic
from core.ids import AccountId
from core.jobs import queue
from core.ledger import store as ledger
from core.notices import store as notices
from core.storage.transaction import Tx

REMIND = "alert_remind"


def subject_of(threshold_id: str) -> str:
    """The living card of a threshold."""
    return f"alert:{threshold_id}"


def balance_moved(tx: Tx, account_id: AccountId, *, at: datetime) -> None:
    """Note which thresholds the balance has gone below or come back to; a job tells people."""
    if not store.count(tx, account_id):
        return
    available_fen = ledger.balance(tx, account_id).available_fen
    for threshold_id in store.fallen(tx, account_id, available_fen, at=at):
        begin(tx, threshold_id, at=at)
    for threshold_id in store.recovered(tx, account_id, available_fen):
        notices.refresh_card(tx, subject_of(threshold_id), at=at)


def begin(tx: Tx, threshold_id: str, *, at: datetime) -> None:
    """Have people told of this fall; a fall that is over ends its job by itself."""
    payload = {"threshold": threshold_id, "since": at.isoformat()}
    key = f"alert:{threshold_id}:{at.isoformat()}"
    queue.enqueue(tx, REMIND, payload, at=at, dedupe_key=key)


def listeners(
    tx: Tx, account_id: AccountId, topic: Topic, amount_fen: int | None = None
) -> list[Membership]:
    """Members who may see the account's money and want to be told of this."""
    return [
        item
        for item in rights.who_may(tx, account_id, Right.SEE_MONEY)
        if store.choices(tx, item.person_id, account_id).wants(item.role, topic, amount_fen)
    ]
