"""After a copy was brought back: money commands wait, what providers report does not."""

from datetime import date, timedelta

import pytest

from core.app import Core
from core.channels import Channel
from core.errors import InsufficientBalance, MoneyPaused
from core.holds.model import HoldRequest
from core.ids import AccountId, HoldId, PersonId, TopUpId
from core.topup.model import Landing
from core.topup.orders import StartRequest
from tests.play import PlayClock, PlayProvider


def request(person: PersonId, account: AccountId, key: str = "a") -> StartRequest:
    return StartRequest(
        person_id=person,
        account_id=account,
        amount_fen=100_00,
        channel=Channel.WECHAT,
        key=key,
        top_up_id=TopUpId(f"wish-{key}"),
    )


def hold(account: AccountId, fen: int) -> HoldRequest:
    return HoldRequest(
        hold_id=HoldId(f"hold-{fen}"), account_id=account, amount_fen=fen, product="VM"
    )


async def test_orders_and_freezes_wait_and_reports_land(
    core: Core, linked: dict[str, PersonId], account: AccountId, provider: PlayProvider
) -> None:
    view = await core.topups.start(request(linked["finance"], account))
    await core.recoveries.begin()

    landed = await core.topups.record_payment(provider.pay(view.payment.order_no))
    with pytest.raises(MoneyPaused):
        await core.topups.start(request(linked["finance"], account, "b"))
    with pytest.raises(MoneyPaused):
        await core.holds.place(hold(account, 10_00))

    assert landed is Landing.CREDITED
    assert (await core.ledger.balance(account)).available_fen == 100_00


async def test_a_freeze_goes_on_once_every_day_of_every_channel_is_reconciled(
    core: Core, linked: dict[str, PersonId], account: AccountId, clock: PlayClock
) -> None:
    await core.recoveries.begin()
    clock.forward(days=2)
    first, second = date(2026, 11, 22), date(2026, 11, 23)

    left = await core.recoveries.finish([(Channel.WECHAT, first)], [Channel.WECHAT, Channel.QQ])
    with pytest.raises(MoneyPaused):
        await core.topups.start(request(linked["finance"], account))
    everything = [(name, day) for name in (Channel.WECHAT, Channel.QQ) for day in (first, second)]
    nothing = await core.recoveries.finish(everything, [Channel.WECHAT, Channel.QQ])
    await core.topups.start(request(linked["finance"], account))
    with pytest.raises(InsufficientBalance):
        await core.holds.place(hold(account, 10_00))

    assert left == [(Channel.WECHAT, second), (Channel.QQ, first), (Channel.QQ, second)]
    assert nothing == []


async def test_a_copy_of_today_needs_no_bill(
    core: Core, linked: dict[str, PersonId], account: AccountId, clock: PlayClock
) -> None:
    await core.recoveries.begin()
    clock.forward(minutes=5)

    assert await core.recoveries.finish([], [Channel.WECHAT]) == []
    assert await core.recoveries.under_way() is None


async def test_the_age_of_a_copy_is_that_of_the_last_thing_on_record(
    core: Core, linked: dict[str, PersonId], clock: PlayClock
) -> None:
    linked_at = clock.now()
    clock.forward(days=3)

    found = await core.recoveries.begin()

    assert found.copied_at == linked_at
    assert found.restored_at == linked_at + timedelta(days=3)
