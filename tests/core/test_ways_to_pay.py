"""Channels of every kind through one path: codes, links for the payer, cards confirmed later."""

import asyncio
from dataclasses import replace

import pytest

from core.access.model import StaffRole
from core.app import Core
from core.channels import Channel, Form
from core.errors import NotAllowed, NotFound, ProviderRefused, ProviderUnavailable
from core.ids import PersonId
from core.notices.model import NoticeKind
from core.providers.base import Order, Outcome, Source
from core.topup.model import Landing, PaymentState, TopUpState, TopUpView
from core.topup.orders import StartRequest
from core.topup.provider_orders import Browser
from tests.people import ACCOUNT, FINANCE, MEMBER
from tests.play import PlayOrder
from tests.ways import VISA, Ways, known

PHONE = Browser(ip="203.0.113.7", device="iOS")
DESKTOP = Browser(ip="203.0.113.8", device=None)


# --- shared keys --------------------------------------------------------------------------------


async def test_a_shared_key_callback_is_confirmed_by_a_query(ways: Ways) -> None:
    view = await ways.order(Channel.QQ)
    report = ways.shared.pay(view.payment.order_no)

    assert await ways.core.topups.hear(report) is Landing.CREDITED
    assert await ways.core.topups.hear(report) is Landing.REPEATED
    assert ways.shared.calls.count("confirm") == 1
    assert await ways.balance() == 100_00


async def test_a_true_callback_that_the_query_denies_moves_nothing(ways: Ways) -> None:
    view = await ways.order(Channel.QQ)
    report = ways.shared.pay(view.payment.order_no)
    ways.shared.orders[view.payment.order_no].outcome = Outcome.UNPAID

    assert await ways.core.topups.hear(report) is Landing.UNCONFIRMED
    assert await ways.balance() == 0
    assert await ways.state(view) is PaymentState.WAITING


async def test_without_an_answer_to_the_query_nothing_moves(ways: Ways) -> None:
    view = await ways.order(Channel.QQ)
    report = ways.shared.pay(view.payment.order_no)
    ways.shared.fail["confirm"] = ProviderUnavailable("away")

    with pytest.raises(ProviderUnavailable):
        await ways.core.topups.hear(report)

    assert await ways.balance() == 0


async def test_a_phone_keeps_the_code_where_the_channel_has_a_link_to_its_app(
    ways: Ways,
) -> None:
    view = await ways.order(Channel.QQ)

    on_phone = await ways.core.topups.bridge_for(view.payment.bridge_token, PHONE)

    assert on_phone.payment.order_no == view.payment.order_no
    assert on_phone.payment.address == "mqqapi://forward/url?x=1"
    assert on_phone.payment.qr_text is not None


# --- links made for the payer -------------------------------------------------------------------


async def test_the_link_is_made_for_each_browser_that_opens_the_page(ways: Ways) -> None:
    view = await ways.order(Channel.TENPAY, bank="CMB")
    assert view.payment.state is PaymentState.WAITING
    assert view.payment.address is None

    for browser in (PHONE, DESKTOP):
        opened = await ways.core.topups.bridge_for(view.payment.bridge_token, browser)
        assert opened.payment.address == f"https://bank.example/CMB/{browser.ip}"
        assert opened.payment.order_no == view.payment.order_no

    stored = await ways.core.topups.view(view.top_up.top_up_id, FINANCE)
    assert stored.payment.address is None
    assert await ways.core.topups.last_bank(FINANCE) == "CMB"


async def test_another_bank_is_another_order(ways: Ways) -> None:
    first = await ways.order(Channel.TENPAY, bank="CMB", key="same wish")
    other = await ways.core.topups.start(
        StartRequest(
            person_id=FINANCE,
            account_id=ACCOUNT,
            amount_fen=100_00,
            channel=Channel.TENPAY,
            key="another bank",
            top_up_id=first.top_up.top_up_id,
            bank="ICBC",
        )
    )

    assert other.payment.order_no != first.payment.order_no
    assert other.top_up.top_up_id == first.top_up.top_up_id


async def test_an_order_that_cannot_be_closed_ends_after_its_time(ways: Ways) -> None:
    view = await ways.order(Channel.TENPAY)
    ways.link.orders[view.payment.order_no] = _order_of(ways, view)
    for _ in range(9):
        ways.clock.forward(minutes=5)
        await ways.settle()

    found = await ways.core.topups.view(view.top_up.top_up_id, FINANCE)
    assert found.payment.state is PaymentState.CLOSED
    assert found.top_up.state is TopUpState.EXPIRED


async def test_a_young_order_is_closed_once_its_provider_takes_that(ways: Ways) -> None:
    view = await ways.order(Channel.QQ)
    await ways.core.topups.cancel(view.top_up.top_up_id, FINANCE)
    for minute in range(1, 5):
        ways.clock.forward(minutes=1)
        await ways.settle()
        assert "close" not in ways.shared.calls, minute

    ways.clock.forward(minutes=1)
    await ways.settle()
    assert ways.shared.calls.count("close") == 1
    assert await ways.state(view) is PaymentState.CLOSED


