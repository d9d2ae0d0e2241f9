"""SQL of accounts, people, members, link tokens and staff."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Row, bindparam, delete, select, update

from core.access.model import (
    IDLE_LIFE,
    MEMBERSHIP_LIFE,
    REMIND_BEFORE,
    Account,
    LinkOffer,
    Membership,
    Person,
    Role,
    StaffRole,
)
from core.ids import AccountId, MemberId, PersonId
from core.storage.people_tables import moved_chats
from core.storage.tables import accounts, link_tokens, members, people, staff
from core.storage.transaction import Tx

_MEMBERSHIP = (
    select(
        members.c.id,
        members.c.account_id,
        accounts.c.name,
        members.c.person_id,
        members.c.role,
        people.c.display_name,
        members.c.linked_at,
        members.c.last_active_at,
    )
    .join(accounts, accounts.c.id == members.c.account_id)
    .join(people, people.c.id == members.c.person_id)
    .where(
        members.c.removed_at.is_(None),
        members.c.linked_at > bindparam("linked_after"),
        members.c.last_active_at > bindparam("active_after"),
    )
)

_THE_PERSON = members.c.person_id == bindparam("person")
_THE_ACCOUNT = members.c.account_id == bindparam("account")
_OF_PERSON = _MEMBERSHIP.where(_THE_PERSON).order_by(members.c.linked_at)
_OF_PERSON_AND_ACCOUNT = _MEMBERSHIP.where(_THE_PERSON, _THE_ACCOUNT)
_OF_ACCOUNT = _MEMBERSHIP.where(_THE_ACCOUNT).order_by(members.c.linked_at, members.c.id)
_MEMBER = _MEMBERSHIP.where(_THE_ACCOUNT, members.c.id == bindparam("member"))
_ENDING = _MEMBERSHIP.where(
    (members.c.linked_at <= bindparam("linked_before"))
    | (members.c.last_active_at <= bindparam("active_before"))
)


def _live(tx: Tx, **key: object) -> Mapping[str, object]:
    """The parameters of the statements above: a membership ends by itself, at this very moment."""
    return {
        **key,
        "linked_after": tx.now - MEMBERSHIP_LIFE,
        "active_after": tx.now - IDLE_LIFE,
    }


def _membership(row: Row[tuple[object, ...]]) -> Membership:
    return Membership(
        member_id=MemberId(row.id),
        account=Account(account_id=AccountId(row.account_id), name=row.name),
        person_id=PersonId(row.person_id),
        role=Role(row.role),
        display_name=row.display_name,
        linked_at=row.linked_at,
        last_active_at=row.last_active_at,
    )


def save_account(tx: Tx, account: Account, *, at: datetime) -> bool:
    """Create or rename; says whether it is new."""
    values = {"id": account.account_id, "name": account.name, "created_at": at}
    if tx.insert_once(accounts, values):
        return True
    tx.execute(
        update(accounts).where(accounts.c.id == account.account_id).values(name=account.name)
    )
    return False


def account(tx: Tx, account_id: AccountId) -> Account | None:
    row = tx.one(accounts, id=account_id)
    return None if row is None else Account(account_id=AccountId(row.id), name=row.name)


def see_person(
    tx: Tx, person_id: PersonId, *, display_name: str, language: str, at: datetime
) -> None:
    """Remember a person's present name; the language only until they chose one."""
    values = {
        "id": person_id,
        "display_name": display_name,
        "language": language,
        "language_chosen": False,
        "first_seen_at": at,
    }
    if not tx.insert_once(people, values):
        tx.execute(
            update(people).where(people.c.id == person_id).values(display_name=display_name)
        )


def choose_language(tx: Tx, person_id: PersonId, language: str) -> None:
    tx.execute(
        update(people)
        .where(people.c.id == person_id)
        .values(language=language, language_chosen=True)
    )


