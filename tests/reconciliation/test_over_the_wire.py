"""Every channel's own bill, from its stand-in over HTTP, with breaks put in by its switches."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from core.channels import Channel
from core.providers.base import Confirms, Report, Source
from core.providers.base import Outcome as Told
from core.reconciliation.model import Outcome, Reconciled, day_of
from core.refunds.model import RefundRequest
from core.storage.engine import open_database
from tests.people import ACCOUNT, FINANCE
from tests.providers.product import OPERATOR, REVIEWER, Product, whole_product

AGO = timedelta(days=2)
EXTRA_FEN = 7_77


@pytest.fixture
async def product(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[Product]:
    shutil.copy(migrated_sqlite, tmp_path / "topup.db")
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'topup.db'}")
    async with whole_product(tmp_path, database) as built:
        yield built
        await built.core.ledger.verify()
        await built.core.audit.seal()
        await built.core.audit.verify()
    await database.close()


@contextmanager
def two_days_ago(product: Product, channel: Channel) -> Iterator[None]:
    """For us and for the channel."""
    side = product.side(channel)
    clocks = [getattr(side, name) for name in ("clock", "wire_clock") if hasattr(side, name)]

    def move(by: timedelta) -> None:
        product.clock.shift = by
        for clock in clocks:
            clock.offset_s = by.total_seconds()

    move(-AGO)
    yield
    move(timedelta(0))


async def heard(product: Product, channel: Channel) -> str:
    """Paid and told of; returns the order's number."""
    view = await product.order(channel)
    await product.pay(channel, view.payment.order_no)
    await product.settle()
    return view.payment.order_no


async def unheard(product: Product, channel: Channel) -> tuple[str, int]:
    """Paid, while no callback and no query tells us; a card's is captured before we go down."""
    view = await product.order(channel)
    order_no = view.payment.order_no
    await product.pay(channel, order_no, announce=False)
    provider = product.provider(channel)
    if isinstance(provider, Confirms) and provider.confirms_later:
        hint = Report(
            channel=channel,
            source=Source.QUERY,
            event_id="x",
            order_no=order_no,
            outcome=Told.UNPAID,
            merchant=provider.merchant,
            app=provider.app,
            reference=view.payment.provider_reference,
        )
        assert (await provider.confirm(hint)).outcome is Told.PAID
    return order_no, view.top_up.amount_fen


async def reconciled(product: Product, channel: Channel) -> Reconciled:
    day = day_of(product.clock.now() - AGO)
    return await product.core.reconciliation.run(channel, day, by="operator")


def numbered(run: Reconciled) -> list[tuple[str, str]]:
    return sorted((item.finding.outcome.value, item.finding.order_no) for item in run.breaks)


@pytest.mark.parametrize("channel", list(Channel))
async def test_an_honest_bill_settles_the_day(product: Product, channel: Channel) -> None:
    with two_days_ago(product, channel):
        await heard(product, channel)
        await heard(product, channel)

    run = await reconciled(product, channel)

    assert run.outcomes == {Outcome.MATCHED: 2}
    assert (run.is_clean, run.is_settled, run.clearing.held_fen) == (True, True, 0)
    assert (run.fee_fen > 0) is (channel is not Channel.TENPAY)  # its bill has no fees


@pytest.mark.parametrize("channel", list(Channel))
async def test_a_bill_with_breaks_credits_what_was_missed_and_tells_the_rest(
    product: Product, channel: Channel
) -> None:
    with two_days_ago(product, channel):
        kept, twice, lost = [await heard(product, channel) for _ in range(3)]
        before = await product.available()
        missed, fen = await unheard(product, channel)
    product.break_(channel, bill_repeats=twice, bill_omits=lost, bill_adds_fen=EXTRA_FEN)

    run = await reconciled(product, channel)

    assert await product.available() == before + fen
    assert run.outcomes[Outcome.CREDITED] == 1
    kinds = [outcome for outcome, _ in numbered(run)]
    assert kinds == [Outcome.DUPLICATE, Outcome.OURS_ONLY, Outcome.THEIRS_ONLY]
    assert (Outcome.DUPLICATE, twice) in numbered(run)
    assert (Outcome.OURS_ONLY, lost) in numbered(run)
    assert run.clearing.unexplained_fen == 0
    again = await reconciled(product, channel)
    assert (numbered(again), again.new_breaks) == (numbered(run), 0)
    assert {kept, missed}.isdisjoint(order_no for _, order_no in numbered(again))


@pytest.mark.parametrize("channel", list(Channel))
async def test_a_refund_is_in_the_bill_and_settled(product: Product, channel: Channel) -> None:
    product.break_(channel, refund_delay_s=0)
    with two_days_ago(product, channel):
        order_no = await heard(product, channel)
        await refunded(product, 40_00)

    run = await reconciled(product, channel)

    assert run.outcomes == {Outcome.MATCHED: 2}, numbered(run)
    assert (run.refunded_fen, run.is_settled, run.clearing.held_fen) == (40_00, True, 0)
    (trade,) = await product.core.refunds.trades(FINANCE, ACCOUNT)
    assert (trade.order_no, trade.refunded_fen, trade.is_busy) == (order_no, 40_00, False)


async def refunded(product: Product, fen: int) -> None:
    core = product.core
    (trade,) = await core.refunds.trades(FINANCE, ACCOUNT)
    wanted = RefundRequest(
        person_id=FINANCE, trade_id=trade.trade_id, amount_fen=fen, reason="mistake", key="r1"
    )
    await core.refunds.ask(wanted)
    (waiting,), _ = await core.cases.waiting(REVIEWER)
    await core.cases.claim(waiting.case.case_id, REVIEWER)
    await core.refunds.approve(waiting.case.case_id, REVIEWER)
    await product.settle()


@pytest.mark.parametrize("channel", [Channel.WECHAT, Channel.QQ, Channel.TENPAY])
async def test_a_late_line_and_a_refund_that_nobody_asked_for(
    product: Product, channel: Channel
) -> None:
    with two_days_ago(product, channel):
        late = await heard(product, channel)
        await heard(product, channel)
    product.break_(channel, bill_delays=late, bill_adds_refund_fen=100)

    run = await reconciled(product, channel)

    kinds = [outcome for outcome, _ in numbered(run)]
    assert kinds == [Outcome.OURS_ONLY, Outcome.REFUND_WITHOUT_ORDER]


async def test_what_wechats_bill_can_say_wrongly(product: Product) -> None:
    channel = Channel.WECHAT
    with two_days_ago(product, channel):
        currency, merchant, fee, amount = [await heard(product, channel) for _ in range(4)]
    product.break_(
        channel,
        bill_other_currency=currency,
        bill_other_merchant=merchant,
        bill_other_fee=fee,
        bill_alters=amount,
    )

    run = await reconciled(product, channel)

    assert numbered(run) == sorted(
        [
            (Outcome.CURRENCY, currency),
            (Outcome.MERCHANT, merchant),
            (Outcome.FEE, fee),
            (Outcome.AMOUNT_DIFFERS, amount),
        ]
    )
    found, more = await product.core.cases.waiting(OPERATOR)
    assert (len(found), more) == (4, False)
