"""Remittances from the draft to the outcome, as the payer makes them."""

from dataclasses import replace
from datetime import date

import pytest

from core.app import Core
from core.errors import (
    AmountRefused,
    IllegalStep,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NotLinked,
    ReceiptLost,
    ReceiptRefused,
)
from core.ids import PersonId
from core.remittance.model import Declared, Happened, RejectCode, RemittanceState, Way
from core.remittance.receipt_kinds import MOST_FILES
from tests.desk import REVIEWER, add_staff, available, settle
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, STRANGER, VIEWER
from tests.play import PlayClock
from tests.remittances import claimed, draft, receipt, submitted


@pytest.fixture(autouse=True)
async def staff(core: Core, linked: dict[str, PersonId]) -> None:
    await add_staff(core)


async def test_a_draft_is_filled_in_any_order_and_submitted(core: Core) -> None:
    drafts = core.remittances.drafts
    opened = await drafts.open_draft(FINANCE, ACCOUNT, Way.WIRE, key="k")
    assert opened.state is RemittanceState.DRAFT
    with pytest.raises(InvalidRequest):
        await core.remittances.submit(opened.remittance_id, FINANCE)
    await drafts.attach(
        opened.remittance_id, FINANCE, receipt(), name="回单.png", caption="十一月 服务费"
    )
    said = Declared(
        amount_fen=123_45,
        payer_name=" 星河科技 ",
        payer_account="6214 8312 3456 7890",
        transfer_date=date(2026, 11, 20),
        bank_serial=" ab-１２３ ",
    )
    view = await drafts.declare(opened.remittance_id, FINANCE, said)
    declared = view.remittance.declared
    assert (declared.payer_name, declared.payer_account) == ("星河科技", "7890")
    assert (declared.bank_serial, declared.note) == ("AB123", "十一月 服务费")

    view = await core.remittances.submit(opened.remittance_id, FINANCE)
    assert view.remittance.state is RemittanceState.SUBMITTED
    assert view.remittance.due_at is not None
    assert view.remittance.due_at > core.clock.now()
    assert view.ahead == 0
    assert [line.what for line in view.timeline] == [Happened.SUBMITTED]


async def test_a_draft_is_opened_once_per_key_and_is_its_writers_alone(core: Core) -> None:
    drafts = core.remittances.drafts
    first = await drafts.open_draft(FINANCE, ACCOUNT, Way.WIRE, key="k")
    assert await drafts.open_draft(FINANCE, ACCOUNT, Way.CASH, key="k") == first
    with pytest.raises(NotFound):
        await core.remittances.view(first.remittance_id, CREATOR)
    listed, more = await core.remittances.listed(CREATOR, ACCOUNT)
    assert (listed, more) == ([], False)
    assert (await core.remittances.listed(FINANCE, ACCOUNT))[0] == [first]


async def test_who_may_not_move_money_opens_sees_and_changes_nothing(core: Core) -> None:
    found = await submitted(core)
    drafts = core.remittances.drafts
    for person, refusal in ((VIEWER, NotAllowed), (MEMBER, NotAllowed), (STRANGER, NotLinked)):
        with pytest.raises(refusal):
            await drafts.open_draft(person, ACCOUNT, Way.WIRE, key=f"k{person}")
        with pytest.raises(refusal):
            await core.remittances.withdraw(found.remittance_id, person)
        with pytest.raises(refusal):
            await drafts.attach(found.remittance_id, person, receipt(2), name="", caption="")
    assert (await core.remittances.view(found.remittance_id, VIEWER)).remittance == found
    for person in (MEMBER, STRANGER):
        with pytest.raises((NotAllowed, NotLinked)):
            await core.remittances.view(found.remittance_id, person)


@pytest.mark.parametrize(
    "said",
    [
        Declared(amount_fen=0),
        Declared(amount_fen=9_999_999_01),
        Declared(transfer_date=date(2026, 11, 24)),
        Declared(transfer_date=date(2024, 11, 22)),
        Declared(payer_name="  "),
        Declared(payer_name="x" * 101),
        Declared(payer_account="12"),
        Declared(payer_account="abc123"),
        Declared(bank_serial="9" * 65),
        Declared(note="n" * 501),
    ],
)
async def test_what_cannot_be_is_refused_and_the_draft_stays(core: Core, said: Declared) -> None:
    found = await draft(core)
    with pytest.raises((AmountRefused, InvalidRequest)):
        await core.remittances.drafts.declare(found.remittance_id, FINANCE, said)
    after = (await core.remittances.view(found.remittance_id, FINANCE)).remittance
    assert after == found


