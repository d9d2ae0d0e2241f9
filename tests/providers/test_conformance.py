"""Every registered channel, over the wire, through one suite: paid, twice, late, odd, forged."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.channels import Channel
from core.notices.model import NoticeKind
from core.providers.base import Confirms, Provider
from core.storage.engine import open_database
from core.topup.model import Mark, PaymentState
from tests.people import FINANCE
from tests.providers.product import (
    REVIEWER,
    STAND_INS,
    Product,
    whole_product,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
every_channel = pytest.mark.parametrize("channel", list(Channel))
FORGED = [(channel, kind) for channel in Channel for kind in STAND_INS[channel].forged()]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path
) -> AsyncIterator[Product]:
    folder = tmp_path_factory.mktemp("product")
    shutil.copy(migrated_sqlite, folder / "topup.db")
    database = await open_database(f"sqlite+aiosqlite:///{folder / 'topup.db'}")
    async with whole_product(folder, database) as product:
        yield product
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def product(shared: Product) -> AsyncIterator[Product]:
    """Whatever a test did, the books must hold at its end."""
    yield shared
    shared.mend()
    await shared.settle()
    await shared.core.ledger.verify()
    await shared.core.audit.seal()
    await shared.core.audit.verify()


async def test_every_channel_is_registered_and_has_a_stand_in(shared: Product) -> None:
    assert set(shared.core.providers) == set(Channel) == set(STAND_INS)


# --- money that comes ----------------------------------------------------------------------------


@every_channel
async def test_a_paid_order_is_credited_once(product: Product, channel: Channel) -> None:
    before, view = await product.available(), await product.order(channel)
    await product.pay(channel, view.payment.order_no)
    await product.settle()

    assert await product.available() == before + view.top_up.amount_fen
    found = await product.core.topups.view(view.top_up.top_up_id, FINANCE)
    assert (found.payment.state, found.payment.mark) == (PaymentState.PAID, None)


@every_channel
@pytest.mark.parametrize("concurrent", [False, True], ids=["in turn", "at once"])
async def test_a_payment_told_fifteen_times_is_credited_once(
    product: Product, channel: Channel, concurrent: bool
) -> None:
    before, view = await product.available(), await product.order(channel)
    await product.pay(channel, view.payment.order_no, times=15, concurrent=concurrent)
    await product.settle()

    assert await product.available() == before + view.top_up.amount_fen


@every_channel
async def test_a_replayed_callback_changes_nothing(product: Product, channel: Channel) -> None:
    view = await product.order(channel)
    await product.pay(channel, view.payment.order_no)
    await product.settle()
    before = await product.books()
    again = next((kind for kind in ("replay", "again") if kind in STAND_INS[channel].kinds), "")

    assert await product.send(channel, view.payment.order_no, again or "honest") < 300
    await product.settle()
    assert (await product.books())[1:] == before[1:]


@every_channel
async def test_a_payment_nobody_told_is_found_by_asking(
    product: Product, channel: Channel
) -> None:
    before, view = await product.available(), await product.order(channel)
    await product.pay(channel, view.payment.order_no, announce=False)
    await product.core.topups.check(view.top_up.top_up_id, FINANCE)
    await product.settle()

    assert await product.available() == before + view.top_up.amount_fen


@every_channel
async def test_money_after_the_payer_gave_up_is_credited_and_marked_late(
    product: Product, channel: Channel
) -> None:
    before, view = await product.available(), await product.order(channel)
    await product.pay(channel, view.payment.order_no, announce=False)
    await product.core.topups.cancel(view.top_up.top_up_id, FINANCE)
    await product.settle()

    assert await product.available() == before + view.top_up.amount_fen
    found = await product.core.topups.view(view.top_up.top_up_id, FINANCE)
    assert found.payment.mark is Mark.LATE


# --- money that does not fit ---------------------------------------------------------------------


@every_channel
async def test_another_amount_waits_for_a_reviewer_or_is_never_taken(
    product: Product, channel: Channel
) -> None:
    before, view = await product.available(), await product.order(channel)
    paid_fen = view.top_up.amount_fen - 1
    await product.pay(channel, view.payment.order_no, amount_fen=paid_fen)
    await product.settle()

    assert await product.available() == before
    if _captures(product.provider(channel)):
        found = await product.core.topups.view(view.top_up.top_up_id, FINANCE)
        assert (found.payment.state, found.payment.reason) == (
            PaymentState.FAILED,
            "authorisation_differs",
        )
        return
    waiting, _ = await product.core.cases.waiting(REVIEWER)
    case = next(
        each.case for each in waiting if each.case.facts["order_no"] == view.payment.order_no
    )
    assert (case.kind, case.amount_fen) == ("amount_differs", paid_fen)
    await product.core.cases.claim(case.case_id, REVIEWER)
    await product.core.cases.credit(case.case_id, REVIEWER)
    assert await product.available() == before + paid_fen


@every_channel
async def test_another_currency_is_a_case_without_a_posting(
    product: Product, channel: Channel
) -> None:
    before, view = await product.available(), await product.order(channel)
    await product.pay(channel, view.payment.order_no, currency=_foreign(channel))
    await product.settle()

    assert await product.available() == before
    found = await product.core.topups.view(view.top_up.top_up_id, FINANCE)
    assert found.payment.state is not PaymentState.PAID


def _captures(provider: Provider) -> bool:
    """Money is only held until it was looked at."""
    return isinstance(provider, Confirms) and provider.confirms_later


def _foreign(channel: Channel) -> str:
    return "usd" if channel is Channel.CARD else "USD"


@every_channel
async def test_what_is_for_another_merchant_is_refused_with_an_alarm(
    product: Product, channel: Channel
) -> None:
    view, before = await product.order(channel), await product.books()
    stranger = "other_mode" if channel is Channel.CARD else "other_merchant"

    assert await product.send(channel, view.payment.order_no, stranger) == 401
    assert await product.books() == before
    told = (await product.settle()).told
    assert [notice.facts["what"] for notice in told if notice.kind is NoticeKind.ALARM] == [
        "not_our_money"
    ]


@every_channel
@pytest.mark.parametrize("kind", ["unknown_order", "other_order", "unknown_session", "unpaid"])
async def test_a_true_notice_of_nothing_ordered_or_paid_credits_nobody(
    product: Product, channel: Channel, kind: str
) -> None:
    if kind not in STAND_INS[channel].kinds:
        kind = "other_amount"
    before, view = await product.available(), await product.order(channel)
    await product.send(channel, view.payment.order_no, kind)
    dead = await product.settle()

    assert await product.available() == before
    assert not [notice for notice in dead.told if notice.facts.get("what") == "dead_job"]


@every_channel
async def test_a_notice_of_money_that_the_provider_denies_is_not_accepted(
    product: Product, channel: Channel
) -> None:
    """A shared key could be anybody's: the query decides. Keys of the provider's own decide."""
    provider = product.provider(channel)
    view = await product.order(channel)
    before = await product.available(), await product.books()
    status = await product.send(channel, view.payment.order_no, "honest")
    await product.settle()

    if not isinstance(provider, Confirms):
        assert (status, await product.available()) == (200, before[0] + view.top_up.amount_fen)
        return
    assert status == 200 if provider.confirms_later else status >= 500
    assert await product.available() == before[0]
    found = await product.core.topups.view(view.top_up.top_up_id, FINANCE)
    assert found.payment.state is PaymentState.WAITING


# --- what nobody sent ----------------------------------------------------------------------------


@pytest.mark.parametrize(("channel", "kind"), FORGED)
async def test_a_forged_callback_is_refused_and_leaves_no_trace(
    product: Product, channel: Channel, kind: str
) -> None:
    view = await product.order(channel)
    await product.pay(channel, view.payment.order_no, announce=False)
    before = await product.books()

    assert await product.send(channel, view.payment.order_no, kind) in {401, 413}
    assert await product.books() == before
