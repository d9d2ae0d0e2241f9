"""Pages, filters, search and sums of an account's history, and who may see them."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.app import Core
from core.errors import DatesRefused, NotAllowed, NotFound, NotLinked
from core.ids import PersonId, TransferId
from core.statements import spans
from core.statements.model import Line, Sight, Span
from core.statements.spans import read_days
from core.stories.model import Part
from tests.money_view.books import busy_month, credit, top_up
from tests.people import ACCOUNT, CREATOR, FINANCE, MEMBER, OTHER_ACCOUNT, STRANGER, VIEWER
from tests.play import START, PlayClock, PlayProvider

TODAY = date(2026, 11, 24)


@pytest.fixture
async def busy(
    core: Core, linked: dict[str, PersonId], clock: PlayClock, provider: PlayProvider
) -> None:
    await busy_month(core, clock, provider)


async def all_lines(core: Core, sight: Sight | None = None, limit: int = 3) -> list[Line]:
    """Every page, turned one by one."""
    before, found = None, []
    while True:
        page = await core.statements.page(
            FINANCE, ACCOUNT, sight or Sight(), before=before, limit=limit
        )
        found += page.lines
        if page.older is None:
            return found
        before = page.older


@pytest.mark.usefixtures("busy")
async def test_pages_show_every_movement_once_newest_first(core: Core) -> None:
    lines = await all_lines(core)

    assert [line.kind for line in lines] == [
        "payment",
        "hold_released",
        "hold_captured",
        "hold_captured",
        "hold_placed",
        "hold_placed",
        "hold_placed",
        "correction",
        "correction",
        "payment",
    ]
    assert lines == await all_lines(core, limit=100)


@pytest.mark.usefixtures("busy")
async def test_each_line_has_the_balance_after_it(core: Core) -> None:
    lines = await all_lines(core)
    held = [line for line in reversed(lines) if line.available_after_fen is not None]

    running = 0
    for line in held:
        running += line.available_fen
        assert line.available_after_fen == running
    assert running == (await core.ledger.balance(ACCOUNT)).available_fen


@pytest.mark.usefixtures("busy")
async def test_money_that_was_only_frozen_is_shown_as_it_is_taken(core: Core) -> None:
    captured = await all_lines(core, Sight(kind="hold_captured"))
    part, whole = captured

    assert (whole.available_fen, whole.frozen_fen) == (0, -300_00)
    assert whole.available_after_fen is None
    assert (part.available_fen, part.frozen_fen) == (50_00, -200_00)


@pytest.mark.parametrize(
    ("sight", "references"),
    [
        (Sight(kind="correction"), ["SPRING", "R20261122"]),
        (Sight(channel="remittance"), ["R20261122"]),
        (Sight(kind="hold_placed"), ["H-back", "H-part", "H-captured"]),
        (Sight(kind="correction", channel="wechat"), []),
        (Sight(kind="correction", channel="code"), ["SPRING"]),
        (Sight(span=Span(until=START)), []),
        (
            Sight(span=Span(since=START + timedelta(hours=1), until=START + timedelta(hours=3))),
            ["SPRING", "R20261122"],
        ),
    ],
)
@pytest.mark.usefixtures("busy")
async def test_a_sight_shows_what_it_names(
    core: Core, sight: Sight, references: list[str]
) -> None:
    assert [line.reference for line in await all_lines(core, sight, limit=1)] == references


@pytest.mark.usefixtures("busy")
async def test_both_filters_find_payments_of_one_channel(core: Core) -> None:
    found = await all_lines(core, Sight(kind="payment", channel="wechat"))

    assert [line.available_fen for line in found] == [88_00, 1_000_00]


async def test_an_entry_is_found_by_trade_order_and_part(
    core: Core, linked: dict[str, PersonId], provider: PlayProvider
) -> None:
    trade_no = await top_up(core, provider, "W1", 100_00)
    await credit(core, 1_00, channel="code", reference="OTHER", kind="correction")
    order_no = next(iter(provider.orders))

    for typed in (trade_no, order_no, order_no.lower(), f" {trade_no} ", trade_no[-6:]):
        found = await core.statements.find(VIEWER, ACCOUNT, typed)
        assert [line.reference for line in found] == [trade_no], typed


@pytest.mark.parametrize("typed", ["%", "_", "nothing", "' OR 1=1 --"])
@pytest.mark.usefixtures("busy")
async def test_signs_of_the_query_language_find_nothing(core: Core, typed: str) -> None:
    assert await core.statements.find(FINANCE, ACCOUNT, typed) == []


@pytest.mark.usefixtures("busy")
async def test_another_accounts_order_number_finds_nothing(
    core: Core, provider: PlayProvider
) -> None:
    await core.access.save_account(OTHER_ACCOUNT, "别家")
    await core.access.meet(STRANGER, "stranger", "zh_CN")
    order_no = next(iter(provider.orders))

    with pytest.raises(NotLinked):
        await core.statements.find(STRANGER, OTHER_ACCOUNT, order_no)
    with pytest.raises(NotLinked):
        await core.statements.page(STRANGER, ACCOUNT, Sight())


@pytest.mark.usefixtures("busy")
async def test_members_without_finance_rights_see_nothing(core: Core) -> None:
    for reading in (
        core.statements.page(MEMBER, ACCOUNT, Sight()),
        core.statements.find(MEMBER, ACCOUNT, "SPRING"),
        core.statements.sums(MEMBER, ACCOUNT, Span()),
        core.statements.spending(MEMBER, ACCOUNT, Span()),
        core.statements.days(MEMBER, ACCOUNT, TODAY, TODAY),
        core.stories.story(MEMBER, ACCOUNT, TransferId(1)),
    ):
        with pytest.raises(NotAllowed):
            await reading


# --- sums ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "span",
    [
        Span(),
        Span(until=START + timedelta(hours=2)),
        Span(since=START + timedelta(hours=2)),
        Span(since=START + timedelta(hours=1), until=START + timedelta(hours=3, minutes=2)),
        Span(since=START - timedelta(days=9), until=START - timedelta(days=8)),
    ],
)
@pytest.mark.usefixtures("busy")
async def test_opening_and_entries_make_closing(core: Core, span: Span) -> None:
    sums = await core.statements.sums(FINANCE, ACCOUNT, span)
    lines = await all_lines(core, Sight(span=span))

    assert sums.count == len(lines)
    for place in ("available", "frozen"):
        moved = sum(getattr(line, f"{place}_fen") for line in lines)
        assert sums.opening[place] + moved == sums.closing[place]
    assert sum(item.in_fen + item.out_fen for item in sums.moved) == sum(
        line.available_fen for line in lines
    )


@pytest.mark.usefixtures("busy")
async def test_all_there_is_begins_with_nothing_and_ends_with_the_balance(core: Core) -> None:
    sums = await core.statements.sums(FINANCE, ACCOUNT, Span())
    balance = await core.ledger.balance(ACCOUNT)

    assert sums.opening == {"available": 0, "frozen": 0}
    assert sums.closing == {"available": balance.available_fen, "frozen": balance.frozen_fen}


@pytest.mark.usefixtures("busy")
async def test_days_are_days_of_the_zone_and_end_with_what_was_held(core: Core) -> None:
    days = await core.statements.days(FINANCE, ACCOUNT, date(2026, 11, 21), TODAY)

    assert [day.on[-2:] for day in days] == ["21", "22", "23", "24"]
    assert [day.credited_fen for day in days] == [0, 1_000_00, 88_00, 0]
    assert [day.captured_fen for day in days] == [0, 450_00, 0, 0]
    assert days[-1].available_fen == (await core.ledger.balance(ACCOUNT)).available_fen


@pytest.mark.usefixtures("busy")
async def test_spending_names_products_the_dearest_first(core: Core) -> None:
    found = await core.statements.spending(FINANCE, ACCOUNT, Span())

    assert [(item.product, item.captured_fen) for item in found] == [
        ("云服务器 H-captured", 300_00),
        ("云服务器 H-part", 150_00),
    ]


# --- stories ------------------------------------------------------------------------------------


async def test_a_payments_story_goes_from_the_wish_to_the_last_push(
    core: Core, linked: dict[str, PersonId], clock: PlayClock, provider: PlayProvider
) -> None:
    trade_no = await top_up(core, provider, "W1", 100_00)
    line = (await all_lines(core))[0]

    story = await core.stories.story(VIEWER, ACCOUNT, line.transfer_id)

    assert story.trade_no == trade_no
    assert story.order_no in provider.orders
    whats = [step.what for step in story.steps]
    assert whats.index("opened") == 0
    assert {"payment.ordered", "paid", "callback", "payment.credited", "told"} <= set(whats)
    told = [step.who.name for step in story.steps if step.what == "told"]
    assert sorted(told) == [f"person {CREATOR}", f"person {FINANCE}"]


@pytest.mark.usefixtures("busy")
async def test_a_purchases_story_names_product_and_end(core: Core) -> None:
    line = next(line for line in await all_lines(core) if line.reference == "H-part")

    story = await core.stories.story(FINANCE, ACCOUNT, line.transfer_id)

    assert story.product == "云服务器 H-part"
    assert [step.what for step in story.steps] == ["hold.placed", "hold.captured"]
    assert {step.who.part for step in story.steps} == {Part.PLATFORM}


@pytest.mark.usefixtures("busy")
async def test_a_movement_without_a_trail_is_at_least_booked(core: Core) -> None:
    line = next(line for line in await all_lines(core) if line.reference == "SPRING")

    story = await core.stories.story(FINANCE, ACCOUNT, line.transfer_id)

    assert [step.what for step in story.steps] == ["booked"]


@pytest.mark.usefixtures("busy")
async def test_another_accounts_movement_has_no_story_here(core: Core) -> None:
    with pytest.raises(NotFound):
        await core.stories.story(FINANCE, ACCOUNT, TransferId(10_000))


# --- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026-11-01 2026-11-24", date(2026, 11, 1), TODAY),
        ("20261101-20261124", date(2026, 11, 1), TODAY),
        ("11.1-11.24", date(2026, 11, 1), TODAY),
        ("11月1日至11月24日", date(2026, 11, 1), TODAY),
        ("2026/11/1 to 2026/11/2", date(2026, 11, 1), date(2026, 11, 2)),
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31)),
        ("2026年2月", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-09 2026-10", date(2026, 9, 1), date(2026, 10, 31)),
        ("12.31", date(2025, 12, 31), date(2025, 12, 31)),
        ("今天", TODAY, TODAY),
        ("昨天", date(2026, 11, 23), date(2026, 11, 23)),
        ("２０２６－１１－０１", date(2026, 11, 1), date(2026, 11, 1)),
    ],
)
def test_dates_are_read_as_people_type_them(typed: str, first: date, last: date) -> None:
    assert read_days(typed, TODAY) == (first, last)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "2026-13-01",
        "2026-02-30",
        "2026-11-24 2026-11-01",
        "1 2 3",
        "13.1",
        "2026-11-01 x",
        "1999-01-01",
        "2026-11-01 2026-11-02 2026-11-03",
        "0",
    ],
)
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(DatesRefused):
        read_days(typed, TODAY)


def test_a_month_begins_and_ends_in_the_zone() -> None:
    span = spans.named("last_month", date(2026, 3, 5), ZoneInfo("Asia/Shanghai"))

    assert span.since is not None
    assert span.until is not None
    assert span.since.isoformat() == "2026-01-31T16:00:00+00:00"
    assert span.until.isoformat() == "2026-02-28T16:00:00+00:00"
