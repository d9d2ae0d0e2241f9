"""Logs: one JSON object a line, and no secret in any of them."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.redaction import Redaction
from core.correlation import correlated

TOKEN = "7654321:AAF-canary_token_that_must_never_be_seen"
LIBRARIES = ("httpx", "httpcore", "httpcore.connection", "aiogram.event", "uvicorn.access")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Logs of this test; what was set up before is put back."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = list(root.handlers), root.level
    written = io.StringIO()
    logs.configure(["canary-key"], stream=written)
    yield written
    root.handlers, root.level = handlers, level
    sys.excepthook = hook
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_object_with_its_fields(stream: io.StringIO) -> None:
    structlog.get_logger("topup").info("payment.recorded", amount_fen=100, channel="wechat")

    (event,) = lines(stream)
    assert event.pop("timestamp")
    assert event == {
        "event": "payment.recorded",
        "level": "info",
        "logger": "topup",
        "amount_fen": 100,
        "channel": "wechat",
    }


async def test_everything_inside_carries_the_correlation_id(stream: io.StringIO) -> None:
    async def deeper() -> None:
        logging.getLogger("elsewhere").warning("seen")

    with correlated() as chosen:
        await deeper()
    with correlated("given"):
        structlog.get_logger().info("seen")
    structlog.get_logger().info("seen")

    assert [event.get("correlation_id") for event in lines(stream)] == [chosen, "given", None]


@pytest.mark.parametrize("name", LIBRARIES)
def test_libraries_that_log_addresses_are_quiet(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("GET https://api.telegram.org/bot%s/getMe", TOKEN)

    assert stream.getvalue() == ""


def test_a_library_that_was_set_up_before_is_quiet_too(stream: io.StringIO) -> None:
    access = logging.getLogger("uvicorn.access")
    access.setLevel(logging.DEBUG)
    access.addHandler(logging.StreamHandler(stream))
    access.propagate = False
    logs.configure(stream=stream)

    access.info("GET /pay/canary")

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://api.telegram.org/bot{TOKEN}/getMe",
        f"https://api.telegram.org/file/bot{TOKEN.replace(':', '%3A')}/photo.jpg",
        "Authorization: Bearer canary.canary",
        "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\ncanary, cut off",
        "https://t.me/bot?start=link_canary-canary-canary",
        "GET /pay/canary_canary_canary/return",
        "stripe sk_live_canary and whsec_canary",
        "the key is canary-key, and in JSON",
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(stream: io.StringIO, text: str) -> None:
    log = structlog.get_logger("topup")
    log.warning(text)
    log.warning("seen", text=text, deep={"list": [text, (text,)]}, error=ValueError(text))
    log.warning("seen", **{text: 1})
    logging.getLogger("library").warning("seen %s", text)
    try:
        raise RuntimeError(text)
    except RuntimeError:
        log.exception("failed")

    assert len(lines(stream)) == 5
    assert "canary" not in stream.getvalue()


@pytest.mark.parametrize(
    "name", ["token", "bot_token", "Authorization", "api_key", "password", "webhook_secret"]
)
def test_a_field_that_is_named_for_a_secret_is_hidden(stream: io.StringIO, name: str) -> None:
    structlog.get_logger().info("seen", headers={name: "canary"}, **{name: "canary"})

    assert "canary" not in stream.getvalue()


@pytest.mark.parametrize("secret", ['quo"te', "sla/sh+", "back\\slash", "line\nbreak", "密钥密钥"])
def test_a_secret_is_found_however_it_is_written(secret: str) -> None:
    redaction = Redaction([secret])
    for text in (secret, quote(secret, safe=""), json.dumps(secret), repr(secret)):
        assert redaction.text(f"<{text}>").strip("<>\"'") == "***"


@pytest.mark.parametrize(
    "number",
    ["4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "6212345678900000003"],
)
def test_a_card_number_is_hidden(number: str) -> None:
    assert Redaction().text(f"card {number}, thank you") == "card ***, thank you"


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # fails Luhn
        "4200001234202611221234567890",  # a provider's trade number
        "2026-11-22 23:01:13.123456",
        "-1001234567890",
        "amount_fen=999999900",
    ],
)
def test_other_numbers_are_shown(text: str) -> None:
    assert Redaction().text(text) == text


@given(
    st.text(alphabet="23456", min_size=1, max_size=1), st.from_regex(r"[0-9]{14}", fullmatch=True)
)
def test_every_number_that_could_be_a_card_is_hidden(first: str, middle: str) -> None:
    body = first + middle
    weights = [2 if place % 2 == 0 else 1 for place in range(15)]
    total = sum(
        sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(body, weights, strict=True)
    )
    card = f"{body}{-total % 10}"

    assert card not in Redaction().text(f"a {card} b")


def test_an_uncaught_error_is_an_event_without_secrets() -> None:
    program = (
        "from bot import logs\n"
        f"logs.configure(['canary-key'])\n"
        f"raise RuntimeError('https://api.telegram.org/bot{TOKEN}/getMe canary-key')\n"
    )

    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    event = json.loads(ran.stdout)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert (event["event"], event["level"]) == ("uncaught", "critical")
    assert "RuntimeError" in event["exception"]
    assert "canary" not in ran.stdout