def person(tx: Tx, person_id: PersonId) -> Person | None:
    row = tx.one(people, id=person_id)
    if row is None:
        return None
    return Person(person_id=PersonId(row.id), display_name=row.display_name, language=row.language)


def language(tx: Tx, person_id: PersonId) -> str | None:
    row = tx.one(people, id=person_id)
    return None if row is None else row.language


def mark_unreachable(tx: Tx, person_id: PersonId, since: datetime | None) -> None:
    tx.change(people, {"id": person_id}, unreachable_since=since)


def memberships_of(tx: Tx, person_id: PersonId) -> list[Membership]:
    """The person's live memberships, the account they last chose first."""
    person = tx.one(people, id=person_id)
    chosen = None if person is None else person.account_id
    rows = tx.execute(_OF_PERSON, _live(tx, person=person_id))
    found = [_membership(row) for row in rows]
    return sorted(found, key=lambda item: item.account.account_id != chosen)


def membership(tx: Tx, person_id: PersonId, account_id: AccountId) -> Membership | None:
    key = _live(tx, person=person_id, account=account_id)
    row = tx.execute(_OF_PERSON_AND_ACCOUNT, key).first()
    return None if row is None else _membership(row)


def members_of(tx: Tx, account_id: AccountId) -> list[Membership]:
    rows = tx.execute(_OF_ACCOUNT, _live(tx, account=account_id))
    return [_membership(row) for row in rows]


def add_member(
    tx: Tx,
    member_id: MemberId,
    *,
    account_id: AccountId,
    person_id: PersonId,
    role: Role,
    at: datetime,
) -> None:
    """Link a person; an earlier link of theirs to the same account ends."""
    end_memberships(tx, account_id, person_id, at=at)
    tx.insert(
        members,
        {
            "id": member_id,
            "account_id": account_id,
            "person_id": person_id,
            "role": role,
            "linked_at": at,
            "last_active_at": at,
        },
    )
    choose_account(tx, person_id, account_id)


def choose_account(tx: Tx, person_id: PersonId, account_id: AccountId) -> None:
    tx.change(people, {"id": person_id}, account_id=account_id)


def end_memberships(tx: Tx, account_id: AccountId, person_id: PersonId, *, at: datetime) -> None:
    tx.execute(
        update(members)
        .where(
            members.c.account_id == account_id,
            members.c.person_id == person_id,
            members.c.removed_at.is_(None),
        )
        .values(removed_at=at)
    )


def end_member(tx: Tx, account_id: AccountId, member_id: MemberId, *, at: datetime) -> bool:
    ended = tx.execute(
        update(members)
        .where(
            members.c.id == member_id,
            members.c.account_id == account_id,
            members.c.removed_at.is_(None),
        )
        .values(removed_at=at)
    )
    return ended.rowcount == 1


def member(tx: Tx, account_id: AccountId, member_id: MemberId) -> Membership | None:
    key = _live(tx, account=account_id, member=member_id)
    row = tx.execute(_MEMBER, key).first()
    return None if row is None else _membership(row)


def ending_soon(tx: Tx) -> list[Membership]:
    """Memberships that end by themselves within the time of the reminder."""
    soon = tx.now + REMIND_BEFORE
    found = tx.execute(
        _ENDING,
        _live(tx, linked_before=soon - MEMBERSHIP_LIFE, active_before=soon - IDLE_LIFE),
    )
    return [_membership(row) for row in found]


def end_lapsed(tx: Tx) -> list[tuple[MemberId, AccountId]]:
    """Write down the end of memberships whose time is over; nobody could use them since."""
    lapsed = (
        members.c.removed_at.is_(None),
        (members.c.linked_at <= tx.now - MEMBERSHIP_LIFE)
        | (members.c.last_active_at <= tx.now - IDLE_LIFE),
    )
    found = tx.all(select(members.c.id, members.c.account_id).where(*lapsed))
    tx.execute(update(members).where(*lapsed).values(removed_at=tx.now))
    return [(MemberId(row.id), AccountId(row.account_id)) for row in found]


