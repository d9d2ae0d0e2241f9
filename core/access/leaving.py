"""What ends with a membership, in the transaction that ends it."""

from collections.abc import Mapping
from datetime import datetime

from core.access import store
from core.access.model import Membership
from core.audit import store as audit
from core.inbox import store as inbox
from core.notices import store as notices
from core.storage.transaction import Tx


def leave(tx: Tx, member: Membership, *, actor: str, at: datetime) -> bool:
    """The person is out: what waited for them is dropped, and their conversation is cleared.

    False when somebody was faster.
    """
    account_id = member.account.account_id
    if not store.end_member(tx, account_id, member.member_id, at=at):
        return False
    notices.drop_all(tx, member.person_id, account_id, at=at)
    inbox.clear_place(tx, member.person_id)
    record(tx, member, "member.removed", actor, {}, at=at)
    return True


def record(
    tx: Tx,
    member: Membership,
    action: str,
    actor: str,
    facts: Mapping[str, object],
    *,
    at: datetime,
) -> None:
    audit.append(
        tx,
        at=at,
        actor=actor,
        action=action,
        subject=f"member:{member.member_id}",
        account_id=member.account.account_id,
        facts={"role": member.role, "person": member.person_id, **facts},
    )
