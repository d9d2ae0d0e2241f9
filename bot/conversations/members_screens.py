"""How the members of an account look: the list, the question before a removal, one's own link."""

from collections.abc import Sequence

from bot.conversations.model import Button, Fields, Move, Navigate, Screen, Style, Text
from core.access.model import Membership, Role
from core.access.team import INVITED
from core.ids import PersonId

PER_PAGE = 8


def listed(held: Sequence[Membership], person_id: PersonId, *, page: int) -> Screen:
    """Who, with which role, linked since when, active when; a button for who can be removed."""
    pages = max(1, -(-len(held) // PER_PAGE))
    page = min(max(0, page), pages - 1)
    shown = held[page * PER_PAGE : (page + 1) * PER_PAGE]
    fields: Fields = {"account": held[0].account.name, "count": len(held)}
    text = Text("members.list", fields)
    for member in shown:
        key = "members.line_you" if member.person_id == person_id else "members.line"
        text = Text("kernel.lines", {"above": text, "below": Text(key, _fields(member))})
    rows = [(_invite(Role.FINANCE),), tuple(_invite(role) for role in INVITED[1:])]
    rows += [(_remove(member),) for member in shown if member.role is not Role.CREATOR]
    turning = (
        *((_turn("button.previous", page - 1),) if page else ()),
        *((_turn("button.next", page + 1),) if page < pages - 1 else ()),
    )
    return Screen(text=text, rows=(*rows, *((turning,) if turning else ()), (_menu(),)))


def confirm(member: Membership) -> Screen:
    confirming = Button(
        label=Text("button.confirm"), action=Move(name="confirm"), style=Style.DANGER
    )
    leave = Button(label=Text("button.cancel"), action=Move(name="leave"))
    text = Text("members.ask_remove", {**_fields(member), "account": member.account.name})
    return Screen(text=text, rows=((confirming, leave),))


def own(member: Membership) -> Screen:
    """What somebody sees who does not manage members: their own link, and nobody else."""
    fields: Fields = {**_fields(member), "account": member.account.name}
    renew = Button(label=Text("members.renew"), action=Move(name="renew"))
    return Screen(text=Text("members.own", fields), rows=((renew,), (_menu(),)))


def _fields(member: Membership) -> Fields:
    return {
        "name": member.display_name,
        "role": Text(f"role.{member.role}"),
        "linked_at": member.linked_at.isoformat(),
        "active_at": member.last_active_at.isoformat(),
        "ends_at": member.ends_at.isoformat(),
    }


def _invite(role: Role) -> Button:
    return Button(
        label=Text(f"members.invite_{role}"), action=Move(name="invite", argument=role.value)
    )


def _remove(member: Membership) -> Button:
    label = Text("members.remove", {"name": member.display_name})
    return Button(label=label, action=Move(name="remove", argument=member.member_id))


def _turn(key: str, page: int) -> Button:
    return Button(label=Text(key), action=Move(name="page", argument=str(page)))


def _menu() -> Button:
    return Button(label=Text("command.menu"), action=Navigate(command="menu"))
