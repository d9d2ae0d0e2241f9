"""The cast of the tests: one account and the people around it."""

from core.access.model import Role
from core.app import Core
from core.ids import AccountId, PersonId, token_hash

ACCOUNT = AccountId("100001234567")
OTHER_ACCOUNT = AccountId("100007654321")
CREATOR, FINANCE, VIEWER, MEMBER = (PersonId(number) for number in (11, 12, 13, 14))
STRANGER = PersonId(99)
ROLES = {
    CREATOR: Role.CREATOR,
    FINANCE: Role.FINANCE,
    VIEWER: Role.VIEWER,
    MEMBER: Role.MEMBER,
}


async def link(core: Core, person: PersonId, role: Role, account: AccountId = ACCOUNT) -> None:
    """Link a person the way people are linked: by a token they accept."""
    await core.access.meet(person, f"person {person}", "zh_CN")
    issued = await core.access.issue_link(account, role)
    await core.access.accept_link(token_hash(issued.token), person)


async def link_everybody(core: Core) -> None:
    await core.access.save_account(ACCOUNT, "星河科技")
    for person, role in ROLES.items():
        await link(core, person, role)
