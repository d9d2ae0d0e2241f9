"""What is believed of a browser."""

from ipaddress import ip_network

import pytest
from starlette.requests import Request

from web.browser import client_ip, device_of, language_of

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
)
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile Safari"
HARMONY = "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 ArkWeb/4.1 Mobile"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    client = None if peer is None else (peer, 1)
    return Request({"type": "http", "headers": headers, "client": client})


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("1.2.3.4",), "203.0.113.9"),
        ("10.0.0.1", ("1.2.3.4",), "1.2.3.4"),
        ("10.0.0.1", ("6.6.6.6, 1.2.3.4",), "1.2.3.4"),
        ("10.0.0.1", ("6.6.6.6", "1.2.3.4, 10.9.9.9"), "1.2.3.4"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", ("nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("1.2.3.4, nonsense, 10.0.0.2",), "10.0.0.2"),
        ("10.0.0.1", ("1.2.3.4:5678",), "1.2.3.4"),
        ("10.0.0.1", ("[2001:db8::7]:443",), "2001:db8::7"),
        ("::ffff:10.0.0.1", ("::ffff:1.2.3.4",), "1.2.3.4"),
        ("2001:db8:1::1", ("2001:db8::7",), "2001:db8::7"),
        (None, ("1.2.3.4",), ""),
        ("/run/web.sock", ("1.2.3.4",), ""),
    ],
)
def test_only_our_own_proxies_are_believed_about_who_comes(
    peer: str | None, forwarded: tuple[str, ...], found: str
) -> None:
    assert client_ip(request(peer, *forwarded), TRUSTED) == found


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (IPHONE, "iOS"),
        (PIXEL, "Android"),
        (HARMONY, "Wap"),
        ("Opera/9.80 (J2ME/MIDP; Opera Mini) Mobile", "Wap"),
        (DESKTOP, None),
        ("", None),
    ],
)
def test_phones_are_told_from_desktops(user_agent: str, device: str | None) -> None:
    assert device_of(user_agent) == device


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh_CN"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW", "zh_CN"),
        ("en;q=0.5, zh;q=0.8", "zh_CN"),
        ("fr, en;q=0.4", "en"),
        ("fr", "zh_CN"),
        ("en;q=0, fr", "zh_CN"),
        ("en;q=x;;,,", "zh_CN"),
        ("en;q=nan, zh", "zh_CN"),
    ],
)
def test_the_language_the_browser_likes_best_is_spoken(accepted: str, language: str) -> None:
    assert language_of(accepted, "zh_CN") == language
