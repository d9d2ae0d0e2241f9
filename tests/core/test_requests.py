"""Asking finance to top up: who may ask, who hears, and the one end a request has."""

import asyncio

import pytest

from core.access.model import Right, Role
from core.app import Core
from core.channels import Channel
from core.errors import (
    AmountRefused,
    IllegalStep,
    InvalidRequest,
    NotAllowed,
    NotLinked,
    TooManyRequests,
)
from core.ids import PersonId
from core.notices.model import NoticeKind
from core.providers.base import Source
from core.requests.model import PayRequest, RequestState, RequestWish
from core.topup.orders import StartRequest
from tests.holds.purse import fund
from tests.people import (
    ACCOUNT,
    CREATOR,
    FINANCE,
    MEMBER,
    OTHER_ACCOUNT,
    STRANGER,
    VIEWER,
    link,
)
from tests.play import PlayClock, PlayMessenger, PlayProvider

pytestmark = pytest.mark.usefixtures("linked")


def wish(key: str = "K1", person: PersonId = MEMBER, fen: int = 500_00) -> RequestWish:
    return RequestWish(
        person_id=person, account_id=ACCOUNT, amount_fen=fen, reason="买服务器", key=key
    )


async def asked(core: Core, key: str = "K1", person: PersonId = MEMBER) -> PayRequest:
    return (await core.requests.ask(wish(key, person)))[0]


async def settle(core: Core) -> PlayMessenger:
    messenger = PlayMessenger()
    await core.drain(messenger).settle()
    return messenger


async def outcome(core: Core) -> list[tuple[int, object]]:
    told = (await settle(core)).told
    return [
        (notice.person_id, notice.facts["outcome"])
        for notice in told
        if notice.kind is NoticeKind.REQUEST_ENDED
    ]


async def begin_paying(core: Core, request: PayRequest, person: PersonId = FINANCE) -> str:
    """Start the request's top-up; returns its order number."""
    found, top_up_id = await core.requests.begin(request.request_id, person)
    start = StartRequest(
        person_id=person,
        account_id=found.account.account_id,
        amount_fen=found.amount_fen,
        channel=Channel.WECHAT,
        key=top_up_id,
        top_up_id=top_up_id,
    )
    return (await core.topups.start(start)).payment.order_no


async def test_a_request_comes_to_everybody_who_can_pay_it(core: Core) -> None:
    _, payers = await core.requests.ask(wish())

    shown = sorted((await settle(core)).shown)
    assert payers == 2
    assert shown == [("request:K1", CREATOR, True), ("request:K1", FINANCE, True)]


async def test_asking_again_with_the_same_key_asks_once(core: Core) -> None:
    first, second = await asked(core), await asked(core)

    assert first == second
    assert len((await settle(core)).shown) == 2


@pytest.mark.parametrize("fen", [0, -1, 99, 9_999_999_00 + 1])
async def test_an_amount_out_of_range_is_refused(core: Core, fen: int) -> None:
    with pytest.raises(AmountRefused):
        await core.requests.ask(wish(fen=fen))


@pytest.mark.parametrize("reason", ["", "x" * 201])
async def test_a_reason_has_to_say_something(core: Core, reason: str) -> None:
    bad = RequestWish(person_id=MEMBER, account_id=ACCOUNT, amount_fen=100, reason=reason, key="K")
    with pytest.raises(InvalidRequest):
        await core.requests.ask(bad)


async def test_nobody_asks_for_an_account_they_are_not_linked_to(core: Core) -> None:
    with pytest.raises(NotLinked):
        await asked(core, person=STRANGER)


async def test_nobody_has_more_than_three_open(core: Core) -> None:
    await core.access.meet(MEMBER, "M", "zh_CN")
    results = await asyncio.gather(
        *(core.requests.ask(wish(f"K{number}")) for number in range(6)), return_exceptions=True
    )
    assert sum(isinstance(item, TooManyRequests) for item in results) == 3

    first = next(item for item in results if isinstance(item, tuple))[0]
    await core.requests.decline(first.request_id, FINANCE)
    assert (await asked(core, "K9")).state is RequestState.OPEN


@pytest.mark.parametrize(
    ("person", "error"), [(MEMBER, NotAllowed), (VIEWER, NotAllowed), (STRANGER, NotLinked)]
)
async def test_who_may_not_move_money_neither_sees_pays_nor_declines(
    core: Core, person: PersonId, error: type[Exception]
) -> None:
    request_id = (await asked(core)).request_id
    for act in (core.requests.view, core.requests.begin, core.requests.decline):
        with pytest.raises(error):
            await act(request_id, person)


