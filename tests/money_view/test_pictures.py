"""Pictures of the money: drawn as the days and products are, and said in words too."""

import io
import threading
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from PIL import Image

from bot.conversations.model import Picture, Screen
from bot.conversations.pictures_screens import balance_screen, spending_screen
from bot.locales import po_files
from bot.locales.catalogue import HERE
from bot.printing import balance_picture, plot, spending_picture
from bot.printing.balance_picture import BARS_FLOOR, FLOOR, TOP
from bot.telegram.render import LONGEST_CAPTION
from core.app import Core
from core.ids import PersonId
from core.statements import spans
from core.statements.model import Day, Span, Spending
from tests.money_view.books import busy_month
from tests.people import ACCOUNT, FINANCE, MEMBER, STRANGER, VIEWER
from tests.play import PlayClock, PlayProvider
from tests.talk.talk import CATALOGUE, ZONE, Talk

PHONE = 400  # pixels of a phone's width
NAME = "星河科技"
FIRST = date(2026, 11, 1)


def days(*held: int, credited: Sequence[int] = (), captured: Sequence[int] = ()) -> list[Day]:
    """Days with what was held at their ends, in fen, and the places on which something moved."""
    return [
        Day(
            on=(FIRST + timedelta(days=place)).isoformat(),
            available_fen=fen,
            frozen_fen=0,
            credited_fen=5_000_00 if place in credited else 0,
            captured_fen=100_00 if place in captured else 0,
        )
        for place, fen in enumerate(held)
    ]


