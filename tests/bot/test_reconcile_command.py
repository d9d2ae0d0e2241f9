"""What `topup reconcile` refuses, and what it allows instead."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.reconciliation.model import day_of
from tests.bot.conftest import TOKEN, Ran, Setter

Topup = Callable[..., Ran]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--date", "yesterday"), "a day before today"),
        (("--date", "2026-13-01"), "written like 2026-11-22"),
        (("--date", "20261122"), "written like 2026-11-22"),
        (("--date", "2099-01-01"), "a day before today"),
        (("--date", "{today}"), "a day before today"),
        ((), "--date"),
        (("--date", "2026-01-01", "--channel", "alipay"), "'wechat', 'qq', 'tenpay', 'card'"),
    ],
)
def test_a_wrong_day_or_channel_is_refused_with_what_is_allowed(
    topup: Topup, arguments: tuple[str, ...], said: str
) -> None:
    today = day_of(datetime.now(UTC)).isoformat()

    ran = topup("reconcile", *(each.format(today=today) for each in arguments))

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_channel_that_is_off_is_refused_with_those_that_are_on(
    topup: Topup, database_url: str, put: Setter, wechat: dict[str, str]
) -> None:
    put(DATABASE_URL=database_url, BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com")
    put(**wechat)

    ran = topup("reconcile", "--date", "2026-01-01", "--channel", "qq")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: channel qq is off; these are on: wechat\n"


def test_without_any_channel_there_is_nothing_to_compare(
    topup: Topup, database_url: str, put: Setter
) -> None:
    put(DATABASE_URL=database_url, BOT_TOKEN=TOKEN)

    ran = topup("reconcile", "--date", "2026-01-01")

    assert (ran.code, ran.out) == (1, "")
    assert "no payment channel is configured" in ran.err


def test_a_provider_out_of_reach_is_said_for_its_channel(
    topup: Topup, database_url: str, put: Setter, wechat: dict[str, str]
) -> None:
    put(DATABASE_URL=database_url, BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com")
    put(WECHAT_BASE_URL="http://127.0.0.1:9/wechat", **wechat)

    ran = topup("reconcile", "--date", "2026-01-01")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("wechat 2026-01-01: not compared: ")
