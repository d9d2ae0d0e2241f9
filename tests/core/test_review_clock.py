"""The promise of three working days, and what reviewers are warned of."""

from datetime import timedelta

import pytest

from core.access.model import Role
from core.app import Core
from core.ids import PersonId
from core.notices.model import NoticeKind
from core.remittance.model import Declared, Happened, RemittanceState
from core.reviews.model import WarningKind
from core.reviews.warnings import is_hiding
from tests.desk import OPERATOR, REVIEWER, SECOND, add_staff, settle
from tests.people import FINANCE, link
from tests.play import PlayClock
from tests.remittances import approved, claimed, draft, receipt, submitted


@pytest.fixture(autouse=True)
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


async def told(core: Core) -> list[tuple[int, str]]:
    notices = (await settle(core)).told
    return sorted((int(one.person_id), one.kind.value) for one in notices)


async def test_reviewers_are_reminded_operators_called_and_the_payer_told(
    core: Core, clock: PlayClock
) -> None:
    found = await submitted(core)
    await settle(core)
    assert found.due_at is not None
    half = found.half_at
    assert half is not None
    clock.time = half - timedelta(seconds=1)
    assert await told(core) == []
    clock.time = half
    assert await told(core) == [(REVIEWER, "review_reminder"), (SECOND, "review_reminder")]
    clock.time = found.due_at - timedelta(hours=4)
    assert await told(core) == [(OPERATOR, "review_escalated")]
    clock.time = found.due_at
    assert await told(core) == [(FINANCE, "remittance_late")]
    view = await core.remittances.view(found.remittance_id, FINANCE)
    assert view.remittance.due_at is not None
    assert view.remittance.due_at > found.due_at
    assert view.timeline[-1].what is Happened.LATE
    clock.time = view.remittance.due_at
    assert await told(core) == [(FINANCE, "remittance_late"), (OPERATOR, "review_escalated")]


async def test_who_has_it_in_work_is_reminded_alone(core: Core, clock: PlayClock) -> None:
    found = await submitted(core)
    await settle(core)
    assert found.due_at is not None
    assert found.half_at is not None
    clock.time = found.half_at - timedelta(minutes=1)
    await claimed(core, found)
    clock.forward(minutes=2)
    assert await told(core) == [(REVIEWER, "review_reminder")]


async def test_a_member_who_is_an_operator_is_not_called(core: Core, clock: PlayClock) -> None:
    found = await submitted(core)
    await settle(core)
    await link(core, OPERATOR, Role.VIEWER)
    await settle(core)
    assert found.due_at is not None
    clock.time = found.due_at
    assert (OPERATOR, "review_escalated") not in await told(core)


async def test_a_decided_one_is_left_alone(core: Core, clock: PlayClock) -> None:
    await approved(core)
    await settle(core)
    clock.forward(days=30)
    assert await told(core) == []


async def test_the_clock_stands_still_while_the_payer_is_asked(
    core: Core, clock: PlayClock
) -> None:
    found = await submitted(core)
    await settle(core)
    await claimed(core, found)
    clock.forward(days=1)
    await claimed(core, found)
    await core.reviews.ask(found.remittance_id, REVIEWER, "?")
    await settle(core)
    clock.forward(days=10)
    assert await told(core) == []
    view = await core.remittances.submit(found.remittance_id, FINANCE)
    assert found.due_at is not None
    assert view.remittance.due_at is not None
    left = view.remittance.due_at - clock.now()
    assert timedelta(days=1) < left < timedelta(days=5)
    await settle(core)
    clock.time = view.remittance.due_at
    assert (FINANCE, NoticeKind.REMITTANCE_LATE.value) in await told(core)


async def test_from_december_on_operators_hear_that_next_year_is_missing(
    core: Core, clock: PlayClock
) -> None:
    year = next(year for year in range(2026, 2100) if not core.bank_days.knows(year))
    clock.time = clock.time.replace(year=year - 1, month=11, day=30, hour=0)
    await settle(core)
    await core.check_bank_days()
    assert await told(core) == []
    clock.forward(days=2)
    await core.check_bank_days()
    await core.check_bank_days()
    assert await told(core) == [(OPERATOR, "alarm")]


async def warned(core: Core, remittance_id: str) -> dict[str, str]:
    view = await core.reviews.view(remittance_id, REVIEWER)
    return {one.kind.value: str(one.facts.get("references", "")) for one in view.warnings}


async def test_nothing_odd_is_nothing_to_warn_of(core: Core) -> None:
    found = await submitted(core)
    assert await warned(core, found.remittance_id) == {}


async def test_a_receipt_or_serial_number_seen_before_is_pointed_at(core: Core) -> None:
    first = await approved(core)
    second = await submitted(core, key="draft-2")
    assert await warned(core, second.remittance_id) == {
        "same_file": first.reference,
        "same_serial": first.reference,
    }


async def test_a_picture_that_looks_alike_is_pointed_at(core: Core) -> None:
    first = await submitted(core)
    made = await draft(core, key="draft-2", seed=2, serial="OTHER")
    await core.remittances.drafts.drop_files(made.remittance_id, FINANCE)
    await core.remittances.drafts.attach(
        made.remittance_id,
        FINANCE,
        receipt(1, form="JPEG", quality=60),
        name="again.jpg",
        caption="",
    )
    await core.remittances.submit(made.remittance_id, FINANCE)
    assert await warned(core, made.remittance_id) == {"looks_alike": first.reference}


async def test_an_unusual_sum_and_another_payer_are_pointed_at(core: Core) -> None:
    for number in (1, 2):
        await approved(core, key=f"k{number}", seed=number, serial=f"S{number}")
    found = await submitted(core, key="k3", seed=3, serial="S3", fen=9_000_00, payer="远山网络")
    assert set(await warned(core, found.remittance_id)) == {"unusual_amount", "other_payer"}
    view = await core.reviews.view(found.remittance_id, REVIEWER)
    assert [line.state for line in view.history] == [RemittanceState.APPROVED] * 2


async def test_brackets_and_spaces_make_no_other_payer(core: Core) -> None:
    found = await submitted(core, payer="（星河 科技）")
    assert await warned(core, found.remittance_id) == {}


@pytest.mark.parametrize("text", ["a\u202eb", "a\u200bb", "a\u3164b", "a\x07b", "a\ufeff"])
async def test_hidden_signs_are_pointed_at(core: Core, text: str) -> None:
    assert is_hiding(text)
    made = await draft(core)
    await core.remittances.drafts.declare(made.remittance_id, FINANCE, Declared(note=text + "x"))
    await core.remittances.submit(made.remittance_id, FINANCE)
    assert WarningKind.HIDDEN_SIGNS.value in await warned(core, made.remittance_id)


def test_ordinary_text_hides_nothing() -> None:
    for text in ("星河科技（北京）有限公司", "Invoice 12/2026 – ¥100", "日本語 한국어"):
        assert not is_hiding(text)
