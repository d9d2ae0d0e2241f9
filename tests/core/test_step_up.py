"""Step-up: off until enrolled, codes once, a lock after five wrong ones, asked in the act."""

from datetime import datetime, timedelta

import pyotp
import pytest

from core.app import Core
from core.errors import (
    InvalidRequest,
    NotFound,
    StepUpBroken,
    StepUpLocked,
    StepUpNeeded,
    StepUpWrong,
)
from core.ids import PersonId
from core.notices.model import NoticeKind
from core.stepup import sealing
from core.stepup import service as stepup
from core.stepup.service import StepUp
from tests.desk import REVIEWER, add_staff, on_desk, order, settle
from tests.people import FINANCE
from tests.play import PlayClock, PlayProvider

pytestmark = pytest.mark.usefixtures("linked")


class App:
    """Somebody's authenticator app."""

    def __init__(self, core: Core, secret: str) -> None:
        self._core = core
        self._totp = pyotp.TOTP(secret)

    def code(self, *, steps: int = 0) -> str:
        at: datetime = self._core.clock.now() + timedelta(seconds=30 * steps)
        return self._totp.at(at)

    def wrong(self) -> str:
        near = {self.code(steps=steps) for steps in (-1, 0, 1)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


async def enrolled(core: Core, person: PersonId) -> App:
    app = App(core, (await core.step_up.enrol(person)).secret)
    await core.step_up.switch_on(person, app.code())
    return app


async def needed(core: Core, person: PersonId, **facts: int) -> bool:
    try:
        await core.database.read(lambda tx: stepup.require(tx, person, **facts))
    except StepUpNeeded:
        return True
    return False


async def test_it_asks_nothing_of_who_did_not_switch_it_on(core: Core) -> None:
    assert not await needed(core, FINANCE)
    await core.step_up.enrol(FINANCE)
    assert not await needed(core, FINANCE)


async def test_a_code_is_good_for_five_minutes(core: Core, clock: PlayClock) -> None:
    app = await enrolled(core, FINANCE)
    clock.forward(minutes=5)
    assert not await needed(core, FINANCE)
    clock.forward(seconds=1)
    assert await needed(core, FINANCE)

    await core.step_up.show(FINANCE, app.code())
    assert not await needed(core, FINANCE)


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_a_code_of_a_neighbouring_step_is_taken(
    core: Core, clock: PlayClock, steps: int
) -> None:
    app = await enrolled(core, FINANCE)
    clock.forward(minutes=10)
    await core.step_up.show(FINANCE, app.code(steps=steps))
    assert not await needed(core, FINANCE)


async def test_a_code_is_taken_once(core: Core, clock: PlayClock) -> None:
    app = await enrolled(core, FINANCE)
    with pytest.raises(StepUpWrong):
        await core.step_up.show(FINANCE, app.code())
    clock.forward(minutes=10)
    code = app.code()
    await core.step_up.show(FINANCE, code)
    clock.forward(seconds=1)
    for again in (code, app.code(steps=-1)):
        with pytest.raises(StepUpWrong):
            await core.step_up.show(FINANCE, again)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "１２３４５６", "0x1234"])
async def test_what_is_no_code_is_a_wrong_one(core: Core, clock: PlayClock, text: str) -> None:
    await enrolled(core, FINANCE)
    with pytest.raises(StepUpWrong) as error:
        await core.step_up.show(FINANCE, text)
    assert error.value.left == 4


async def test_five_wrong_codes_lock_it_for_a_quarter_of_an_hour(
    core: Core, clock: PlayClock
) -> None:
    app = await enrolled(core, FINANCE)
    clock.forward(minutes=10)
    for left in (4, 3, 2, 1):
        with pytest.raises(StepUpWrong) as error:
            await core.step_up.show(FINANCE, app.wrong())
        assert error.value.left == left
    with pytest.raises(StepUpLocked):
        await core.step_up.show(FINANCE, app.wrong())

    clock.forward(minutes=15, seconds=-1)
    with pytest.raises(StepUpLocked):
        await core.step_up.show(FINANCE, app.code())
    assert await needed(core, FINANCE)
    clock.forward(seconds=1)
    await core.step_up.show(FINANCE, app.code())
    assert not await needed(core, FINANCE)


