"""What only one channel's wire has: charsets, notices that age, cards that are not taken."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from core.channels import Channel
from core.notices.model import NoticeKind
from core.providers.base import KeepsCards
from core.storage.engine import open_database
from core.topup.model import PaymentState, TopUpView
from core.topup.provider_orders import Browser
from sandbox.cards.model import Intent
from sandbox.cards.play_cards import BY_NAME
from tests.people import FINANCE
from tests.providers.product import Product, whole_product

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path
) -> AsyncIterator[Product]:
    folder = tmp_path_factory.mktemp("wires")
    shutil.copy(migrated_sqlite, folder / "topup.db")
    database = await open_database(f"sqlite+aiosqlite:///{folder / 'topup.db'}")
    async with whole_product(folder, database) as product:
        yield product
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def product(shared: Product) -> AsyncIterator[Product]:
    yield shared
    shared.mend()
    await shared.settle()
    await shared.core.ledger.verify()


async def state_of(product: Product, view: TopUpView) -> tuple[PaymentState, str | None]:
    found = await product.core.topups.view(view.top_up.top_up_id, FINANCE)
    return found.payment.state, found.payment.reason


# --- Tenpay --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("charset", ["GBK", "UTF-8"])
@pytest.mark.parametrize("encoding", ["gb2312", "UTF-8"])
async def test_tenpay_calls_back_in_either_way_and_charset(
    product: Product, method: str, charset: str, encoding: str
) -> None:
    product.break_(
        Channel.TENPAY,
        callback_method=method,
        callback_charset=charset,
        reply_encoding=encoding,
    )
    view = await product.order(Channel.TENPAY)
    await product.pay(Channel.TENPAY, view.payment.order_no)

    assert (await state_of(product, view))[0] is PaymentState.PAID


async def test_a_tenpay_sign_in_small_letters_is_as_good(product: Product) -> None:
    view = await product.order(Channel.TENPAY)
    await product.pay(Channel.TENPAY, view.payment.order_no, announce=False)

    assert await product.send(Channel.TENPAY, view.payment.order_no, "lower_case") == 200
    assert (await state_of(product, view))[0] is PaymentState.PAID


async def test_a_coupon_counts_as_paid(product: Product) -> None:
    before = await product.available()
    for channel in (Channel.TENPAY, Channel.QQ):
        view = await product.order(channel)
        await product.pay(channel, view.payment.order_no, discount_fen=77)
        assert await product.available() == before + view.top_up.amount_fen
        before += view.top_up.amount_fen


async def test_a_notice_too_old_to_verify_is_settled_by_the_query(product: Product) -> None:
    product.break_(Channel.TENPAY, notify_life_s=0)
    view = await product.order(Channel.TENPAY)
    await product.pay(Channel.TENPAY, view.payment.order_no)

    assert (await state_of(product, view))[0] is PaymentState.PAID


@pytest.mark.parametrize("says", ["other_merchant", "unknown_order", "other_amount", "unpaid"])
async def test_what_the_verified_notice_says_decides(product: Product, says: str) -> None:
    product.break_(Channel.TENPAY, verify_says=says)
    view, before = await product.order(Channel.TENPAY), await product.available()
    await product.pay(Channel.TENPAY, view.payment.order_no)

    arrived = await product.available() - before
    assert arrived == (view.top_up.amount_fen if says == "unpaid" else 0)


async def test_the_pay_link_carries_the_payers_address_and_the_orders_time(
    product: Product,
) -> None:
    view = await product.order(Channel.TENPAY)
    token = view.payment.bridge_token
    shown = [
        await product.core.topups.bridge_for(token, Browser(ip=ip, device=None))
        for ip in ("203.0.113.7", "2001:db8::1", "")
    ]
    asked = [parse_qs(urlsplit(str(each.payment.address)).query) for each in shown]

    assert [one["spbill_create_ip"] for one in asked] == [
        ["203.0.113.7"],
        ["127.0.0.1"],
        ["127.0.0.1"],
    ]
    times = {(one["time_start"][0], one["time_expire"][0]) for one in asked}
    assert len(times) == 1, "the same order, however often its page is opened"
    assert asked[0]["input_charset"] == ["UTF-8"]


# --- QQ Wallet -----------------------------------------------------------------------------------


async def test_qq_wallet_is_told_when_the_order_begins_and_ends(product: Product) -> None:
    view = await product.order(Channel.QQ)
    order = product.side(Channel.QQ).orders.get(view.payment.order_no)

    assert abs((order.expires_at - view.payment.expires_at).total_seconds()) < 1


@pytest.mark.parametrize("state", ["NOTPAY", "USERPAYING", "CLOSED", "REVOKED", "SOMETHING_NEW"])
async def test_qq_wallets_query_overrules_its_callback(product: Product, state: str) -> None:
    product.break_(Channel.QQ, query_state=state)
    view, before = await product.order(Channel.QQ), await product.available()
    await product.pay(Channel.QQ, view.payment.order_no, announce=False)

    assert await product.send(Channel.QQ, view.payment.order_no, "honest") >= 500
    assert await product.available() == before


# --- cards ---------------------------------------------------------------------------------------

TAKEN = ("visa", "mastercard", "jcb", "visa_hk", "visa_tw")
NOT_TAKEN = {"visa_cn": "card_country", "unionpay": "card_brand", "discover": "card_brand"}


@pytest.mark.parametrize("card", TAKEN)
async def test_a_card_from_elsewhere_is_captured_and_credited(product: Product, card: str) -> None:
    before, view = await product.available(), await product.order(Channel.CARD)
    await product.pay(Channel.CARD, view.payment.order_no, card=_number(card))
    await product.settle()

    assert await product.available() == before + view.top_up.amount_fen


@pytest.mark.parametrize("card", NOT_TAKEN)
async def test_a_card_that_is_not_taken_is_let_go_and_said_why(
    product: Product, card: str
) -> None:
    before, view = await product.available(), await product.order(Channel.CARD)
    await product.pay(Channel.CARD, view.payment.order_no, card=_number(card), save=True)
    told = (await product.settle()).told

    assert await product.available() == before
    assert await state_of(product, view) == (PaymentState.FAILED, NOT_TAKEN[card])
    refused = [notice for notice in told if notice.kind is NoticeKind.PAYMENT_REFUSED]
    assert [notice.facts["reason"] for notice in refused] == [NOT_TAKEN[card]]
    intent = product.side(Channel.CARD).session_of(view.payment.order_no).intent
    assert product.side(Channel.CARD).account.get(Intent, intent).status.value == "canceled"
    assert all(
        held.brand in {"visa", "mastercard", "jcb"} and held.last_four != "0002"
        for held in await product.core.topups.cards.saved(FINANCE)
    )


async def test_a_card_is_kept_only_when_the_payer_says_so(product: Product) -> None:
    provider = product.provider(Channel.CARD)
    assert isinstance(provider, KeepsCards)
    before = await product.core.topups.cards.saved(FINANCE)
    for save in (False, True):
        view = await product.order(Channel.CARD)
        await product.pay(Channel.CARD, view.payment.order_no, card="jcb", save=save)
        await product.settle()
        kept = await product.core.topups.cards.saved(FINANCE)
        assert len(kept) == len(before) + save
    mine = next(card for card in kept if card.brand == "jcb")
    again = await product.order(Channel.CARD)
    await product.pay(Channel.CARD, again.payment.order_no, card=mine.card_id)
    await product.settle()
    assert (await state_of(product, again))[0] is PaymentState.PAID
    await product.core.topups.cards.unbind(FINANCE, mine.card_id)
    assert mine not in await product.core.topups.cards.saved(FINANCE)


def _number(card: str) -> str:
    known = {"visa_hk": "4000003440000004", "visa_tw": "4000001580000008"}
    known |= {"visa_cn": "4000001560000002", "unionpay": "6200000000000005"}
    return known.get(card) or BY_NAME[card].number
