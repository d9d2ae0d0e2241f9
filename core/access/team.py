"""Use cases of an account's creator: who is linked, inviting, removing; and of links that end."""

from collections.abc import Iterable

from core.access import leaving, rights, store
from core.access.model import IssuedLink, Membership, Right, Role
from core.access.service import Access
from core.clock import Clock
from core.errors import InvalidRequest, NotAllowed, NotFound
from core.ids import AccountId, MemberId, PersonId
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.storage.database import Database
from core.storage.transaction import Tx

INVITED = (Role.FINANCE, Role.VIEWER, Role.MEMBER)  # creators are named by the platform alone


class Team:
    """The people of one account, as its creator manages them; rights are read in each act."""

    def __init__(self, database: Database, clock: Clock, access: Access) -> None:
        self._database = database
        self._clock = clock
        self._access = access

    async def members(self, person_id: PersonId, account_id: AccountId) -> list[Membership]:
        """Everybody linked to the account, for its creator."""

        def work(tx: Tx) -> list[Membership]:
            rights.require(tx, person_id, account_id, Right.MANAGE_MEMBERS)
            return store.members_of(tx, account_id)

        return await self._database.read(work)

    async def member(
        self, person_id: PersonId, account_id: AccountId, member_id: MemberId
    ) -> Membership:
        """One of them who can be removed here; raises `NotFound`, or `NotAllowed`."""
        return await self._database.read(lambda tx: _other(tx, person_id, account_id, member_id))

    async def invite(self, person_id: PersonId, account_id: AccountId, role: Role) -> IssuedLink:
        """A one-time link for a new colleague."""
        if role not in INVITED:
            raise InvalidRequest("creators are linked by the platform")

        def work(tx: Tx) -> IssuedLink:
            rights.require(tx, person_id, account_id, Right.MANAGE_MEMBERS)
            return self._access.issue_link_in(tx, account_id, role, actor=f"person:{person_id}")

        return await self._database.write(work)

    async def remove(
        self, person_id: PersonId, account_id: AccountId, member_id: MemberId
    ) -> Membership:
        """End a colleague's membership; returns what it was."""

        def work(tx: Tx) -> Membership:
            member = _other(tx, person_id, account_id, member_id)
            actor = f"person:{person_id}"
            if not leaving.leave(tx, member, actor=actor, at=self._clock.now()):
                raise NotFound
            return member

        return await self._database.write(work)

    async def ask_renewal(self, person_id: PersonId, account_id: AccountId) -> int:
        """Ask the account's creators for a new link; returns how many are asked."""

        def work(tx: Tx) -> int:
            member = rights.require_member(tx, person_id, account_id)
            creators = _creators(tx, account_id, person_id)
            day = self._clock.now().date().isoformat()
            key = f"{member.member_id}:{day}"  # once a day is enough
            self._tell(tx, creators, NoticeKind.RENEWAL_ASKED, key, member)
            return len(creators)

        return await self._database.write(work)

    async def remind(self) -> None:
        """Tell people whose link ends within a week, and write down which have ended."""

        def work(tx: Tx) -> None:
            for member_id, account_id in store.end_lapsed(tx):
                self._access.record(
                    tx, "clock", "member.lapsed", f"member:{member_id}", account_id
                )
            for member in store.ending_soon(tx):
                one = Recipient(person_id=member.person_id, account_id=member.account.account_id)
                key = f"{member.member_id}:{member.ends_at.date().isoformat()}"
                self._tell(tx, [one], NoticeKind.LINK_ENDING, key, member)

        await self._database.write(work)

    def _tell(
        self,
        tx: Tx,
        recipients: Iterable[Recipient],
        kind: NoticeKind,
        key: str,
        member: Membership,
    ) -> None:
        facts = {
            "account": member.account.name,
            "name": member.display_name,
            "role": member.role.value,
            "ends_at": member.ends_at.isoformat(),
            "idle": member.ends_idle,
        }
        notices.add(tx, recipients, kind, key=key, facts=facts, at=self._clock.now())


def _creators(tx: Tx, account_id: AccountId, but: PersonId) -> list[Recipient]:
    return [
        Recipient(person_id=item.person_id, account_id=account_id)
        for item in rights.who_may(tx, account_id, Right.MANAGE_MEMBERS)
        if item.person_id != but
    ]


def _other(tx: Tx, person_id: PersonId, account_id: AccountId, member_id: MemberId) -> Membership:
    """A member whom the creator may remove: not themselves, and no other creator."""
    rights.require(tx, person_id, account_id, Right.MANAGE_MEMBERS)
    member = store.member(tx, account_id, member_id)
    if member is None:
        raise NotFound
    if member.role is Role.CREATOR:
        raise NotAllowed
    return member
