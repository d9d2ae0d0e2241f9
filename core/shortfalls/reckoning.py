"""Blocked purchases inside the transactions that move money: remembering, and marking fundable.

Every function wants the account's available balance locked: it is, after a movement of it was
appended, and by `core.ledger.store.lock_available`.
"""

from datetime import datetime, timedelta

from core.access import store as access
from core.access.model import Membership
from core.alerts import watch
from core.alerts.model import Topic
from core.ids import AccountId, HoldId, PersonId
from core.jobs import queue
from core.ledger import store as ledger
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.platform import events
from core.platform.model import EventType
from core.shortfalls import store
from core.shortfalls.model import (
    LIVING,
    Blocked,
    BlockedEvent,
    BlockedState,
    Purchase,
    shared_out,
    step,
)
from core.storage.transaction import Tx

EXPIRE = "expire_blocked"
DRAW = "draw_blocked"
PUSH = "push_blocked"
LIFE = timedelta(days=7)
PUSH_EVERY = timedelta(minutes=1)
DRAW_AFTER = timedelta(seconds=1)  # refusals of one moment are drawn together


def subject_of(account_id: AccountId) -> str:
    """The account's living card of blocked purchases."""
    return f"blocked:{account_id}"


def block(tx: Tx, purchase: Purchase, *, at: datetime) -> None:
    """Remember a refused purchase; finance people see it on their card."""
    account_id = purchase.account_id
    known = [item for item in store.of_hold(tx, purchase.hold_id) if _is_of(item, account_id)]
    ends_at = purchase.ends_at or at + LIFE
    expires_at = min(at + LIFE, ends_at)
    store.save(tx, purchase, at=at, expires_at=expires_at, is_known=bool(known))
    for item in known:
        step(item.state, BlockedEvent.REFUSE)
        if item.state not in LIVING:
            store.begin_anew(tx, item.blocked_id, at=at)
    _expire_later(tx, purchase, at=expires_at)
    if not known or known[0].state is BlockedState.EXPIRED:
        _push_later(tx, account_id, at=at)
    draw_later(tx, account_id, at=at)


def _is_of(item: Blocked, account_id: AccountId) -> bool:
    return item.purchase.account_id == account_id


def _expire_later(tx: Tx, purchase: Purchase, *, at: datetime) -> None:
    key = f"{EXPIRE}:{purchase.account_id}:{purchase.hold_id}"
    payload = {"hold": purchase.hold_id, "account": purchase.account_id}
    if not queue.enqueue(tx, EXPIRE, payload, at=at, dedupe_key=key):
        queue.hasten(tx, key, at=at)


def _push_later(tx: Tx, account_id: AccountId, *, at: datetime) -> None:
    last = store.pushed_at(tx, account_id)
    due = at if last is None else max(at, last + PUSH_EVERY)
    key = f"{PUSH}:{account_id}"
    queue.enqueue(tx, PUSH, {"account": account_id}, at=due, dedupe_key=key)


def draw_later(tx: Tx, account_id: AccountId, *, at: datetime) -> None:
    key = f"{DRAW}:{account_id}"
    queue.enqueue(tx, DRAW, {"account": account_id}, at=at + DRAW_AFTER, dedupe_key=key)


def placed(tx: Tx, hold_id: HoldId, *, at: datetime) -> None:
    """The hold was granted: nothing under its id is blocked any more."""
    for item in store.of_hold(tx, hold_id):
        if item.state in LIVING:
            end(tx, item, BlockedEvent.PLACE, at=at)


def end(tx: Tx, item: Blocked, event: BlockedEvent, *, at: datetime) -> None:
    store.set_state(tx, item.blocked_id, step(item.state, event), at=at)
    notices.refresh_card(tx, subject_of(item.purchase.account_id), at=at)


def reckon(tx: Tx, account_id: AccountId, *, at: datetime) -> None:
    """Say which blocked purchases can go on, after the available balance changed.

    Funds go to the oldest first. For those that can go on only now, finance people and buyers get
    a notice, and the platform `hold.fundable`.
    """
    watch.balance_moved(tx, account_id, at=at)
    living = store.living(tx, account_id)
    if not living:
        return
    available_fen = ledger.balance(tx, account_id).available_fen
    changed, funded = False, []
    for item, missing_fen in shared_out(available_fen, living):
        if missing_fen and item.state is BlockedState.FUNDABLE:
            store.set_state(tx, item.blocked_id, step(item.state, BlockedEvent.LACK), at=at)
            changed = True
        elif not missing_fen and item.state is BlockedState.WAITING:
            store.set_state(tx, item.blocked_id, step(item.state, BlockedEvent.FUND), at=at)
            funded.append(item)
    if changed or funded:
        notices.refresh_card(tx, subject_of(account_id), at=at)
    if funded:
        _tell(tx, account_id, funded, available_fen, at=at)


def _tell(
    tx: Tx, account_id: AccountId, funded: list[Blocked], available_fen: int, *, at: datetime
) -> None:
    for item in funded:
        data = {
            "account_id": account_id,
            "hold_id": item.purchase.hold_id,
            "amount_fen": item.purchase.amount_fen,
        }
        events.add(tx, EventType.HOLD_FUNDABLE, data, at)
    # Funds that come and go let the same purchases go on again and again: a notice a minute.
    key = f"{funded[0].blocked_id}-{funded[-1].blocked_id}-{len(funded)}:{at:%Y%m%d%H%M}"
    account = access.account(tx, account_id)
    facts = {
        "account": "" if account is None else account.name,
        "account_id": account_id,
        "count": len(funded),
        "amount_fen": sum(item.purchase.amount_fen for item in funded),
        "available_fen": available_fen,
        "products": [item.purchase.product for item in funded[:3]],
    }
    finance = {item.person_id for item in watch.listeners(tx, account_id, Topic.BLOCKED)}
    told = [Recipient(person_id=person, account_id=account_id) for person in sorted(finance)]
    notices.add(tx, told, NoticeKind.PURCHASES_FUNDED, key=key, facts=facts, at=at)
    for person, products in _buyers(tx, account_id, funded).items():
        if person not in finance:
            theirs = {"account": facts["account"], "products": products[:3]}
            buyer = [Recipient(person_id=person, account_id=account_id)]
            notices.add(tx, buyer, NoticeKind.PURCHASE_GOES_ON, key=key, facts=theirs, at=at)


def _buyers(tx: Tx, account_id: AccountId, funded: list[Blocked]) -> dict[PersonId, list[str]]:
    """Whom the platform named by their member id, and what they buy."""
    members = {str(item.member_id): item for item in access.members_of(tx, account_id)}
    found: dict[PersonId, list[str]] = {}
    for item in funded:
        if (buyer := _named(members, item.purchase.requested_by)) is not None:
            found.setdefault(buyer.person_id, []).append(item.purchase.product)
    return found


def _named(members: dict[str, Membership], name: str | None) -> Membership | None:
    return None if name is None else members.get(name)


def buyer_of(members: dict[str, Membership], purchase: Purchase) -> str | None:
    """The buyer's name: a member's own where the platform named one by id, else its words."""
    buyer = _named(members, purchase.requested_by)
    return purchase.requested_by if buyer is None else buyer.display_name