def touch_member(tx: Tx, member_id: MemberId, *, at: datetime) -> None:
    tx.change(members, {"id": member_id}, last_active_at=at)


def add_link(
    tx: Tx,
    token_hash: str,
    code_hash: str,
    *,
    account_id: AccountId,
    role: Role,
    at: datetime,
    expires_at: datetime,
) -> None:
    tx.insert(
        link_tokens,
        {
            "token_hash": token_hash,
            "code_hash": code_hash,
            "account_id": account_id,
            "role": role,
            "state": "issued",
            "created_at": at,
            "expires_at": expires_at,
        },
    )


def link_by_code(tx: Tx, code_hash: str) -> str | None:
    """The token's hash that a typed code stands for."""
    return tx.scalar(select(link_tokens.c.token_hash).where(link_tokens.c.code_hash == code_hash))


def usable_link(tx: Tx, token_hash: str, *, at: datetime) -> LinkOffer | None:
    row = tx.first(
        select(link_tokens.c.role, accounts.c.id, accounts.c.name)
        .join(accounts, accounts.c.id == link_tokens.c.account_id)
        .where(
            link_tokens.c.token_hash == token_hash,
            link_tokens.c.state == "issued",
            link_tokens.c.expires_at > at,
        )
    )
    if row is None:
        return None
    return LinkOffer(
        account=Account(account_id=AccountId(row.id), name=row.name), role=Role(row.role)
    )


def use_link(tx: Tx, token_hash: str, *, person_id: PersonId, at: datetime) -> bool:
    """Take the token; false when it was gone already. One of two at once gets it."""
    used = tx.execute(
        update(link_tokens)
        .where(
            link_tokens.c.token_hash == token_hash,
            link_tokens.c.state == "issued",
            link_tokens.c.expires_at > at,
        )
        .values(state="used", used_by=person_id, used_at=at)
    )
    return used.rowcount == 1


def link_used_by(tx: Tx, token_hash: str) -> PersonId | None:
    return tx.scalar(select(link_tokens.c.used_by).where(link_tokens.c.token_hash == token_hash))


def link_account(tx: Tx, token_hash: str) -> AccountId | None:
    return tx.scalar(
        select(link_tokens.c.account_id).where(link_tokens.c.token_hash == token_hash)
    )


def add_staff(tx: Tx, person_id: PersonId, role: StaffRole, *, at: datetime) -> bool:
    return tx.insert_once(staff, {"person_id": person_id, "role": role, "added_at": at})


def remove_staff(tx: Tx, person_id: PersonId) -> int:
    return tx.execute(delete(staff).where(staff.c.person_id == person_id)).rowcount


def all_staff(tx: Tx) -> list[tuple[PersonId, StaffRole]]:
    rows = tx.all(select(staff).order_by(staff.c.added_at, staff.c.person_id))
    return [(PersonId(row.person_id), StaffRole(row.role)) for row in rows]


def staff_roles(tx: Tx, person_id: PersonId) -> frozenset[StaffRole]:
    rows = tx.all(select(staff.c.role).where(staff.c.person_id == person_id))
    return frozenset(StaffRole(row.role) for row in rows)


def present_chat(tx: Tx, chat_id: int) -> int:
    """Where a group is now: it may have moved more than once, and never in a circle."""
    seen = {chat_id}
    while (row := tx.one(moved_chats, old_id=chat_id)) is not None and row.new_id not in seen:
        chat_id = row.new_id
        seen.add(chat_id)
    return chat_id


def move_chat(tx: Tx, old_id: int, new_id: int, *, at: datetime) -> None:
    """The first word counts."""
    tx.insert_once(moved_chats, {"old_id": old_id, "new_id": new_id, "moved_at": at})


def lock_person(tx: Tx, person_id: PersonId) -> None:
    """Acts of one person that must not overtake each other wait for one another."""
    tx.one(people, lock=True, id=person_id)
