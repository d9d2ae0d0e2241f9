"""The balance, split: what can be spent, what is frozen and for what, what waits for funds."""

from bot.conversations import blocked_screens
from bot.conversations.model import Fields, Text
from core.access.model import Membership, Right
from core.app import Core
from core.holds.model import Frozen, Hold
from core.shortfalls.model import Shortfall

NEWEST = 3


async def balance_text(core: Core, member: Membership) -> Text:
    """Whoever calls has made sure that the person may see money; it is checked again here."""
    account_id, person_id = member.account.account_id, member.person_id
    balance = await core.ledger.balance(account_id)
    frozen = await core.holds.frozen(account_id, person_id, limit=NEWEST)
    shortfall = await core.shortfalls.of(account_id, person_id, Right.SEE_MONEY)
    fields: Fields = {
        "account": member.account.name,
        "available_fen": balance.available_fen,
        "frozen_fen": balance.frozen_fen,
    }
    text = Text("menu.balance_is", fields)
    for line in (*_freezes(frozen), *_waits(shortfall)):
        text = Text("kernel.lines", {"above": text, "below": line})
    return text


def _freezes(frozen: Frozen) -> list[Text]:
    told = [_freeze(hold) for hold in frozen.newest]
    if rest := frozen.count - len(told):
        told.append(Text("balance.more_freezes", {"count": rest}))
    return told


def _freeze(hold: Hold) -> Text:
    fields: Fields = {"product": hold.request.product, "amount_fen": hold.request.amount_fen}
    if hold.request.expires_at is None:
        return Text("balance.freeze", fields)
    until = {**fields, "expires_at": hold.request.expires_at.isoformat()}
    return Text("balance.freeze_until", until)


def _waits(shortfall: Shortfall) -> list[Text]:
    if not shortfall.waiting:
        return []
    fields: Fields = {
        "count": len(shortfall.waiting),
        "missing_fen": shortfall.missing_fen,
    }
    return [Text("balance.waiting", fields), *blocked_screens.lines(shortfall, NEWEST)]