async def test_a_replaced_young_order_is_closed_later_too(ways: Ways) -> None:
    old = await ways.order(Channel.QQ)
    new = await ways.core.topups.start(
        StartRequest(
            person_id=FINANCE,
            account_id=ACCOUNT,
            amount_fen=100_00,
            channel=Channel.WECHAT,
            key="change",
            top_up_id=old.top_up.top_up_id,
        )
    )
    assert new.top_up.top_up_id == old.top_up.top_up_id
    assert "close" not in ways.shared.calls
    ways.clock.forward(minutes=6)
    await ways.settle()

    assert ways.shared.orders[old.payment.order_no].outcome is Outcome.CLOSED
    assert await ways.state(new) is PaymentState.WAITING


async def test_i_have_paid_finds_money_at_the_channel_that_was_left(ways: Ways) -> None:
    """The payer scanned the old code, then changed the channel, then says so."""
    old = await ways.order(Channel.QQ)
    await ways.core.topups.start(
        StartRequest(
            person_id=FINANCE,
            account_id=ACCOUNT,
            amount_fen=100_00,
            channel=Channel.WECHAT,
            key="change",
            top_up_id=old.top_up.top_up_id,
        )
    )
    ways.shared.pay(old.payment.order_no)

    found = await ways.core.topups.check(old.top_up.top_up_id, FINANCE)
    assert found.payment.state is PaymentState.PAID
    assert found.payment.channel is Channel.QQ
    assert await ways.balance() == 100_00


async def test_money_for_an_order_that_was_left_to_expire_is_credited(ways: Ways) -> None:
    view = await ways.order(Channel.TENPAY)
    ways.link.orders[view.payment.order_no] = _order_of(ways, view)
    for _ in range(9):
        ways.clock.forward(minutes=5)
        await ways.settle()

    assert await ways.core.topups.hear(ways.link.pay(view.payment.order_no)) is Landing.CREDITED
    assert await ways.balance() == 100_00


def _order_of(ways: Ways, view: TopUpView) -> PlayOrder:
    """The order as the bank learns of it when the payer opens its page."""
    return known(
        Order(
            order_no=view.payment.order_no,
            amount_fen=view.payment.amount_fen,
            description="",
            expires_at=view.payment.expires_at,
            form=Form.LINK,
            notify_url="",
            return_url="",
        )
    )


# --- cards --------------------------------------------------------------------------------------


async def _authorise(ways: Ways) -> TopUpView:
    view = await ways.order(Channel.CARD)
    ways.card.orders[view.payment.order_no].outcome = Outcome.AUTHORISED
    return view


async def test_an_authorised_card_is_captured_in_a_job_and_credited_once(ways: Ways) -> None:
    view = await _authorise(ways)
    hint = replace(
        ways.card.report(view.payment.order_no, Source.CALLBACK), outcome=Outcome.AUTHORISED
    )

    assert await ways.core.topups.hear(hint) is Landing.NOTED
    assert await ways.balance() == 0
    await ways.settle()
    assert await ways.core.topups.hear(hint) is Landing.REPEATED
    await ways.settle()

    assert await ways.balance() == 100_00
    assert await ways.state(view) is PaymentState.PAID


async def test_an_authorisation_seen_by_a_query_is_captured_too(ways: Ways) -> None:
    view = await _authorise(ways)

    looked = await ways.core.topups.check(view.top_up.top_up_id, FINANCE)
    assert looked.payment.state is PaymentState.AUTHORISED
    await ways.settle()

    assert await ways.balance() == 100_00


@pytest.mark.parametrize("reason", ["card_country", "card_brand"])
async def test_a_card_that_is_not_accepted_is_told_with_its_reason(
    ways: Ways, reason: str
) -> None:
    view = await _authorise(ways)
    ways.card.refuse = reason

    await ways.core.topups.check(view.top_up.top_up_id, FINANCE)
    messenger = await ways.settle()
    messenger.told += (await ways.settle()).told

    found = await ways.core.topups.view(view.top_up.top_up_id, FINANCE)
    assert (found.payment.state, found.payment.reason) == (PaymentState.FAILED, reason)
    assert found.top_up.state is TopUpState.OPEN
    told = [notice for notice in messenger.told if notice.kind is NoticeKind.PAYMENT_REFUSED]
    assert [notice.facts["reason"] for notice in told] == [reason]
    assert await ways.balance() == 0


async def test_a_payer_is_one_customer(ways: Ways) -> None:
    await ways.order(Channel.CARD, key="one")
    await ways.order(Channel.CARD, 200_00, key="two")

    assert ways.card.customers == 1


