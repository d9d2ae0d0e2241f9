"""Links as people pass them on: what is shown of a fresh one, and one that was typed or pasted."""

from collections.abc import Callable

from bot.conversations.kernel import Go, Step
from bot.conversations.model import Button, Copy, Fields, Qr, Screen, Text
from core.access.model import IssuedLink, Membership, Role
from core.access.service import Access

Username = Callable[[], str]  # the bot's own, empty while it is not known


def address(username: str, link: IssuedLink) -> str:
    return f"https://t.me/{username}?start=link_{link.token}"


def invitation(member: Membership, role: Role, link: IssuedLink, username: str) -> Screen:
    """Shown once: with an image to scan and an address where the bot's name is known."""
    fields: Fields = {
        "account": member.account.name,
        "role": Text(f"role.{role}"),
        "code": link.code,
        "expires_at": link.expires_at.isoformat(),
    }
    copy_code = Button(label=Text("members.copy_code"), action=Copy(value=link.code))
    if not username:
        return Screen(text=Text("members.invitation_code", fields), rows=((copy_code,),))
    url = address(username, link)
    copy_link = Button(label=Text("members.copy_link"), action=Copy(value=url))
    return Screen(
        text=Text("members.invitation", {**fields, "url": url}),
        rows=((copy_link, copy_code),),
        image=Qr(text=url),
    )


class TypedLinks:
    """Hears a token, an address or a code wherever it is typed, and offers what it would do."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def heard(self, step: Step) -> Go | None:
        link = await self._access.typed_link(step.argument, step.event.person.person_id)
        if link is None:
            return None
        return Go(conversation="link", state="offer", facts={"link": link}, forget=True)
