"""/help by situation: what waits for this person, what they can do, and the way to each."""

from bot.conversations.help_waiting import Waits, what_waits
from bot.conversations.kernel import Go
from bot.conversations.menu_rows import go
from bot.conversations.model import Button, Fields, Screen, ShowCard, Text
from bot.conversations.needed import choose_channel
from bot.conversations.paragraphs import below
from bot.conversations.top_up_card import card_screen, subject_of
from core.access.model import Membership, Right, StaffRole
from core.app import Core
from core.errors import NotAllowed, NotLinked
from core.ids import PersonId

Rows = tuple[tuple[Button, ...], ...]
HELP = Go(conversation="menu", state="help", facts={})


async def help_screen(core: Core, person_id: PersonId) -> Screen:
    """The most urgent thing comes first, with a button to its next step."""
    held = await core.access.memberships(person_id)
    roles = await core.access.staff_roles(person_id)
    if not held and not roles:
        return Screen(text=Text("help.not_linked"), rows=((go("language"),),))
    waits = await what_waits(core, held[0]) if held and held[0].may(Right.MOVE_MONEY) else []
    lines = [*(item.text for item in waits), *_roles(held, roles)]
    rows = (*_next_steps(waits), *_desks(roles), *_ways(held))
    last = ((go("menu"), go("language")), (go("security"),))
    return Screen(text=below(*lines), rows=(*rows, *last))


def _next_steps(waits: list[Waits]) -> Rows:
    return tuple((item.button,) for item in waits if item.button is not None)


def _roles(held: list[Membership], roles: frozenset[StaffRole]) -> list[Text]:
    """What the person is and may do, on either side."""
    lines = [Text(f"help.staff_{role}") for role in sorted(roles)]
    if held:
        fields: Fields = {"account": held[0].account.name}
        lines.append(Text(f"help.role_{held[0].role}", fields))
        if held[0].may(Right.MOVE_MONEY):
            lines.append(Text("help.paying"))
    return [*lines, Text("help.promise")]


def _desks(roles: frozenset[StaffRole]) -> Rows:
    if not roles:
        return ()
    names = {"queue": StaffRole.REVIEWER, "lines": StaffRole.REVIEWER, "codes": StaffRole.OPERATOR}
    own = tuple(go(name) for name, role in names.items() if role in roles)
    return own, (go("cases"),)


def _ways(held: list[Membership]) -> Rows:
    if not held or held[0].may(Right.MOVE_MONEY):
        return ()
    return ((go("ask"),),)


async def fund(core: Core, person_id: PersonId) -> Go:
    """On to the ways to pay with what blocked purchases are short of at this moment."""
    account_id = (await _payer(core, person_id)).account.account_id
    shortfall = await core.shortfalls.of(account_id, person_id)
    if not shortfall.missing_fen:
        return HELP
    return await choose_channel(core, shortfall, shortfall.missing_fen)


async def show_order(core: Core, person_id: PersonId) -> Go:
    """The card of the unpaid order once more, at the end of the chat."""
    account_id = (await _payer(core, person_id)).account.account_id
    view = await core.topups.unpaid(person_id, account_id)
    if view is None:
        return HELP
    facts = {
        "account": view.top_up.account_id,
        "name": view.top_up.account_name,
        "amount_fen": view.top_up.amount_fen,
        "channel": view.payment.channel.value,
        "bank": view.payment.bank or "",
        "wish": view.top_up.top_up_id,
    }
    card = ShowCard(subject=subject_of(view), screen=card_screen(view), anew=True)
    return Go(conversation="top_up", state="paying", facts=facts, also=(card,))


async def _payer(core: Core, person_id: PersonId) -> Membership:
    held = await core.access.memberships(person_id)
    if not held:
        raise NotLinked
    if not held[0].may(Right.MOVE_MONEY):
        raise NotAllowed
    return held[0]
