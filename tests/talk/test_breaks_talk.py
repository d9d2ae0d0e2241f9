"""Breaks as operators read them: in the list, one by one, and in the morning's message."""

from pathlib import Path

import pytest

from bot.conversations.notices import screen_of
from bot.locales.po_files import keys_in_order
from core.notices.model import NoticeKind
from core.reconciliation.model import BREAKS
from tests.desk import OPERATOR, settle
from tests.reconciliation.bills import Shop
from tests.reconciliation.conftest import shop as shop_fixture
from tests.talk.talk import Talk

LOCALES = Path(__file__).parents[2] / "bot" / "locales"
shop = shop_fixture  # the same shop, in a talk


def said(talk: Talk) -> str:
    return talk.text(talk.shown[-1].screen.text)


async def test_a_break_is_shown_with_its_bill_and_ends_with_a_note(shop: Shop) -> None:
    trade_no = await shop.paid(100_00)
    shop.next_morning()
    shop.bill.rows = []
    await shop.reconcile(by="clock")
    talk = Talk(shop.core, OPERATOR)

    await talk.command("cases")
    await talk.press("¥100.00")
    shown = said(talk)
    await talk.press("领取")
    await talk.press("结案")
    await talk.say("渠道下周补付")
    await talk.press("确认")

    for part in (
        "对账差异：本方有、账单无",
        trade_no,
        shop.yesterday.isoformat(),
        "¥100.00",
        "收到过支付通知",
    ):
        assert part in shown
    assert "渠道下周补付" in said(talk)
    assert (await shop.reconcile()).breaks == ()


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("zh_CN", ("微信支付", "1 笔差异", "有 1 笔付款没有收到通知", "¥30.00")),
        ("en", ("WeChat Pay", "to decide: 1", "not heard of: 1", "¥30.00")),
    ],
)
async def test_the_mornings_message_says_what_is_left_and_what_was_credited(
    shop: Shop, language: str, parts: tuple[str, ...]
) -> None:
    lost = await shop.paid(100_00)
    await shop.missed(30_00)
    shop.next_morning()
    shop.bill.omit(lost)
    await shop.reconcile(by="clock")

    told = (await settle(shop.core)).told
    (notice,) = [item for item in told if item.kind is NoticeKind.BOOKS_DIFFER]

    talk = Talk(shop.core, OPERATOR, language=language)
    text = talk.text(screen_of(notice).text)
    for part in (*parts, shop.yesterday.isoformat()):
        assert part in text


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_break_has_a_name(language: str) -> None:
    named = set(keys_in_order(LOCALES, language))
    assert {f"break.{kind}" for kind in BREAKS} <= named
