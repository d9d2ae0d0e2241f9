"""Bank transfers in every state, for walks: what payers go on with, and what reviewers have.

Kept small, so that what reviewers credit on a walk does not fill the account.
"""

from dataclasses import replace
from datetime import date, timedelta

from core.app import Core, CoreSettings
from core.ids import PersonId
from core.remittance.model import RejectCode, Remittance
from tests.banklines.statements import Paid, mt940
from tests.desk import REVIEWER, SECOND
from tests.people import CREATOR, FINANCE
from tests.play import PlayClock
from tests.remittances import ACCOUNT_NAME, approved, claimed, draft, submitted

UNDO = timedelta(seconds=60)
FOUR_EYES_FEN = 20_00
SMALL, LARGE = 7_00, 30_00
DRAFTS = 3  # of each payer: a walk uses some up


def with_reviews(settings: CoreSettings) -> CoreSettings:
    """A time of grace before credits, and four eyes from a small sum on."""
    return replace(settings, undo=UNDO, four_eyes_fen=FOUR_EYES_FEN)


async def waiting(core: Core, count: int) -> None:
    """On the reviewers' desk, from several payers."""
    for number in range(count):
        payer = FINANCE if number % 2 else CREATOR
        await _new(core, f"wait{number}", person=payer, seed=number + 2)


async def booked(core: Core) -> None:
    """What the bank's statement says: some of what waits, one that is looked for, and more."""
    found, _ = await core.reviews.queue(SECOND)
    day = date(2026, 11, 22)
    lines = [
        Paid(fen=SMALL, payer=ACCOUNT_NAME, remark=view.remittance.reference, number=f"E{number}")
        for number, view in enumerate(found)
    ]
    lines += [
        Paid(fen=SMALL, payer=ACCOUNT_NAME, number=f"L{number}", day=day) for number in range(12)
    ]
    lines.append(Paid(fen=100_00, payer="张三", number="OURS", day=day))
    assert core.settings.payee is not None
    await core.banklines.import_statement(SECOND, mt940(lines), core.settings.payee.account)


async def begun(core: Core, clock: PlayClock, payers: list[PersonId]) -> None:
    """Drafts that only wait to be submitted, and what reviewers gave back: first in the list."""
    for payer in payers:
        for number in range(DRAFTS):
            await draft(core, fen=SMALL, person=payer, key=f"draft{payer}-{number}")
    for number, reviewer in enumerate((REVIEWER, SECOND, REVIEWER, SECOND)):
        asked = await _in_work(core, f"ask{number}", reviewer)
        await core.reviews.ask(asked.remittance_id, reviewer, "请补一张清楚的回单")
    clock.forward(seconds=1)
    for number, reviewer in enumerate((REVIEWER, SECOND, REVIEWER, SECOND)):
        refused = await _in_work(core, f"no{number}", reviewer)
        await core.reviews.reject(refused.remittance_id, reviewer, RejectCode.OTHER)


async def decided(core: Core, clock: PlayClock) -> list[str]:
    """Credited, about to be, half decided, and with a reversal asked; their references."""
    done = [
        await approved(core, fen=SMALL, key=f"done{number}", serial=f"D{number}")
        for number in range(4)
    ]
    clock.forward(seconds=UNDO.total_seconds() + 1)
    for found in done:
        await core.reviews.post(found.remittance_id)
    for found in done[:2]:
        await core.reviews.ask_reversal(found.remittance_id, SECOND, "入错了账户")
    fresh = [
        await approved(core, fen=SMALL, key=f"fresh{number}", serial=f"F{number}")
        for number in range(2)
    ]
    for number in range(2):
        half = await _in_work(core, f"half{number}", SECOND, LARGE)
        await core.reviews.approve(half.remittance_id, SECOND, LARGE)
    return [found.reference for found in (*done, *fresh)]


async def _in_work(core: Core, key: str, reviewer: PersonId, fen: int = SMALL) -> Remittance:
    found = await _new(core, key, fen=fen)
    await claimed(core, found, reviewer)
    return found


async def _new(core: Core, key: str, **facts: object) -> Remittance:
    return await submitted(core, **{"fen": SMALL, **facts, "key": key, "serial": key})
