"""Money from a provider lands exactly once, whatever happens around it."""

import asyncio
from dataclasses import replace

import pytest

from core.app import Core
from core.channels import Channel, Form
from core.errors import AmountRefused, NotAllowed, NotLinked, NotOurMoney, ProviderUnavailable
from core.ids import AccountId, PersonId, TopUpId
from core.providers.base import Source
from core.topup.model import Landing, Mark, PaymentState, TopUpState, TopUpView
from core.topup.orders import StartRequest
from core.topup.provider_orders import Browser
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, STRANGER, VIEWER
from tests.play import PlayClock, PlayMessenger, PlayProvider

pytestmark = pytest.mark.usefixtures("linked")


def wish(
    person: PersonId = FINANCE, fen: int = 100_00, key: str = "k1", top_up: str = "W1"
) -> StartRequest:
    return StartRequest(
        person_id=person,
        account_id=ACCOUNT,
        amount_fen=fen,
        channel=Channel.WECHAT,
        key=key,
        top_up_id=TopUpId(top_up),
    )


async def start(core: Core, **changes: object) -> TopUpView:
    return await core.topups.start(wish(**changes))  # type: ignore[arg-type]


async def available(core: Core, account: AccountId = ACCOUNT) -> int:
    return (await core.ledger.balance(account)).available_fen


async def test_a_paid_order_is_credited_and_told_to_finance(
    core: Core, provider: PlayProvider
) -> None:
    view = await start(core)
    messenger = PlayMessenger()

    landing = await core.topups.record_payment(provider.pay(view.payment.order_no))
    await core.drain(messenger).settle()

    assert landing is Landing.CREDITED
    assert await available(core) == 100_00
    assert {notice.person_id for notice in messenger.told} >= {CREATOR, FINANCE}
    assert VIEWER not in {n.person_id for n in messenger.told if n.kind == "funds_arrived"}
    told = next(notice for notice in messenger.told if notice.kind == "funds_arrived")
    assert told.facts["available_fen"] == 100_00
    assert told.facts["reference"] == provider.orders[view.payment.order_no].trade_no
    assert f"topup:{view.top_up.top_up_id}" in messenger.refreshed


async def test_the_same_callback_many_times_at_once_is_one_credit(
    core: Core, provider: PlayProvider
) -> None:
    view = await start(core)
    report = provider.pay(view.payment.order_no)
    query = replace(report, source=Source.QUERY, event_id="Q")

    landings = await asyncio.gather(
        *(core.topups.record_payment(r) for r in [report] * 8 + [query] * 7)
    )

    assert sorted(landings) == [Landing.CREDITED, *[Landing.REPEATED] * 14]
    assert await available(core) == 100_00


async def test_another_amount_goes_to_suspense_with_a_case(
    core: Core, provider: PlayProvider
) -> None:
    view = await start(core)

    report = provider.pay(view.payment.order_no, amount_fen=99_00)
    landing = await core.topups.record_payment(report)

    assert landing is Landing.SUSPENDED
    assert await available(core) == 0
    after = await core.topups.view(view.top_up.top_up_id, FINANCE)
    assert after.payment.mark is Mark.MISMATCH


async def test_another_currency_becomes_a_case_without_a_posting(
    core: Core, provider: PlayProvider
) -> None:
    view = await start(core)

    report = provider.pay(view.payment.order_no, currency="USD")
    landing = await core.topups.record_payment(report)

    assert landing is Landing.SUSPENDED
    assert await available(core) == 0
    after = await core.topups.view(view.top_up.top_up_id, FINANCE)
    assert (after.payment.mark, after.payment.state) == (Mark.CURRENCY, PaymentState.FAILED)
    assert await core.topups.record_payment(report) is Landing.REPEATED


@pytest.mark.parametrize("change", [{"merchant": "9999999999"}, {"app": "wx-of-another"}])
async def test_money_of_another_merchant_or_app_is_refused(
    core: Core, provider: PlayProvider, change: dict[str, str]
) -> None:
    view = await start(core)
    report = replace(provider.pay(view.payment.order_no), **change)  # type: ignore[arg-type]

    with pytest.raises(NotOurMoney):
        await core.topups.record_payment(report)

    assert await available(core) == 0
    after = await core.topups.view(view.top_up.top_up_id, FINANCE)
    assert after.payment.state is PaymentState.WAITING


async def test_a_trade_for_an_unknown_order_goes_to_suspense(
    core: Core, provider: PlayProvider
) -> None:
    view = await start(core)
    report = replace(provider.pay(view.payment.order_no), order_no="T2026XXXXXXXXXX")

    assert await core.topups.record_payment(report) is Landing.SUSPENDED
    assert await available(core) == 0


async def test_money_after_expiry_is_credited_and_marked_late(
    core: Core, provider: PlayProvider, clock: PlayClock
) -> None:
    view = await start(core)
    drain = core.drain(PlayMessenger())
    clock.forward(minutes=31)
    await drain.settle()
    expired = await core.topups.view(view.top_up.top_up_id, FINANCE)
    assert expired.top_up.state is TopUpState.EXPIRED
    assert expired.payment.state is PaymentState.CLOSED

    await core.topups.record_payment(provider.pay(view.payment.order_no))

    after = await core.topups.view(view.top_up.top_up_id, FINANCE)
    assert after.payment.mark is Mark.LATE
    assert await available(core) == 100_00