async def test_receipts_are_up_to_five_each_once(core: Core) -> None:
    found = await draft(core)
    drafts = core.remittances.drafts
    for seed in range(1, MOST_FILES + 1):
        view = await drafts.attach(
            found.remittance_id, FINANCE, receipt(seed), name="a.png", caption=""
        )
        assert len(view.files) == seed
    with pytest.raises(ReceiptRefused) as refused:
        await drafts.attach(found.remittance_id, FINANCE, receipt(99), name="", caption="")
    assert refused.value.reason == "too_many"
    with pytest.raises(ReceiptRefused):
        await drafts.attach(found.remittance_id, FINANCE, b"MZ\x90", name="a.png", caption="")
    for file in view.files:
        assert len(await core.remittances.original(file.sha256)) == file.size


async def test_a_named_file_is_on_disk_and_an_orphan_is_swept(
    core: Core, clock: PlayClock
) -> None:
    found = await draft(core)
    view = await core.remittances.view(found.remittance_id, FINANCE)
    orphan = await core.receipts.take_in(receipt(7), file_name="a.png")
    clock.forward(days=36_500)  # whatever the machine's own clock says
    assert await core.receipts.sweep(core.remittances.named) == 1
    assert await core.remittances.original(view.files[0].sha256)
    with pytest.raises(ReceiptLost):
        await core.remittances.original(orphan.sha256)


async def test_it_is_changed_and_taken_back_until_a_reviewer_has_it(
    core: Core, clock: PlayClock
) -> None:
    found = await submitted(core)
    changed = await core.remittances.drafts.declare(
        found.remittance_id, CREATOR, Declared(note="补充"), way=Way.ONLINE
    )
    assert (changed.remittance.declared.note, changed.remittance.way) == ("补充", Way.ONLINE)
    await claimed(core, found)
    with pytest.raises(IllegalStep):
        await core.remittances.withdraw(found.remittance_id, FINANCE)
    with pytest.raises(IllegalStep):
        await core.remittances.drafts.declare(found.remittance_id, FINANCE, Declared(amount_fen=1))
    more = await core.remittances.drafts.attach(
        found.remittance_id, FINANCE, receipt(2), name="", caption=""
    )
    assert len(more.files) == 2

    clock.forward(minutes=16)
    view = await core.remittances.withdraw(found.remittance_id, FINANCE)
    assert view.remittance.state is RemittanceState.WITHDRAWN
    assert (await core.remittances.withdraw(found.remittance_id, FINANCE)).remittance == (
        view.remittance
    )
    assert await core.reviews.queue(REVIEWER) == ([], False)


async def test_submitting_twice_is_one_submission(core: Core) -> None:
    found = await submitted(core)
    again = await core.remittances.submit(found.remittance_id, FINANCE)
    assert again.remittance == found
    assert len(again.timeline) == 1
    messenger = await settle(core)
    assert sorted(chat for subject, chat, _ in messenger.shown if "review" in subject) == [31, 32]


async def test_a_rejected_one_is_made_anew_with_everything_kept(core: Core) -> None:
    found = await submitted(core)
    with pytest.raises(IllegalStep):
        await core.remittances.resubmit(found.remittance_id, FINANCE, key="r")
    await claimed(core, found)
    code = RejectCode.RECEIPT_UNREADABLE
    await core.reviews.reject(found.remittance_id, REVIEWER, code, "第二页看不清")
    view = await core.remittances.resubmit(found.remittance_id, FINANCE, key="r")
    made = view.remittance
    assert made.state is RemittanceState.DRAFT
    assert made.reference != found.reference
    assert (made.declared, made.way, made.replaces) == (
        replace(found.declared),
        found.way,
        found.remittance_id,
    )
    assert view.files == (await core.remittances.view(found.remittance_id, FINANCE)).files
    twice = await core.remittances.resubmit(found.remittance_id, FINANCE, key="r2")
    assert twice.remittance.remittance_id == made.remittance_id
    after = await core.remittances.submit(made.remittance_id, FINANCE)
    assert after.remittance.state is RemittanceState.SUBMITTED
    review = await core.reviews.view(made.remittance_id, REVIEWER)
    assert "same_file" not in {warned.kind for warned in review.warnings}
    assert await available(core) == 0
