"""Who may do what: roles and their rights, people, members and link tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.ids import AccountId, MemberId, PersonId

MEMBERSHIP_LIFE = timedelta(days=90)  # a link has to be made anew after this
IDLE_LIFE = timedelta(days=30)  # and earlier when nobody uses it
REMIND_BEFORE = timedelta(days=7)


class Role(StrEnum):
    """A person's part on one cloud account."""

    CREATOR = "creator"
    FINANCE = "finance"
    VIEWER = "viewer"
    MEMBER = "member"


class StaffRole(StrEnum):
    """A person's part on the platform's side."""

    REVIEWER = "reviewer"
    OPERATOR = "operator"


class Right(StrEnum):
    """What a role may allow."""

    SEE_MONEY = "see_money"
    MOVE_MONEY = "move_money"
    MANAGE_MEMBERS = "manage_members"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CREATOR: frozenset(Right),
    Role.FINANCE: frozenset({Right.SEE_MONEY, Right.MOVE_MONEY}),
    Role.VIEWER: frozenset({Right.SEE_MONEY}),
    Role.MEMBER: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A cloud fee account, under the platform's own id."""

    account_id: AccountId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A live link between a person and an account."""

    member_id: MemberId
    account: Account
    person_id: PersonId
    role: Role
    display_name: str
    linked_at: datetime
    last_active_at: datetime

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]

    @property
    def ends_at(self) -> datetime:
        """When it ends by itself, if nothing is done with it until then."""
        return min(self.linked_at + MEMBERSHIP_LIFE, self.last_active_at + IDLE_LIFE)

    @property
    def ends_idle(self) -> bool:
        """Whether using it is enough to keep it for now."""
        return self.last_active_at + IDLE_LIFE < self.linked_at + MEMBERSHIP_LIFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A Telegram user as last seen; `language` is a catalogue's name (`zh_CN`, `en`)."""

    person_id: PersonId
    display_name: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOffer:
    """What a usable link token would do."""

    account: Account
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedLink:
    """A fresh token and a code that stands for it, told once: only their hashes are stored."""

    token: str
    code: str
    expires_at: datetime
