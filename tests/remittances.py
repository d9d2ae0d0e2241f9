"""Remittances for tests: a receipt to send, and the way to each state."""

import io
from datetime import date

from PIL import Image, ImageDraw

from core.app import Core
from core.ids import PersonId
from core.remittance.model import Declared, Remittance, Way
from core.reviews.model import Outcome, Reviewed
from tests.desk import REVIEWER, SECOND
from tests.people import ACCOUNT, FINANCE

ACCOUNT_NAME = "星河科技"


def receipt(seed: int = 1, *, form: str = "PNG", quality: int = 80) -> bytes:
    """A picture of a receipt; other seeds look different."""
    image = Image.new("RGB", (640, 400), "white")
    draw = ImageDraw.Draw(image)
    for row in range(8):
        for column in range(9):
            shade = (seed * 7919 + row * 131 + column * 977 + row * column * seed * 37) % 256
            box = (column * 71, row * 50, column * 71 + 70, row * 50 + 49)
            draw.rectangle(box, fill=(shade, shade, shade))
    made = io.BytesIO()
    if form == "JPEG":
        image.save(made, form, quality=quality)
    else:
        image.save(made, form)
    return made.getvalue()


async def draft(
    core: Core,
    *,
    fen: int = 1_000_00,
    person: PersonId = FINANCE,
    key: str = "draft-1",
    serial: str = "CMB20261122001",
    payer: str = ACCOUNT_NAME,
    seed: int = 1,
) -> Remittance:
    """Everything said, one receipt attached, not submitted."""
    said = Declared(
        amount_fen=fen,
        payer_name=payer,
        transfer_date=date(2026, 11, 22),
        bank_serial=serial,
    )
    opened = await core.remittances.drafts.open_draft(
        person, ACCOUNT, Way.WIRE, key=key, declared=said
    )
    view = await core.remittances.drafts.attach(
        opened.remittance_id, person, receipt(seed), name="receipt.png", caption=""
    )
    return view.remittance


async def submitted(core: Core, **facts: object) -> Remittance:
    """On the reviewers' desk."""
    made = await draft(core, **facts)  # type: ignore[arg-type]
    view = await core.remittances.submit(made.remittance_id, made.person_id)
    return view.remittance


async def claimed(core: Core, found: Remittance, person: PersonId = REVIEWER) -> Reviewed:
    reviewed = await core.reviews.claim(found.remittance_id, person)
    assert reviewed.outcome is Outcome.DONE, reviewed.outcome
    return reviewed


async def approved(core: Core, **facts: object) -> Remittance:
    """Credited, after one or two reviewers."""
    found = await submitted(core, **facts)
    fen = int(found.declared.amount_fen or 0)
    await claimed(core, found)
    reviewed = await core.reviews.approve(found.remittance_id, REVIEWER, fen)
    if reviewed.outcome is Outcome.SECOND_NEEDED:
        await claimed(core, found, SECOND)
        reviewed = await core.reviews.approve(found.remittance_id, SECOND, fen)
    return reviewed.view.remittance
