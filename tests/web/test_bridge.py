"""The page behind 去支付, as a phone, a desktop and a curious person see it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape

import httpx
import pytest

from core.app import Core
from core.channels import Form
from core.errors import ProviderRefused, ProviderUnavailable
from core.ids import PersonId
from core.providers.base import Instructions, Order
from core.topup.model import TopUpView
from tests.people import FINANCE
from tests.play import PlayClock, PlayProvider
from tests.web.conftest import PAYER, client_of, on_sqlite, order
from tests.web.test_browser import DESKTOP, HARMONY, IPHONE, PIXEL
from web.app import build_app
from web.settings import WebSettings

ON_PHONE = {"User-Agent": PIXEL}
ON_DESKTOP = {"User-Agent": DESKTOP}


@pytest.fixture
async def view(core: Core, linked: dict[str, PersonId]) -> TopUpView:
    return await order(core)


def path(view: TopUpView) -> str:
    return view.pay_url.removeprefix("https://pay.example.com")


def refresh(answer: httpx.Response) -> str | None:
    found = re.search(r'<meta http-equiv="refresh" content="(\d+;url=[^"]+)"', answer.text)
    return unescape(found[1]) if found else None


def text(answer: httpx.Response) -> str:
    body = answer.text.partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


async def test_a_phone_gets_a_link_made_for_it(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView
) -> None:
    answer = await client.get(path(view), headers=ON_PHONE)

    asked = list(provider.orders.values())[-1].order
    assert (asked.form, asked.payer_ip, asked.device) == (Form.LINK, PAYER, "Android")
    address = f"https://wx.example/{asked.order_no}"
    assert answer.status_code == 200
    assert f'href="{address}"' in answer.text
    assert refresh(answer) == f"2;url={address}"
    assert "¥123,450.00" in text(answer)
    assert asked.order_no in text(answer)


@on_sqlite
@pytest.mark.parametrize(("agent", "device"), [(IPHONE, "iOS"), (HARMONY, "Wap")])
async def test_the_channel_learns_which_phone_it_is(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView, agent: str, device: str
) -> None:
    await client.get(path(view), headers={"User-Agent": agent})

    assert list(provider.orders.values())[-1].order.device == device


async def test_a_desktop_gets_the_code_of_the_order_it_has(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView
) -> None:
    answer = await client.get(path(view), headers=ON_DESKTOP)

    assert len(provider.orders) == 1
    assert '<svg class="qr"' in answer.text
    assert refresh(answer) == f"5;url={path(view)}?look=1"
    assert view.payment.order_no in text(answer)


async def test_a_phone_that_comes_back_gets_the_same_link(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView
) -> None:
    first = await client.get(path(view), headers=ON_PHONE)
    again = await client.get(path(view), headers=ON_PHONE)

    assert first.text == again.text
    assert len(provider.orders) == 2


async def test_a_desktop_page_left_open_does_not_take_the_order_from_a_phone(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView
) -> None:
    await client.get(path(view), headers=ON_DESKTOP)
    await client.get(path(view), headers=ON_PHONE)

    looked = await client.get(f"{path(view)}?look=1", headers=ON_DESKTOP)

    assert len(provider.orders) == 2
    assert "wx.example" not in looked.text
    assert f'href="{path(view)}"' in looked.text


async def test_pages_say_nothing_of_the_account_or_the_people(
    client: httpx.AsyncClient, view: TopUpView
) -> None:
    for headers in (ON_PHONE, ON_DESKTOP):
        answer = await client.get(path(view), headers=headers)
        for secret in (view.top_up.account_name, view.top_up.account_id, f"person {FINANCE}"):
            assert secret not in answer.text


@on_sqlite
async def test_pages_need_no_script_keep_the_referrer_and_are_not_stored(
    client: httpx.AsyncClient, view: TopUpView
) -> None:
    for where in (path(view), f"{path(view)}/return", "/pay/unknown"):
        answer = await client.get(where, headers=ON_PHONE)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy + answer.text
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert answer.headers["cache-control"] == "no-store"


@on_sqlite
@pytest.mark.parametrize(
    "token", ["x", "A" * 43, "A" * 500, "%00" * 43, "..%2f..%2fhealthz", "<script>" * 6]
)
async def test_an_unknown_token_says_where_to_go(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get(f"/pay/{token}", headers=ON_PHONE)

    assert answer.status_code == 404
    if "%2f" not in token:
        assert "回到聊天" in text(answer)


async def test_paid_shows_only_that(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, view: TopUpView
) -> None:
    await core.topups.record_payment(provider.pay(view.payment.order_no))

    answer = await client.get(path(view), headers=ON_PHONE)

    assert "已支付" in text(answer)
    assert view.payment.order_no not in answer.text
    assert "¥" not in text(answer)
    assert len(provider.orders) == 1


async def test_another_amount_than_asked_is_being_checked(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, view: TopUpView
) -> None:
    await core.topups.record_payment(provider.pay(view.payment.order_no, amount_fen=1))

    assert "正在核对" in text(await client.get(path(view), headers=ON_PHONE))
    assert "正在核对" in text(await client.get(f"{path(view)}/return"))


async def test_another_currency_is_being_checked(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, view: TopUpView
) -> None:
    await core.topups.record_payment(provider.pay(view.payment.order_no, currency="USD"))

    assert "正在核对" in text(await client.get(path(view), headers=ON_PHONE))


async def test_cancelled_makes_no_new_order(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, view: TopUpView
) -> None:
    await core.topups.cancel(view.top_up.top_up_id, FINANCE)

    answer = await client.get(path(view), headers=ON_PHONE)

    assert "已取消" in text(answer)
    assert len(provider.orders) == 1


async def test_expired_makes_no_new_order_even_before_anybody_noticed(
    client: httpx.AsyncClient, clock: PlayClock, provider: PlayProvider, view: TopUpView
) -> None:
    clock.forward(minutes=31)

    answer = await client.get(path(view), headers=ON_PHONE)

    assert "已过期" in text(answer)
    assert len(provider.orders) == 1


async def test_a_channel_that_is_down_says_what_to_do(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView
) -> None:
    provider.fail["create"] = ProviderUnavailable("secret detail")

    answer = await client.get(path(view), headers=ON_PHONE)

    assert answer.status_code == 503
    assert "换一种支付方式" in text(answer)
    assert f'href="{path(view)}"' in answer.text
    assert "secret" not in answer.text

    provider.fail.clear()
    assert (await client.get(path(view), headers=ON_PHONE)).status_code == 200


async def test_a_channel_that_refuses_says_what_to_do(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView
) -> None:
    provider.fail["create"] = ProviderRefused("NO_AUTH", "secret detail")

    answer = await client.get(path(view), headers=ON_PHONE)

    assert answer.status_code == 503
    assert "换一种支付方式" in text(answer)
    assert "secret" not in answer.text


@on_sqlite
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "x"]
)
async def test_an_address_that_is_no_payment_page_is_never_offered(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView, address: str
) -> None:
    async def create(asked: Order) -> Instructions:
        return Instructions(address=address, expires_at=asked.expires_at)

    provider.create = create  # type: ignore[method-assign]

    answer = await client.get(path(view), headers=ON_PHONE)

    assert answer.status_code == 503
    assert address not in answer.text.partition("<body>")[2] or address == "x"
    assert refresh(answer) is None


@on_sqlite
async def test_an_address_is_written_into_the_page_safely(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView
) -> None:
    wanted = 'https://wx.example/a?b=1&c="><script>x</script>'

    async def create(asked: Order) -> Instructions:
        return Instructions(address=wanted, expires_at=asked.expires_at)

    provider.create = create  # type: ignore[method-assign]

    answer = await client.get(path(view), headers=ON_PHONE)

    assert "<script>" not in answer.text
    assert refresh(answer) == f"2;url={wanted}"


@on_sqlite
@pytest.mark.parametrize(
    ("address", "headers", "seen"),
    [
        (PAYER, {"X-Forwarded-For": "6.6.6.6"}, PAYER),
        ("10.0.0.1", {"X-Forwarded-For": "6.6.6.6, 198.51.100.7"}, "198.51.100.7"),
    ],
)
async def test_the_payers_address_is_what_our_own_proxies_say(
    core: Core,
    settings: WebSettings,
    provider: PlayProvider,
    view: TopUpView,
    address: str,
    headers: Mapping[str, str],
    seen: str,
) -> None:
    app = build_app(core, settings, telegram=None, checks={})

    async with client_of(app, address=address) as client:
        await client.get(path(view), headers={**ON_PHONE, **headers})

    assert list(provider.orders.values())[-1].order.payer_ip == seen


async def test_coming_back_unpaid_waits_and_leads_to_the_chat(
    client: httpx.AsyncClient, provider: PlayProvider, view: TopUpView
) -> None:
    answer = await client.get(f"{path(view)}/return", headers=ON_PHONE)

    assert answer.status_code == 200
    assert "可以回到聊天" in text(answer)
    assert 'href="https://t.me/cloud_topup_bot"' in answer.text
    assert refresh(answer) == f"5;url={path(view)}/return"
    assert len(provider.orders) == 1


async def test_coming_back_paid_says_so_and_rests(
    client: httpx.AsyncClient, core: Core, provider: PlayProvider, view: TopUpView
) -> None:
    await core.topups.record_payment(provider.pay(view.payment.order_no))

    answer = await client.get(f"{path(view)}/return", headers=ON_PHONE)

    assert "已支付" in text(answer)
    assert refresh(answer) is None


@on_sqlite
async def test_before_telegram_was_reached_there_is_no_link_to_the_chat(
    core: Core, settings: WebSettings, view: TopUpView
) -> None:
    unnamed = replace(settings, bot_username=lambda: "")
    app = build_app(core, unnamed, telegram=None, checks={})

    async with client_of(app) as client:
        answer = await client.get(f"{path(view)}/return")

    assert answer.status_code == 200
    assert "t.me" not in answer.text


@on_sqlite
async def test_pages_speak_the_language_of_the_browser(
    client: httpx.AsyncClient, view: TopUpView
) -> None:
    english = await client.get(path(view), headers={**ON_DESKTOP, "Accept-Language": "en-US"})
    other = await client.get(path(view), headers={**ON_DESKTOP, "Accept-Language": "fr"})

    assert "Scan the code with WeChat" in text(english)
    assert '<html lang="en">' in english.text
    assert "请用微信扫描二维码付款" in text(other)


def test_both_languages_have_every_text() -> None:
    from web.texts import EN, ZH, Stage

    assert EN.keys() == ZH.keys()
    for stage in Stage:
        assert {stage.value, f"{stage}.next"} <= ZH.keys()
    assert not [key for key, value in EN.items() if not value.isascii()]