async def test_saved_cards_are_the_persons_own(ways: Ways) -> None:
    cards = ways.core.topups.cards
    assert await cards.saved(FINANCE) == ()
    await ways.order(Channel.CARD)

    assert await cards.saved(FINANCE) == (VISA,)
    with pytest.raises(NotAllowed):
        await cards.saved(MEMBER)
    with pytest.raises(NotFound):
        await cards.unbind(FINANCE, "pm_of_another")
    await cards.unbind(FINANCE, "pm_1")
    assert await cards.saved(FINANCE) == ()


# --- choosing -----------------------------------------------------------------------------------


async def test_the_same_wish_again_finds_its_living_order(ways: Ways) -> None:
    first = await ways.order(Channel.WECHAT, key="one")
    again = await ways.order(Channel.WECHAT, key="two")
    other = await ways.order(Channel.WECHAT, 200_00, key="three")

    assert again.payment.order_no == first.payment.order_no
    assert other.payment.order_no != first.payment.order_no


async def test_two_at_once_make_one_order(ways: Ways) -> None:
    views = await asyncio.gather(*(ways.order(Channel.WECHAT, key=f"tap {n}") for n in range(8)))

    assert len({view.payment.order_no for view in views}) == 1


async def test_a_failing_channel_sinks_and_rises_again(ways: Ways) -> None:
    await ways.core.access.add_staff(PersonId(9001), StaffRole.OPERATOR)
    ways.code.fail["create"] = ProviderUnavailable("away")
    for attempt in range(3):
        with pytest.raises(ProviderUnavailable):
            await ways.order(Channel.WECHAT, key=f"try {attempt}")

    offers = await ways.core.topups.channels(100_00)
    assert [offer.channel for offer in offers if offer.failing] == [Channel.WECHAT]
    assert offers[-1].channel is Channel.WECHAT
    alarms = [n for n in (await ways.settle()).told if n.kind is NoticeKind.ALARM]
    assert [notice.facts["what"] for notice in alarms] == ["channel_failing"]

    ways.code.fail.clear()
    await ways.order(Channel.WECHAT, key="works")
    assert not any(offer.failing for offer in await ways.core.topups.channels(100_00))
    alarms = [n for n in (await ways.settle()).told if n.kind is NoticeKind.ALARM]
    assert [(n.facts["what"], n.facts["failures"]) for n in alarms] == [("channel_recovered", 3)]


async def test_each_time_a_channel_fails_and_recovers_is_told_once(ways: Ways) -> None:
    await ways.core.access.add_staff(PersonId(9001), StaffRole.OPERATOR)
    told: list[object] = []
    for turn in (1, 2):
        ways.code.fail["create"] = ProviderUnavailable("away")
        for attempt in range(5):
            with pytest.raises(ProviderUnavailable):
                await ways.order(Channel.WECHAT, turn * 100_00, key=f"{turn} {attempt}")
        ways.code.fail.clear()
        for attempt in range(2):
            await ways.order(Channel.WECHAT, turn * 100_00, key=f"{turn} works {attempt}")
        ways.clock.forward(seconds=1)
        told += [n.facts["what"] for n in (await ways.settle()).told if n.kind is NoticeKind.ALARM]

    assert told == ["channel_failing", "channel_recovered"] * 2


async def test_another_process_tells_the_recovery(ways: Ways) -> None:
    await ways.core.access.add_staff(PersonId(9001), StaffRole.OPERATOR)
    ways.code.fail["create"] = ProviderUnavailable("away")
    for attempt in range(3):
        with pytest.raises(ProviderUnavailable):
            await ways.order(Channel.WECHAT, key=f"try {attempt}")
    ways.code.fail.clear()

    restarted = Core(ways.core.database, ways.core.providers, ways.core.settings, clock=ways.clock)
    await replace(ways, core=restarted).order(Channel.WECHAT, key="works")
    told = [n.facts["what"] for n in (await ways.settle()).told if n.kind is NoticeKind.ALARM]
    assert told == ["channel_failing", "channel_recovered"]


@pytest.mark.parametrize(("reason", "fails"), [("NOAUTH", True), ("PARAM_ERROR", False)])
async def test_a_refusal_of_our_credentials_counts_and_one_of_an_order_does_not(
    ways: Ways, reason: str, fails: bool
) -> None:
    ways.code.fail["create"] = ProviderRefused(reason)
    for attempt in range(3):
        with pytest.raises(ProviderRefused):
            await ways.order(Channel.WECHAT, key=f"try {attempt}")

    offers = await ways.core.topups.channels(100_00)
    assert any(offer.failing for offer in offers) is fails


async def test_an_amount_outside_a_channels_limits_says_so(ways: Ways) -> None:
    offers = {offer.channel: offer for offer in await ways.core.topups.channels(9_00)}

    assert offers[Channel.WECHAT].fits
    assert not offers[Channel.CARD].fits
