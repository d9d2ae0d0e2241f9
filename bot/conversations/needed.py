"""A missing sum as a top-up: whole yuan, no less than some channel takes, and saying so."""

from bot.conversations.kernel import Go
from bot.conversations.model import Fields, Text
from core import money
from core.app import Core
from core.shortfalls.model import Shortfall, to_top_up

WISH_LENGTH = 12


async def amount_for(core: Core, missing_fen: int) -> int:
    """What to top up so that the missing sum is there; zero when nothing is missing."""
    if not missing_fen:
        return 0
    offers = await core.topups.channels(missing_fen)
    least_fen = min((offer.minimum_fen for offer in offers), default=money.MINIMUM_FEN)
    return to_top_up(missing_fen, least_fen=least_fen)


async def choose_channel(core: Core, shortfall: Shortfall, missing_fen: int) -> Go:
    """On to the ways to pay with the sum, telling how it came about."""
    amount_fen = await amount_for(core, missing_fen)
    facts = {
        "account": shortfall.account_id,
        "name": shortfall.account_name,
        "amount_fen": amount_fen,
        "wish": core.ids.short(WISH_LENGTH),
    }
    fields: Fields = {"missing_fen": missing_fen, "amount_fen": amount_fen}
    note = Text(f"needed.{_how(missing_fen, amount_fen)}", fields)
    return Go(conversation="top_up", state="channel", facts=facts, note=note)


def _how(missing_fen: int, amount_fen: int) -> str:
    if amount_fen == missing_fen:
        return "exact"
    return "raised" if amount_fen > missing_fen else "part"
