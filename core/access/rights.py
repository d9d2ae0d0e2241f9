"""Rights, read inside the transaction that acts: never from a chat, a button or a cache."""

from core.access import store
from core.access.model import Membership, Right, StaffRole
from core.errors import NotAllowed, NotLinked
from core.ids import AccountId, PersonId
from core.storage.transaction import Tx


def require(tx: Tx, person_id: PersonId, account_id: AccountId, right: Right) -> Membership:
    """The person's membership of the account, or `NotLinked` / `NotAllowed`."""
    found = require_member(tx, person_id, account_id)
    if not found.may(right):
        raise NotAllowed
    return found


def require_member(tx: Tx, person_id: PersonId, account_id: AccountId) -> Membership:
    """The person's membership whatever its role, or `NotLinked`."""
    found = store.membership(tx, person_id, account_id)
    if found is None:
        raise NotLinked
    return found


def who_may(tx: Tx, account_id: AccountId, right: Right) -> list[Membership]:
    """The account's members who have the right now."""
    return [item for item in store.members_of(tx, account_id) if item.may(right)]


def staff_with(tx: Tx, role: StaffRole) -> list[PersonId]:
    return [person for person, held in store.all_staff(tx) if held is role]
