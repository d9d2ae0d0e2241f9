"""Use cases of access: accounts, linking a chat to an account, members, staff, languages."""

from collections.abc import Mapping
from datetime import timedelta

from core.access import leaving, link_codes, rights, store
from core.access.model import (
    Account,
    IssuedLink,
    LinkOffer,
    Membership,
    Person,
    Right,
    Role,
    StaffRole,
)
from core.audit import store as audit
from core.clock import Clock
from core.errors import AccountNotFound, InvalidRequest, LinkUnusable, MemberNotFound, NotLinked
from core.ids import AccountId, Ids, MemberId, PersonId, token_hash
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.storage.database import Database
from core.storage.transaction import Tx

LINK_LIFE = timedelta(minutes=10)
LINK_LIFE_MAX = timedelta(days=1)
ACTIVE_STEP = timedelta(minutes=1)  # how stale "last active" may be


class Access:
    """Who is who, and who belongs to which cloud account."""

    def __init__(
        self, database: Database, clock: Clock, ids: Ids, *, actor: str = "platform"
    ) -> None:
        """`actor` is whom the audit trail names for what no person in a chat did."""
        self._actor = actor
        self._database = database
        self._clock = clock
        self._ids = ids

    async def save_account(self, account_id: AccountId, name: str) -> bool:
        """Create the account or give it a new name; says whether it is new."""
        _check_account(account_id, name)
        account = Account(account_id=account_id, name=name)

        def work(tx: Tx) -> bool:
            created = store.save_account(tx, account, at=self._clock.now())
            action = "account.created" if created else "account.renamed"
            self.record(
                tx, self._actor, action, f"account:{account_id}", account_id, {"name": name}
            )
            return created

        return await self._database.write(work)

    async def account(self, account_id: AccountId) -> Account:
        found = await self._database.read(lambda tx: store.account(tx, account_id))
        if found is None:
            raise AccountNotFound(account_id)
        return found

    async def issue_link(
        self, account_id: AccountId, role: Role, life: timedelta = LINK_LIFE
    ) -> IssuedLink:
        """A token for one person, once; `life` is up to a day."""
        return await self._database.write(
            lambda tx: self.issue_link_in(tx, account_id, role, life)
        )

    def issue_link_in(
        self,
        tx: Tx,
        account_id: AccountId,
        role: Role,
        life: timedelta = LINK_LIFE,
        *,
        actor: str | None = None,
    ) -> IssuedLink:
        """The same inside a transaction of the caller's."""
        if not timedelta(0) < life <= LINK_LIFE_MAX:
            raise InvalidRequest("a link lives from 1 second to 1 day")
        if store.account(tx, account_id) is None:
            raise AccountNotFound(account_id)
        now, token, code = self._clock.now(), self._ids.token(), link_codes.new(self._ids)
        store.add_link(
            tx,
            token_hash(token),
            link_codes.hash_of(code),
            account_id=account_id,
            role=role,
            at=now,
            expires_at=now + life,
        )
        subject = f"account:{account_id}"
        who = actor or self._actor
        self.record(tx, who, "link.issued", subject, account_id, {"role": role})
        return IssuedLink(token=token, code=code, expires_at=now + life)

    async def typed_link(self, text: str, person_id: PersonId) -> str | None:
        """The token hash of a usable link that somebody typed or pasted; None for another text.

        Raises `LinkUnusable` for what nobody types but to link a chat.
        """
        typed = link_codes.read(text)
        if typed is None:
            return None

        def work(tx: Tx) -> str | None:
            link_hash = typed.token_hash
            if typed.code_hash is not None:
                link_hash = store.link_by_code(tx, typed.code_hash)
            if link_hash and store.usable_link(tx, link_hash, at=self._clock.now()):
                return link_hash
            if typed.is_grouped and not store.memberships_of(tx, person_id):
                raise LinkUnusable
            return None

        return await self._database.read(work)

    async def offer(self, link_hash: str) -> LinkOffer:
        """What the link with this token hash would do; raises `LinkUnusable`."""
        found = await self._database.read(
            lambda tx: store.usable_link(tx, link_hash, at=self._clock.now())
        )
        if found is None:
            raise LinkUnusable
        return found

    async def accept_link(self, link_hash: str, person_id: PersonId) -> Membership:
        """Link the person; doing it again is the same success for the same person only."""
        return await self._database.write(lambda tx: self._accept(tx, link_hash, person_id))

    def _accept(self, tx: Tx, link_hash: str, person_id: PersonId) -> Membership:
        now = self._clock.now()
        offer = store.usable_link(tx, link_hash, at=now)
        if offer is None or not store.use_link(tx, link_hash, person_id=person_id, at=now):
            return self._accepted_before(tx, link_hash, person_id)
        account_id = offer.account.account_id
        store.add_member(
            tx,
            MemberId(self._ids.short(12)),
            account_id=account_id,
            person_id=person_id,
            role=offer.role,
            at=now,
        )
        self.record(
            tx,
            f"person:{person_id}",
            "member.linked",
            f"account:{account_id}",
            account_id,
            {"role": offer.role},
        )
        linked = store.membership(tx, person_id, account_id)
        if linked is None:
            raise NotLinked
        self._tell_creators(tx, linked)
        return linked

    def _accepted_before(self, tx: Tx, link_hash: str, person_id: PersonId) -> Membership:
        account_id = store.link_account(tx, link_hash)
        if account_id is None or store.link_used_by(tx, link_hash) != person_id:
            raise LinkUnusable
        linked = store.membership(tx, person_id, account_id)
        if linked is None:
            raise LinkUnusable
        return linked

    def _tell_creators(self, tx: Tx, linked: Membership) -> None:
        creators = [
            Recipient(person_id=item.person_id, account_id=item.account.account_id)
            for item in store.members_of(tx, linked.account.account_id)
            if item.role is Role.CREATOR and item.person_id != linked.person_id
        ]
        facts = {
            "account": linked.account.name,
            "name": linked.display_name,
            "role": linked.role.value,
        }
        notices.add(
            tx,
            creators,
            NoticeKind.MEMBER_LINKED,
            key=f"member:{linked.member_id}",
            facts=facts,
            at=self._clock.now(),
        )

    async def members(self, account_id: AccountId) -> list[Membership]:
        def work(tx: Tx) -> list[Membership]:
            if store.account(tx, account_id) is None:
                raise AccountNotFound(account_id)
            return store.members_of(tx, account_id)

        return await self._database.read(work)

    async def remove_member(self, account_id: AccountId, member_id: MemberId) -> None:
        """Ends the membership; holds from the person's next tap on."""

        def work(tx: Tx) -> None:
            member = store.member(tx, account_id, member_id)
            now = self._clock.now()
            if member is None or not leaving.leave(tx, member, actor=self._actor, at=now):
                raise MemberNotFound(member_id)

        await self._database.write(work)

    async def meet(self, person_id: PersonId, display_name: str, language: str) -> Person:
        """Remember who talks to us; `language` counts until the person chose one."""
        now = self._clock.now()

        def known(tx: Tx) -> Person | None:
            """What a read can tell, when there is nothing to write."""
            person = store.person(tx, person_id)
            if person is None or person.display_name != display_name or stale(tx):
                return None
            return person

        def stale(tx: Tx) -> list[Membership]:
            held = store.memberships_of(tx, person_id)
            return [item for item in held if now - item.last_active_at >= ACTIVE_STEP]

        def work(tx: Tx) -> Person:
            store.see_person(tx, person_id, display_name=display_name, language=language, at=now)
            for item in stale(tx):
                store.touch_member(tx, item.member_id, at=now)
            held = store.language(tx, person_id) or language
            return Person(person_id=person_id, display_name=display_name, language=held)

        found: Person | None = await self._database.read(known)
        return await self._database.write(work) if found is None else found

    async def language(self, person_id: PersonId) -> str | None:
        """The language somebody is spoken to in, or None before they were met."""
        return await self._database.read(lambda tx: store.language(tx, person_id))

    async def note_reachable(self, person_id: PersonId, reachable: bool) -> None:
        """Remember whether the person lets us write to them."""
        since = None if reachable else self._clock.now()
        await self._database.write(lambda tx: store.mark_unreachable(tx, person_id, since))

    async def choose_language(self, person_id: PersonId, language: str) -> None:
        await self._database.write(lambda tx: store.choose_language(tx, person_id, language))

    async def require(
        self, person_id: PersonId, account_id: AccountId, right: Right
    ) -> Membership:
        """The live membership that has the right now; raises `NotLinked` or `NotAllowed`."""
        return await self._database.read(
            lambda tx: rights.require(tx, person_id, account_id, right)
        )

    async def choose_account(self, person_id: PersonId, account_id: AccountId) -> Membership:
        """The account the person works in from now on; raises `NotLinked`."""

        def work(tx: Tx) -> Membership:
            member = rights.require_member(tx, person_id, account_id)
            store.choose_account(tx, person_id, account_id)
            return member

        return await self._database.write(work)

    async def review_chat(self, configured: int) -> int:
        """Where the reviewers' group is now, after all the moves Telegram told of."""
        return await self._database.read(lambda tx: store.present_chat(tx, configured))

    async def note_moved_chat(self, old_id: int, new_id: int) -> None:
        """Telegram said that a group goes on under another id."""
        now = self._clock.now()
        await self._database.write(lambda tx: store.move_chat(tx, old_id, new_id, at=now))

    async def memberships(self, person_id: PersonId) -> list[Membership]:
        """The person's live memberships, the one they work in first."""
        return await self._database.read(lambda tx: store.memberships_of(tx, person_id))

    async def add_staff(self, person_id: PersonId, role: StaffRole) -> bool:
        """Says whether the person is new in this role."""

        def work(tx: Tx) -> bool:
            added = store.add_staff(tx, person_id, role, at=self._clock.now())
            self.record(tx, self._actor, f"staff.added.{role}", f"person:{person_id}")
            return added

        return await self._database.write(work)

    async def remove_staff(self, person_id: PersonId) -> bool:
        def work(tx: Tx) -> bool:
            removed = store.remove_staff(tx, person_id) > 0
            self.record(tx, self._actor, "staff.removed", f"person:{person_id}")
            return removed

        return await self._database.write(work)

    async def staff(self) -> list[tuple[PersonId, StaffRole]]:
        return await self._database.read(store.all_staff)

    async def staff_roles(self, person_id: PersonId) -> frozenset[StaffRole]:
        return await self._database.read(lambda tx: store.staff_roles(tx, person_id))

    def record(
        self,
        tx: Tx,
        actor: str,
        action: str,
        subject: str,
        account_id: AccountId | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        audit.append(
            tx,
            at=self._clock.now(),
            actor=actor,
            action=action,
            subject=subject,
            account_id=account_id,
            facts=facts or {},
        )


def _check_account(account_id: AccountId, name: str) -> None:
    allowed = account_id.isascii() and account_id.replace("-", "").replace("_", "").isalnum()
    if not (allowed and 1 <= len(account_id) <= 64):
        raise InvalidRequest("an account id is 1 to 64 of letters, digits, - and _")
    if not (1 <= len(name.strip()) <= 200):
        raise InvalidRequest("an account name has 1 to 200 characters")
