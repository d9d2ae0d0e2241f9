"""How long the balance lasts, under the balance: an estimate, said with what it rests on."""

from bot.conversations.kernel import Go
from bot.conversations.model import Button, Fields, Move, Text
from bot.conversations.needed import WISH_LENGTH
from core import money
from core.access.model import Membership, Right
from core.app import Core
from core.errors import NotAllowed, NotLinked
from core.ids import PersonId
from core.statements.runway import FILL_DAYS, HORIZON, Runway

Rows = tuple[tuple[Button, ...], ...]


async def lasting_of(core: Core, member: Membership) -> tuple[Text | None, Rows]:
    """The line and its button; nothing where there is too little history to say anything."""
    found = await core.statements.runway(member.person_id, member.account.account_id)
    if found is None:
        return None, ()
    if fill_fen(found) == 0 or not member.may(Right.MOVE_MONEY):
        return _line(found), ()
    fields: Fields = {"count": FILL_DAYS, "amount_fen": fill_fen(found)}
    return _line(found), ((Button(label=Text("lasting.fill", fields), action=Move(name="fill")),),)


def _line(found: Runway) -> Text:
    fields: Fields = {"count": found.looked_at, "mean_fen": found.mean_fen}
    if found.enough_until is None:
        return Text("lasting.long", {**fields, "days": HORIZON})
    if found.days == 0:
        return Text("lasting.not_today", fields)
    return Text("lasting.until", {**fields, "until_on": found.enough_until.isoformat()})


def fill_fen(found: Runway) -> int:
    """What is missing as a sum that can be typed: whole yuan, up to the most there is."""
    whole = -(-found.fill_fen // money.FEN_PER_YUAN) * money.FEN_PER_YUAN
    return min(whole, money.MAXIMUM_FEN)


async def fill_up(core: Core, person_id: PersonId) -> Go:
    """On to the ways to pay with the sum as it is now."""
    held = await core.access.memberships(person_id)
    if not held:
        raise NotLinked
    if not held[0].may(Right.MOVE_MONEY):
        raise NotAllowed
    account = held[0].account
    found = await core.statements.runway(person_id, account.account_id)
    amount_fen = 0 if found is None else fill_fen(found)
    if amount_fen == 0:
        return Go(conversation="menu", state="balance", facts={})
    facts = {
        "account": account.account_id,
        "name": account.name,
        "amount_fen": amount_fen,
        "wish": core.ids.short(WISH_LENGTH),
    }
    return Go(conversation="top_up", state="channel", facts=facts)