async def test_money_after_cancel_is_credited_and_marked_late(
    core: Core, provider: PlayProvider
) -> None:
    view = await start(core)
    await core.topups.cancel(view.top_up.top_up_id, FINANCE)
    await core.topups.record_payment(provider.pay(view.payment.order_no))

    after = await core.topups.view(view.top_up.top_up_id, FINANCE)

    assert (after.top_up.state, after.payment.mark) == (TopUpState.CANCELLED, Mark.LATE)
    assert await available(core) == 100_00


async def test_a_second_trade_for_the_same_top_up_is_credited_as_extra(
    core: Core, provider: PlayProvider
) -> None:
    view = await start(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no))

    await core.topups.record_payment(provider.pay(view.payment.order_no))

    after = await core.topups.view(view.top_up.top_up_id, FINANCE)
    assert after.payment.mark is Mark.EXTRA
    assert await available(core) == 200_00


async def test_a_lost_callback_is_found_by_the_watch(
    core: Core, provider: PlayProvider, clock: PlayClock
) -> None:
    view = await start(core)
    provider.pay(view.payment.order_no)
    clock.forward(seconds=6)

    await core.drain(PlayMessenger()).settle()

    assert await available(core) == 100_00


async def test_a_lost_callback_is_found_by_asking(core: Core, provider: PlayProvider) -> None:
    view = await start(core)
    provider.pay(view.payment.order_no)

    after = await core.topups.check(view.top_up.top_up_id, FINANCE)

    assert after.payment.state is PaymentState.PAID
    assert await available(core) == 100_00


async def test_the_watch_outlives_a_provider_that_is_down(
    core: Core, provider: PlayProvider, clock: PlayClock
) -> None:
    view = await start(core)
    provider.fail["look_up"] = ProviderUnavailable("down")
    drain = core.drain(PlayMessenger())
    for _ in range(40):
        clock.forward(hours=1)
        await drain.settle()
    provider.fail.clear()
    provider.pay(view.payment.order_no)
    clock.forward(hours=1)

    await drain.settle()

    assert await available(core) == 100_00


async def test_the_same_key_is_the_same_order(core: Core, provider: PlayProvider) -> None:
    first = await start(core)
    second = await start(core)
    other_key = await start(core, key="k2")

    orders = {item.payment.order_no for item in (first, second, other_key)}
    assert len(orders) == 1


async def test_an_order_the_provider_did_not_answer_is_tried_again_as_the_same(
    core: Core, provider: PlayProvider
) -> None:
    provider.fail["create"] = ProviderUnavailable("timeout")
    with pytest.raises(ProviderUnavailable):
        await start(core)
    provider.fail.clear()

    view = await start(core, key="k2")

    assert view.payment.state is PaymentState.WAITING
    assert len(provider.orders) == 1


@pytest.mark.parametrize(
    ("person", "error"), [(VIEWER, NotAllowed), (MEMBER, NotAllowed), (STRANGER, NotLinked)]
)
async def test_only_finance_people_start_a_top_up(
    core: Core, person: PersonId, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await start(core, person=person)


async def test_an_amount_above_the_channel_is_refused_with_its_range(core: Core) -> None:
    with pytest.raises(AmountRefused) as refused:
        await start(core, fen=5_000_001_00)

    assert refused.value.maximum_fen == 5_000_000_00


async def test_a_phone_gets_a_link_and_the_code_dies(core: Core, provider: PlayProvider) -> None:
    view = await start(core)
    phone = Browser(ip="203.0.113.7", device="iOS")

    opened = await core.topups.bridge_for(view.payment.bridge_token, phone)
    again = await core.topups.bridge_for(view.payment.bridge_token, phone)

    assert opened.payment.form is Form.LINK
    assert opened.payment.address == again.payment.address
    assert opened.payment.order_no != view.payment.order_no
    assert provider.orders[view.payment.order_no].outcome == "closed"


async def test_an_order_paid_before_the_phone_opens_the_page_is_credited_once(
    core: Core, provider: PlayProvider
) -> None:
    view = await start(core)
    provider.pay(view.payment.order_no)

    opened = await core.topups.bridge_for(
        view.payment.bridge_token, Browser(ip="203.0.113.7", device="iOS")
    )

    assert opened.payment.state is PaymentState.PAID
    assert await available(core) == 100_00
    assert len(provider.orders) == 1


async def test_what_could_not_be_delivered_is_told_at_the_next_contact(
    core: Core, provider: PlayProvider
) -> None:
    view = await start(core)
    messenger = PlayMessenger(gone={FINANCE})
    await core.topups.record_payment(provider.pay(view.payment.order_no))
    await core.drain(messenger).settle()

    missed = await core.notices.missed(FINANCE)

    assert [notice.kind for notice in missed] == ["funds_arrived"]
    assert await core.notices.missed(FINANCE) == []


async def test_a_removed_person_hears_nothing_more(core: Core, provider: PlayProvider) -> None:
    view = await start(core)
    members = await core.access.members(ACCOUNT)
    await core.topups.record_payment(provider.pay(view.payment.order_no))
    gone = next(item for item in members if item.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, gone.member_id)
    messenger = PlayMessenger()

    await core.drain(messenger).settle()

    assert FINANCE not in {notice.person_id for notice in messenger.told}
    with pytest.raises(NotLinked):
        await core.topups.view(view.top_up.top_up_id, FINANCE)