async def test_another_accounts_creator_cannot_tell_that_there_is_one(core: Core) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await link(core, STRANGER, Role.CREATOR, OTHER_ACCOUNT)
    request_id = (await asked(core)).request_id
    for known in (request_id, "NOSUCH"):
        with pytest.raises(NotLinked):
            await core.requests.decline(known, STRANGER)


async def test_a_declined_request_tells_its_asker_once(core: Core) -> None:
    request_id = (await asked(core)).request_id
    declined = await core.requests.decline(request_id, FINANCE)
    assert (declined.state, declined.ended_by) == (RequestState.DECLINED, FINANCE)

    for act in (core.requests.decline, core.requests.begin):
        with pytest.raises(IllegalStep):
            await act(request_id, CREATOR)
    assert await outcome(core) == [(MEMBER, "declined")]


async def test_it_is_paid_when_the_money_of_its_top_up_arrives(
    core: Core, provider: PlayProvider
) -> None:
    made = await asked(core)
    order_no = await begin_paying(core, made)
    assert (await core.requests.view("K1", FINANCE)).state is RequestState.OPEN
    await core.topups.record_payment(provider.pay(order_no))
    await core.topups.record_payment(provider.report(order_no, Source.QUERY))

    assert (await core.requests.view("K1", FINANCE)).state is RequestState.PAID
    assert await outcome(core) == [(MEMBER, "paid")]


async def test_two_who_pay_the_same_request_are_both_credited_and_it_ends_once(
    core: Core, provider: PlayProvider
) -> None:
    made = await asked(core)
    orders = [await begin_paying(core, made, person) for person in (FINANCE, CREATOR)]
    for order_no in orders:
        await core.topups.record_payment(provider.pay(order_no))

    assert (await core.ledger.balance(ACCOUNT)).available_fen == 1_000_00
    assert await outcome(core) == [(MEMBER, "paid")]


async def test_money_for_a_declined_request_is_credited_and_changes_it_no_more(
    core: Core, provider: PlayProvider
) -> None:
    made = await asked(core)
    order_no = await begin_paying(core, made)
    await core.requests.decline("K1", CREATOR)
    await core.topups.record_payment(provider.pay(order_no))

    assert (await core.requests.view("K1", FINANCE)).state is RequestState.DECLINED
    assert (await core.ledger.balance(ACCOUNT)).available_fen == 500_00


async def test_any_arrival_that_covers_it_answers_a_request_somebody_pressed_to_pay(
    core: Core,
) -> None:
    """Whoever pressed to pay may then remit, or top up by the menu."""
    await asked(core)
    await core.requests.begin("K1", FINANCE)
    await fund(core, 499_99)
    assert (await core.requests.view("K1", FINANCE)).state is RequestState.OPEN
    await fund(core, 500_00)

    assert (await core.requests.view("K1", FINANCE)).state is RequestState.PAID
    assert await outcome(core) == [(MEMBER, "paid")]


async def test_money_answers_no_request_that_nobody_pressed_to_pay(core: Core) -> None:
    await asked(core)
    await fund(core, 9_000_00)

    assert (await core.requests.view("K1", FINANCE)).state is RequestState.OPEN


async def test_one_sum_answers_as_many_requests_as_it_covers_the_oldest_first(
    core: Core, clock: PlayClock
) -> None:
    for key in ("K1", "K2", "K3"):
        await asked(core, key)
        await core.requests.begin(key, FINANCE)
        clock.forward(minutes=1)
    await fund(core, 1_499_99)

    states = [(await core.requests.view(key, FINANCE)).state for key in ("K1", "K2", "K3")]
    assert states == [RequestState.PAID, RequestState.PAID, RequestState.OPEN]


async def test_another_accounts_money_answers_no_request(core: Core) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await asked(core)
    await core.requests.begin("K1", FINANCE)
    await fund(core, 500_00, OTHER_ACCOUNT)

    assert (await core.requests.view("K1", FINANCE)).state is RequestState.OPEN


async def test_it_expires_after_a_week(core: Core, clock: PlayClock) -> None:
    await asked(core)
    clock.forward(days=7)

    assert await outcome(core) == [(MEMBER, "expired")]
    assert (await core.requests.view("K1", FINANCE)).state is RequestState.EXPIRED


async def test_an_asker_who_was_removed_is_told_nothing(core: Core) -> None:
    await asked(core)
    member = await core.access.members(ACCOUNT)
    gone = next(item for item in member if item.person_id == MEMBER)
    await core.access.remove_member(ACCOUNT, gone.member_id)
    await core.requests.decline("K1", FINANCE)

    assert await outcome(core) == []


async def test_asking_needs_no_right_to_see_money(core: Core) -> None:
    with pytest.raises(NotAllowed):
        await core.access.require(MEMBER, ACCOUNT, Right.SEE_MONEY)
    assert (await asked(core)).state is RequestState.OPEN
