"""An account with some history, made through the use cases."""

from core.app import Core
from core.ids import HoldId
from core.ledger import postings, store
from core.ledger.model import Transfer
from tests.desk import order, settle
from tests.holds.purse import purchase
from tests.people import ACCOUNT
from tests.play import PlayClock, PlayMessenger, PlayProvider


async def top_up(core: Core, provider: PlayProvider, wish: str, fen: int) -> str:
    """Ordered, paid and told; returns the trade's number."""
    view = await order(core, wish, fen)
    report = provider.pay(view.payment.order_no)
    await core.topups.record_payment(report)
    await settle(core)
    return str(report.trade_no)


async def credit(core: Core, fen: int, *, channel: str, reference: str, kind: str) -> None:
    """Money of a channel whose own subject this test does not need."""
    made = postings.payment_received(
        account_id=ACCOUNT,
        channel=channel,
        merchant="M",
        trade_no=reference,
        amount_fen=fen,
        occurred_at=core.clock.now(),
    )
    transfer = Transfer(
        reference=f"{kind}:{reference}",
        kind=type(made.kind)(kind),
        legs=made.legs,
        occurred_at=made.occurred_at,
        shown_reference=reference,
        channel=channel,
        account_id=ACCOUNT,
    )
    await core.database.write(lambda tx: store.append(tx, transfer, at=core.clock.now()))


async def busy_month(core: Core, clock: PlayClock, provider: PlayProvider) -> None:
    """Two payments, two corrections of other channels, and purchases with every end."""
    await top_up(core, provider, "W1", 1_000_00)
    clock.forward(hours=1)
    await credit(core, 5_000_00, channel="remittance", reference="R20261122", kind="correction")
    clock.forward(hours=1)
    await credit(core, 50_00, channel="code", reference="SPRING", kind="correction")
    clock.forward(hours=1)
    for hold_id, fen in (("H-captured", 300_00), ("H-part", 200_00), ("H-back", 100_00)):
        await core.holds.place(purchase(hold_id, fen, product=f"云服务器 {hold_id}"))
        clock.forward(minutes=1)
    await core.holds.capture(HoldId("H-captured"))
    await core.holds.capture(HoldId("H-part"), 150_00)
    await core.holds.release(HoldId("H-back"))
    clock.forward(days=1)
    await top_up(core, provider, "W2", 88_00)


async def drained(core: Core) -> PlayMessenger:
    return await settle(core)