def image_of(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def is_like(image: Image.Image, at: tuple[int, int], ink: plot.Colour) -> bool:
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return sum(abs(one - other) for one, other in zip(found, ink, strict=True)) < 60


def drawn(some: list[Day], language: str = "zh_CN") -> Image.Image:
    return image_of(balance_picture.draw(some, NAME, CATALOGUE, language))


def runs(image: Image.Image, height: int, ink: plot.Colour) -> int:
    """How often this ink begins along a line across the sheet."""
    seen = [is_like(image, (across, height), ink) for across in range(image.width)]
    return sum(now and not before for before, now in zip([False, *seen], seen, strict=False))


# --- what is drawn ------------------------------------------------------------------------------


def test_the_curve_stands_as_high_as_the_balance() -> None:
    image = drawn(days(0, 20_000_00, 40_000_00))
    right, left = plot.WIDTH - plot.MARGIN, 200

    for place, height in ((0, FLOOR), (1, (TOP + FLOOR) // 2), (2, TOP)):
        across = left + (right - left) * (2 * place + 1) // 6
        assert any(is_like(image, (across, height + off), plot.BLUE) for off in (-2, 0, 2)), place


def test_each_day_on_which_something_was_taken_has_a_bar() -> None:
    image = drawn(days(9_00, 8_00, 7_00, 6_00, 5_00, captured=(1, 2, 4)))

    assert runs(image, BARS_FLOOR - 3, plot.ORANGE) == 3


def test_each_day_on_which_money_came_has_a_mark() -> None:
    quiet, busy = (drawn(days(*[5_000_00] * 6, credited=on)) for on in ((), (1, 4)))
    height = FLOOR - (FLOOR - TOP) * 5_000_00 // 6_000_00  # under the step
    lines = range(TOP, FLOOR)

    assert max(runs(busy, line, plot.GREEN) for line in lines if line > height + 8) == 2
    assert max(runs(quiet, line, plot.GREEN) for line in lines) == 0


def test_bars_of_products_are_as_long_as_their_sums() -> None:
    items = [
        Spending(product=name, captured_fen=fen, purchases=1)
        for name, fen in (("云服务器", 100_00), ("对象存储", 25_00))
    ]
    image = image_of(spending_picture.draw(items, NAME, CATALOGUE, "zh_CN"))
    lengths = []
    for place in range(2):
        height = spending_picture.TOP + spending_picture.ROW * place + 36 + 12 + 15
        row = [is_like(image, (across, height), plot.BLUE) for across in range(image.width)]
        lengths.append(sum(row))

    assert abs(lengths[0] - 4 * lengths[1]) <= 4


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("count", [1, 7, 366])
def test_any_number_of_days_makes_a_picture_that_telegram_takes(language: str, count: int) -> None:
    content = balance_picture.draw(days(*[9_999_999_00] * count), NAME, CATALOGUE, language)

    assert content.startswith(b"\x89PNG")
    image = image_of(content)
    assert image.width + image.height < 10_000
    assert len(content) < 200_000


def test_letters_can_be_read_on_a_phone() -> None:
    assert plot.WORDS * PHONE / plot.WIDTH >= 11


def test_ink_is_dark_enough_on_white() -> None:
    """By the contrast of WCAG: 4.5 for words."""

    def brightness(colour: plot.Colour) -> float:
        parts = [value / 255 for value in colour]
        linear = [
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for ink in (plot.INK, plot.BLUE, plot.GREEN, plot.ORANGE):
        assert 1.05 / (brightness(ink) + 0.05) >= 4.5, ink


def test_the_font_has_every_letter_of_the_pictures_words() -> None:
    font, missing = plot.font(plot.WORDS), plot.font(plot.WORDS).getmask("\ue123")
    for entries in po_files.read_all(HERE).values():
        words = "".join(text for key, text in entries.items() if key.startswith("picture."))
        for letter in set(f"{words}¥+,…月日{NAME}") - set("{}_ "):
            assert bytes(font.getmask(letter)) != bytes(missing), letter


@pytest.mark.parametrize(
    ("highest", "lines"),
    [
        (0, [0, 1_00]),
        (1, [0, 1_00]),
        (4_00, [0, 1_00, 2_00, 3_00, 4_00]),
        (4_01, [0, 2_00, 4_00, 6_00]),
        (9_999_999_00, [0, 5_000_000_00, 10_000_000_00]),
    ],
)
def test_lines_stand_at_round_sums_up_to_the_highest(highest: int, lines: list[int]) -> None:
    assert plot.lines_up_to(highest) == lines


# --- in the chat --------------------------------------------------------------------------------


@pytest.fixture
async def talk(
    core: Core, linked: dict[str, PersonId], clock: PlayClock, provider: PlayProvider
) -> Talk:
    await busy_month(core, clock, provider)
    one = Talk(core, FINANCE)
    await one.command("history")
    return one


def picture_of(talk: Talk) -> Image.Image:
    screen: Screen = talk.shown[-1].screen
    assert isinstance(screen.image, Picture)
    return image_of(screen.image.content)


async def test_the_balance_is_drawn_and_said(talk: Talk) -> None:
    await talk.press("图表")

    assert picture_of(talk).width == plot.WIDTH
    lines = talk.last.splitlines()
    assert lines[0] == "📈 可用余额 ¥5,688.00 · 星河科技"
    assert lines[1] == "2026年11月22日 至 2026年11月23日"  # from the first day with anything on it
    assert "最高 ¥5,688.00（2026年11月23日）" in talk.last
    assert "扣款合计 ¥450.00" in talk.last
    assert "▲ 2026年11月22日 +¥1,000.00" in talk.last


async def test_products_are_drawn_and_said(talk: Talk) -> None:
    await talk.press("图表")
    await talk.press("看各产品扣款")

    assert picture_of(talk).width == plot.WIDTH
    assert talk.last.splitlines()[0] == "📊 扣款 ¥450.00 · 星河科技"
    assert "• 云服务器 H-captured ¥300.00（67 %，1 笔）" in talk.last
    await talk.press("看余额走势")
    assert "📈 可用余额" in talk.last


async def test_the_balance_screen_leads_to_the_pictures_too(core: Core, talk: Talk) -> None:
    viewer = Talk(core, VIEWER, language="en")
    await core.access.choose_language(VIEWER, "en")
    await viewer.command("balance")
    await viewer.press("Pictures")

    assert viewer.last.startswith("📈 Available ¥5,688.00")
    assert picture_of(viewer).width == plot.WIDTH
    await viewer.press("History")
    assert "History of" in viewer.last


async def test_another_time_is_chosen_or_typed(talk: Talk) -> None:
    await talk.press("图表")
    await talk.press("本月")
    assert "2026年11月22日 至" in talk.last
    await talk.say("2026-11-23")
    assert "2026年11月23日 至 2026年11月23日" in talk.last


async def test_where_nothing_was_there_is_a_sentence_and_no_picture(talk: Talk) -> None:
    await talk.press("图表")
    for words in ("2026-10", "2027-01"):  # before the first movement, and days to come
        await talk.say(words)
        assert "没有收支" in talk.last
        assert talk.shown[-1].screen.image is None
    await talk.press("看各产品扣款")
    assert "没有扣款" in talk.last
    await talk.press("最近 30 天")
    assert picture_of(talk)


async def test_an_empty_account_has_nothing_to_draw(
    core: Core, linked: dict[str, PersonId]
) -> None:
    one = Talk(core, FINANCE)
    await one.command("balance")
    await one.press("图表")

    assert "没有收支" in one.last


async def test_the_history_is_as_it_was_left(talk: Talk) -> None:
    await talk.press("类型")
    await talk.press("在线充值")
    before = talk.last
    await talk.press("图表")
    await talk.press("上月")
    await talk.press("收支明细")

    assert talk.last == before


async def test_a_picture_is_drawn_beside_the_event_loop(talk: Talk) -> None:
    seen: list[int] = []

    class Watching:
        def balance(self, days: Sequence[Day], account: str, language: str) -> bytes:
            seen.append(threading.get_ident())
            return b""

        def spending(self, items: Sequence[Spending], account: str, language: str) -> bytes:
            return self.balance((), account, language)

    conversation = talk.dialogue._by_name["pictures"]
    conversation._pictures = Watching()  # type: ignore[attr-defined]
    await talk.press("图表")
    await talk.press("看各产品扣款")

    assert len(seen) == 2
    assert threading.get_ident() not in seen


async def test_who_may_not_see_money_gets_no_picture(talk: Talk, core: Core) -> None:
    for person in (MEMBER, STRANGER):
        other = Talk(core, person)
        await other.command("balance")
        assert not [label for label in other.labels() if "图表" in label]


async def test_a_picture_is_gone_with_the_right_to_see_it(talk: Talk, core: Core) -> None:
    await talk.press("图表")
    members = await core.access.members(ACCOUNT)
    mine = next(item for item in members if item.person_id == FINANCE)
    place = await core.inbox.place(FINANCE)
    assert place is not None
    await core.access.remove_member(ACCOUNT, mine.member_id)
    await core.inbox.save_place(place)  # as if the press had been under way

    await talk.press("看各产品扣款")

    assert "¥" not in talk.last
    assert talk.shown[-1].screen.image is None


def test_words_of_a_full_picture_fit_under_it() -> None:
    """With the longest names and sums there can be."""
    facts = {"name": "星" * 60, "picture": "balance", "when": "30_days"}
    full = days(*[9_999_999_999_00] * 30, credited=range(30), captured=range(30))
    items = [Spending(product="云" * 200, captured_fen=10**11, purchases=10**4)] * 50
    span = (FIRST, FIRST + timedelta(days=29))
    for language in ("zh_CN", "en"):
        for screen in (
            balance_screen(facts, full, b"x"),
            spending_screen({**facts, "picture": "spending"}, items, span, b"x"),
        ):
            assert len(CATALOGUE.say(language, screen.text)) <= LONGEST_CAPTION


# --- days ---------------------------------------------------------------------------------------


def test_days_end_today_and_are_as_many_as_may_be() -> None:
    today = date(2026, 11, 24)

    assert spans.days_until(Span(), today, ZONE, most=2) == [date(2026, 11, 23), today]
    month = spans.named("this_month", today, ZONE)
    assert len(spans.days_until(month, today, ZONE, most=366)) == 24
    assert len(spans.days_until(spans.named("30_days", today, ZONE), today, ZONE, most=366)) == 30
    later = spans.days(date(2026, 12, 1), date(2026, 12, 2), ZONE)
    assert spans.days_until(later, today, ZONE, most=366) == []