async def test_beginning_again_is_no_way_around_a_lock(core: Core) -> None:
    app = App(core, (await core.step_up.enrol(FINANCE)).secret)
    for _ in range(4):
        with pytest.raises(StepUpWrong):
            await core.step_up.switch_on(FINANCE, app.wrong())
    with pytest.raises(StepUpLocked):
        await core.step_up.switch_on(FINANCE, app.wrong())

    again = App(core, (await core.step_up.enrol(FINANCE)).secret)
    with pytest.raises(StepUpLocked):
        await core.step_up.switch_on(FINANCE, again.code())


async def test_switching_off_and_the_limit_need_a_code(core: Core, clock: PlayClock) -> None:
    app = await enrolled(core, FINANCE)
    clock.forward(minutes=10)
    with pytest.raises(StepUpNeeded):
        await core.step_up.switch_off(FINANCE)
    with pytest.raises(StepUpNeeded):
        await core.step_up.set_limit(FINANCE, 100_00)
    with pytest.raises(InvalidRequest):
        await core.step_up.enrol(FINANCE)

    await core.step_up.show(FINANCE, app.code())
    await core.step_up.switch_off(FINANCE)
    assert not (await core.step_up.view(FINANCE)).is_on


async def test_only_top_ups_above_the_limit_ask(
    core: Core, clock: PlayClock, provider: PlayProvider
) -> None:
    app = await enrolled(core, FINANCE)
    clock.forward(minutes=10)
    assert (await order(core, "W0", 50_000_00)).payment.amount_fen == 50_000_00
    await core.step_up.show(FINANCE, app.code())
    await core.step_up.set_limit(FINANCE, 1_000_00)
    clock.forward(minutes=10)

    assert (await order(core, "W1", 1_000_00)).payment.amount_fen == 1_000_00
    with pytest.raises(StepUpNeeded):
        await order(core, "W2", 1_000_01)
    assert len(provider.orders) == 2
    await core.step_up.show(FINANCE, app.code())
    assert await order(core, "W2", 1_000_01)


async def test_a_decision_asks_in_the_act_and_changes_nothing_without(
    core: Core, clock: PlayClock, provider: PlayProvider
) -> None:
    await add_staff(core)
    view = await order(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no, amount_fen=90_00))
    case = (await on_desk(core, REVIEWER))[0].case.case_id
    app = await enrolled(core, REVIEWER)
    clock.forward(minutes=10)
    await core.cases.claim(case, REVIEWER)

    with pytest.raises(StepUpNeeded):
        await core.cases.credit(case, REVIEWER)
    assert (await on_desk(core, REVIEWER))[0].case.decision is None

    await core.step_up.show(REVIEWER, app.code())
    done = await core.cases.credit(case, REVIEWER)
    assert done.result == "done"


async def test_the_secret_is_unreadable_in_the_database(core: Core) -> None:
    made = await core.step_up.enrol(FINANCE)
    rows = await core.database.read(
        lambda tx: str(tx.driver_sql("SELECT * FROM step_up_secrets").all())
    )
    assert made.secret not in rows
    assert made.secret in made.uri


async def test_a_secret_opens_under_an_older_key_and_for_its_person_alone() -> None:
    old, new = sealing.key_from("bot token"), sealing.key_from("code key")
    kept = sealing.seal([old], FINANCE, "SECRET")
    assert sealing.unseal([new, old], FINANCE, kept) == "SECRET"
    for keys, person in (([new], FINANCE), ([old], REVIEWER)):
        with pytest.raises(StepUpBroken):
            sealing.unseal(keys, person, kept)


async def test_without_a_key_it_is_not_offered(core: Core) -> None:
    without = StepUp(core.database, core.clock, ())
    assert not (await without.view(FINANCE)).is_offered
    with pytest.raises(NotFound):
        await without.enrol(FINANCE)


async def test_an_operator_takes_it_off_who_lost_the_app(core: Core, clock: PlayClock) -> None:
    await enrolled(core, FINANCE)
    clock.forward(minutes=10)
    assert await core.step_up.reset(FINANCE)
    assert not await needed(core, FINANCE)
    assert not await core.step_up.reset(FINANCE)
    told = [item for item in (await settle(core)).told if item.kind is NoticeKind.STEP_UP_RESET]
    assert [item.person_id for item in told] == [FINANCE]
