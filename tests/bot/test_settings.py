"""Every setting: read, refused, missing, out of a file; and all faults at once."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.settings import Payee, Secret, Settings, TelegramMode
from bot.settings_environment import Environment
from bot.settings_faults import Fault, SettingsRefused
from bot.settings_page import page
from bot.settings_reading import read_database_url, read_settings, read_telegram_access
from bot.settings_source import variable
from core.remittance.calendar import Overrides
from core.remittance.receipt_places import Bucket

TOKEN = "7654321:AAF-canary_token_that_must_never_be_seen"
WEBHOOK_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAMES = """
    BOT_TOKEN TELEGRAM_API TELEGRAM_MODE WEBHOOK_SECRET PUBLIC_URL LISTEN DATABASE_URL RECEIPTS
    BANK_DAYS
    PLATFORM_API_KEY PLATFORM_WEBHOOK_URL PLATFORM_WEBHOOK_SECRET CODE_KEY REVIEW_CHAT_ID
    FOUR_EYES_YUAN ORDER_MINUTES TRUSTED_PROXIES UNDO_SECONDS PAYEE_NAME PAYEE_ACCOUNT PAYEE_BANK
    TIMEZONE DEFAULT_LANGUAGE
    WECHAT_BASE_URL WECHAT_MCHID WECHAT_APPID WECHAT_PRIVATE_KEY_FILE WECHAT_CERT_SERIAL
    WECHAT_API_V3_KEY WECHAT_PUBLIC_KEY_FILE WECHAT_PUBLIC_KEY_ID
    QQ_BASE_URL QQ_MCH_ID QQ_KEY QQ_OP_USER_ID QQ_OP_USER_PASSWD QQ_CLIENT_CERT_FILE
    QQ_CLIENT_KEY_FILE
    TENPAY_BASE_URL TENPAY_PARTNER TENPAY_KEY TENPAY_OP_USER_ID TENPAY_OP_USER_PASSWD
    TENPAY_CLIENT_CERT_FILE TENPAY_CLIENT_KEY_FILE
    STRIPE_BASE_URL STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET
"""
CONTRACT = NAMES.split()
BANK_DAYS = Path(__file__).with_name("bank_days.csv")
OTHER_CHANNELS = [name for name in CONTRACT if name.startswith(("QQ_", "TENPAY_", "STRIPE_"))]
Setter = Callable[..., None]


@dataclass(frozen=True)
class Case:
    """Texts of one setting: one that is read, what it becomes, and some that are refused."""

    good: str
    found: Callable[[Settings], object]
    becomes: object
    bad: tuple[str, ...]
    beside: tuple[tuple[str, str], ...] = ()


PAYEE = (("PAYEE_NAME", "Cloud"), ("PAYEE_ACCOUNT", "110 220"), ("PAYEE_BANK", "ICBC"))
PAID = Payee(name="Cloud", account="110 220", bank="ICBC")
EVENTS = (
    ("PLATFORM_WEBHOOK_URL", "https://cloud.example.com/in"),
    ("PLATFORM_WEBHOOK_SECRET", WEBHOOK_KEY),
)
ADDRESSES = (
    "http://pay.example.com",
    "ftp://pay.example.com",
    "pay.example.com",
    "https://",
    "https://u:p@pay.example.com",
    "https://pay.example.com?x=1",
    "https://pay.example.com:99999",
    "https://pay example.com",
    "http://127.0.0.1.example.com",
)
CASES = {
    "BOT_TOKEN": Case(
        TOKEN, lambda it: it.telegram.token, Secret(TOKEN), ("token", "1:", ":a", "1:a b")
    ),
    "TELEGRAM_API": Case(
        "http://127.0.0.1:8081/",
        lambda it: it.telegram.api,
        "http://127.0.0.1:8081",
        ADDRESSES,
    ),
    "TELEGRAM_MODE": Case(
        "webhook",
        lambda it: it.telegram.mode,
        TelegramMode.WEBHOOK,
        ("push", "Webhook"),
        (("WEBHOOK_SECRET", "s"), ("PUBLIC_URL", "https://pay.example.com")),
    ),
    "WEBHOOK_SECRET": Case(
        "s" * 256,
        lambda it: it.telegram.webhook_secret,
        Secret("s" * 256),
        ("s" * 257, "a b", "ä", "a\n"),
    ),
    "PUBLIC_URL": Case(
        "https://pay.example.com/",
        lambda it: it.http.public_url,
        "https://pay.example.com",
        ADDRESSES,
    ),
    "LISTEN": Case(
        "[::1]:9000",
        lambda it: (it.http.host, it.http.port),
        ("::1", 9000),
        ("8000", ":8000", "localhost", "localhost:0", "localhost:70000", "::1:80", "a b:1", "h:x"),
    ),
    "DATABASE_URL": Case(
        "postgresql+asyncpg://u:p%40ss@db/topup",
        lambda it: it.database_url,
        Secret("postgresql+asyncpg://u:p%40ss@db/topup"),
        (
            "var/topup.db",
            "sqlite:///var/topup.db",
            "sqlite+aiosqlite://",
            "sqlite+aiosqlite:///:memory:",
            "sqlite+aiosqlite://host/var.db",
            "postgresql://u@db/topup",
            "postgresql+asyncpg://db",
            "postgresql+asyncpg://db:x/topup",
        ),
    ),
    "RECEIPTS": Case(
        "s3://receipts/2026/",
        lambda it: it.receipts,
        Bucket(name="receipts", prefix="2026"),
        ("s3://", "s3:receipts", "s3://Bad_Name/x"),
    ),
    "BANK_DAYS": Case(
        str(BANK_DAYS),
        lambda it: it.bank_days,
        Overrides(days={date(2040, 10, 1): False, date(2040, 9, 29): True}, years=frozenset()),
        ("/no/such/file", str(BANK_DAYS.parent), sys.executable, __file__),
    ),
    "PLATFORM_API_KEY": Case(
        "new-key, old-key",
        lambda it: it.platform.api_keys,
        (Secret("new-key"), Secret("old-key")),
        ("a,b,c", "a,", "a b", "schlüssel"),
    ),
    "PLATFORM_WEBHOOK_URL": Case(
        EVENTS[0][1], lambda it: it.platform.webhook_url, EVENTS[0][1], ADDRESSES, EVENTS
    ),
    "PLATFORM_WEBHOOK_SECRET": Case(
        WEBHOOK_KEY,
        lambda it: it.platform.webhook_secret,
        Secret(WEBHOOK_KEY),
        ("whsec_!", "whsec_c2hvcnQ="),
        EVENTS,
    ),
    "CODE_KEY": Case(
        "k e y, older",
        lambda it: it.code_keys,
        (Secret("k e y"), Secret("older")),
        ("two\nlines", "a,"),
    ),
    "REVIEW_CHAT_ID": Case(
        "-1001234567890",
        lambda it: it.telegram.review_chat_id,
        -1001234567890,
        ("@group", "0", "77", "-1.5", f"-{2**60}"),
    ),
    "FOUR_EYES_YUAN": Case(
        "0",
        lambda it: it.rules.four_eyes_fen,
        0,
        ("1.5", "-1", "1,000", "1e3", "٣", "1000000000"),
    ),
    "ORDER_MINUTES": Case(
        "1440",
        lambda it: it.rules.order_life,
        timedelta(days=1),
        ("0", "1441", "30m", "1.5"),
    ),
    "TRUSTED_PROXIES": Case(
        "10.0.0.0/8, ::1",
        lambda it: it.http.trusted_proxies,
        (ip_network("10.0.0.0/8"), ip_network("::1")),
        ("10.0.0", "10.0.0.0/40", "proxy", "::1,"),
    ),
    "UNDO_SECONDS": Case(
        "3600", lambda it: it.rules.undo, timedelta(hours=1), ("-1", "3601", "1s")
    ),
    "PAYEE_NAME": Case("Cloud", lambda it: it.payee, PAID, ("a\tb",), PAYEE),
    "PAYEE_ACCOUNT": Case("110 220", lambda it: it.payee, PAID, ("a\nb",), PAYEE),
    "PAYEE_BANK": Case("ICBC", lambda it: it.payee, PAID, ("a\x07",), PAYEE),
    "TIMEZONE": Case(
        "Europe/Paris",
        lambda it: it.timezone,
        ZoneInfo("Europe/Paris"),
        ("Beijing", "Asia", "../etc/passwd", "UTC+8"),
    ),
    "DEFAULT_LANGUAGE": Case("en", lambda it: it.default_language, "en", ("zh", "EN", "de")),
}
BAD = [(name, text) for name, case in CASES.items() for text in case.bad]
BAD_WECHAT = [
    ("WECHAT_BASE_URL", "http://wechat.example.com"),
    ("WECHAT_MCHID", "12 34"),
    ("WECHAT_APPID", "a" * 33),
    ("WECHAT_PRIVATE_KEY_FILE", "/nowhere/key.pem"),
    ("WECHAT_PRIVATE_KEY_FILE", __file__),
    ("WECHAT_CERT_SERIAL", "XYZ"),
    ("WECHAT_API_V3_KEY", "a" * 31),
    ("WECHAT_API_V3_KEY", "钥" * 32),
    ("WECHAT_PUBLIC_KEY_FILE", __file__),
    ("WECHAT_PUBLIC_KEY_ID", "KEY_1"),
]


def faults() -> tuple[Fault, ...]:
    with pytest.raises(SettingsRefused) as refused:
        read_settings()
    return refused.value.faults


def names_of(found: tuple[Fault, ...]) -> list[str]:
    return [fault.name.removeprefix("TOPUP_") for fault in found]


def test_the_names_are_those_of_the_contract() -> None:
    assert {variable(name) for name in Environment.model_fields} == {
        f"TOPUP_{name}" for name in CONTRACT
    }


def test_every_setting_has_a_case() -> None:
    wechat = {name for name, _ in BAD_WECHAT}

    assert CASES.keys() | wechat | set(OTHER_CHANNELS) == set(CONTRACT)


@pytest.mark.parametrize("name", CONTRACT)
def test_every_setting_is_in_the_docs(name: str) -> None:
    assert f"| `TOPUP_{name}` |" in page()


def test_the_docs_are_up_to_date() -> None:
    """Write them anew with `python -m bot.settings_page > docs/settings.md`."""
    written = Path(__file__).parents[2] / "docs" / "settings.md"

    assert written.read_text("utf-8") == page()


@pytest.mark.parametrize("name", CASES)
def test_a_setting_is_read(put: Setter, name: str) -> None:
    case = CASES[name]
    put(**dict([("BOT_TOKEN", TOKEN), *case.beside, (name, case.good)]))

    assert case.found(read_settings()) == case.becomes


@pytest.mark.parametrize("name", CASES)
def test_a_setting_is_read_from_a_file_without_the_line_break_at_its_end(
    put: Setter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    put(**dict([("BOT_TOKEN", TOKEN), *case.beside]))
    monkeypatch.delenv(f"TOPUP_{name}", raising=False)
    (tmp_path / "value").write_text(f"{case.good}\n", "utf-8")
    put(**{f"{name}_FILE": str(tmp_path / "value")})

    assert case.found(read_settings()) == case.becomes


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_wrong_text_is_a_fault_that_says_what_is_allowed(
    put: Setter, name: str, text: str
) -> None:
    put(**dict([("BOT_TOKEN", TOKEN), *CASES[name].beside, (name, text)]))

    found = faults()

    assert names_of(found) == [name]
    assert found[0].problem
    assert "; allowed: " in str(found[0])


@pytest.mark.parametrize(("name", "text"), BAD_WECHAT)
def test_a_wrong_text_of_wechat_is_a_fault(
    put: Setter, wechat: dict[str, str], name: str, text: str
) -> None:
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com", **wechat)
    put(**{name: text})

    assert names_of(faults()) == [name]


def test_what_is_not_set_has_the_defaults_of_the_contract(put: Setter) -> None:
    put(BOT_TOKEN=TOKEN)

    found = read_settings()

    assert found.telegram.api == "https://api.telegram.org"
    assert found.telegram.mode is TelegramMode.POLLING
    assert (found.http.host, found.http.port) == ("127.0.0.1", 8000)
    assert found.http.trusted_proxies == ()
    assert found.database_url.reveal() == "sqlite+aiosqlite:///var/topup.db"
    assert found.receipts == Path("var/receipts")
    assert found.platform.api_keys == ()
    assert found.rules.four_eyes_fen == 50_000_00
    assert found.rules.order_life == timedelta(minutes=30)
    assert found.rules.undo == timedelta(0)
    assert found.timezone == ZoneInfo("Asia/Shanghai")
    assert found.default_language == "zh_CN"
    assert found.channels.wechat is None
    assert found.without_effect == ()


def test_an_empty_setting_is_unset(put: Setter) -> None:
    put(BOT_TOKEN=TOKEN, PLATFORM_API_KEY="", QQ_KEY="", LISTEN="", WECHAT_MCHID="")

    found = read_settings()

    assert found.platform.api_keys == ()
    assert found.channels.wechat is None


def test_nothing_at_all_names_what_is_missing() -> None:
    assert names_of(faults()) == ["BOT_TOKEN"]


def test_webhook_mode_needs_a_secret_and_an_address(put: Setter) -> None:
    put(BOT_TOKEN=TOKEN, TELEGRAM_MODE="webhook", WEBHOOK_SECRET="")

    assert names_of(faults()) == ["WEBHOOK_SECRET", "PUBLIC_URL"]


def test_webhook_mode_out_of_a_file_needs_them_too(put: Setter, tmp_path: Path) -> None:
    (tmp_path / "mode").write_text("webhook\n")
    put(BOT_TOKEN=TOKEN, TELEGRAM_MODE_FILE=str(tmp_path / "mode"))

    assert names_of(faults()) == ["WEBHOOK_SECRET", "PUBLIC_URL"]


@pytest.mark.parametrize("names", [PAYEE, EVENTS])
def test_settings_that_belong_together_name_the_missing_ones(
    put: Setter, names: tuple[tuple[str, str], ...]
) -> None:
    put(BOT_TOKEN=TOKEN, **dict(names[:1]))

    assert names_of(faults()) == [name for name, _ in names[1:]]


def test_an_unknown_name_is_a_fault_that_suggests_the_likeliest(put: Setter) -> None:
    put(BOT_TOKEN=TOKEN, ORDER_MINUTE="5")

    assert [str(fault) for fault in faults()] == [
        "TOPUP_ORDER_MINUTE: is not a setting; allowed: did you mean TOPUP_ORDER_MINUTES?"
    ]


def test_a_value_given_in_both_ways_is_a_fault(put: Setter, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    put(BOT_TOKEN=TOKEN, BOT_TOKEN_FILE=str(tmp_path / "token"))

    assert names_of(faults()) == ["BOT_TOKEN"]


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe", b"1" * 70_000])
def test_a_file_that_gives_no_value_is_a_fault(
    put: Setter, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    put(BOT_TOKEN_FILE=str(path))

    assert names_of(faults()) == ["BOT_TOKEN"]
    assert str(path) in faults()[0].problem


def test_wechat_with_all_it_needs_is_on(
    put: Setter, wechat: dict[str, str], key_files: dict[str, Path]
) -> None:
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com", **wechat)
    put(WECHAT_BASE_URL="http://127.0.0.1:8080/wechat/")

    found = read_settings().channels.wechat

    assert found is not None
    assert found.base_url == "http://127.0.0.1:8080/wechat"
    assert found.private_key_pem == key_files["private"].read_bytes()
    assert found.signer().merchant == "1230000109"
    assert found.keyring().public_key_id == wechat["WECHAT_PUBLIC_KEY_ID"]


def test_wechat_without_its_public_key_uses_certificates(
    put: Setter, wechat: dict[str, str]
) -> None:
    del wechat["WECHAT_PUBLIC_KEY_FILE"], wechat["WECHAT_PUBLIC_KEY_ID"]
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com", **wechat)

    found = read_settings().channels.wechat

    assert found is not None
    assert found.keyring().public_key is None


@pytest.mark.parametrize("name", [name for name in CONTRACT if name.startswith("WECHAT_")][1:])
def test_wechat_with_one_setting_missing_names_it(
    put: Setter, wechat: dict[str, str], name: str
) -> None:
    del wechat[name]
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com", **wechat)

    assert names_of(faults()) == [name]


def test_a_base_address_alone_names_all_the_channel_needs(put: Setter) -> None:
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://a.example", WECHAT_BASE_URL="https://w.example")

    assert names_of(faults()) == [
        "WECHAT_MCHID",
        "WECHAT_APPID",
        "WECHAT_PRIVATE_KEY_FILE",
        "WECHAT_CERT_SERIAL",
        "WECHAT_API_V3_KEY",
    ]


def test_the_path_of_a_key_may_come_from_a_file(
    put: Setter, wechat: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "path").write_text(wechat.pop("WECHAT_PRIVATE_KEY_FILE") + "\n")
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com", **wechat)
    put(WECHAT_PRIVATE_KEY_FILE_FILE=str(tmp_path / "path"))

    assert read_settings().channels.wechat is not None


def test_a_channel_needs_a_public_address(put: Setter, wechat: dict[str, str]) -> None:
    put(BOT_TOKEN=TOKEN, **wechat)

    assert names_of(faults()) == ["PUBLIC_URL"]


CHANNELS = {
    "qq": {"QQ_MCH_ID": "1900000109", "QQ_KEY": "key"},
    "tenpay": {"TENPAY_PARTNER": "1900000109", "TENPAY_KEY": "key"},
    "card": {"STRIPE_SECRET_KEY": "sk_test_key", "STRIPE_WEBHOOK_SECRET": "whsec_secret"},
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_with_all_it_needs_is_on(put: Setter, channel: str) -> None:
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com", **CHANNELS[channel])

    channels = read_settings().channels

    assert getattr(channels, channel) is not None
    on = [name for name in ("wechat", "qq", "tenpay", "card") if getattr(channels, name)]
    assert on == [channel]
    assert len(channels.secrets()) == (2 if channel == "card" else 1)


@pytest.mark.parametrize(
    ("channel", "missing"), [(name, key) for name, all_ in CHANNELS.items() for key in all_]
)
def test_half_a_channel_names_what_is_missing(put: Setter, channel: str, missing: str) -> None:
    given = {name: text for name, text in CHANNELS[channel].items() if name != missing}
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com", **given)

    assert names_of(faults()) == [missing]


@pytest.mark.parametrize("channel", ["qq", "tenpay"])
def test_a_part_of_the_refund_settings_leaves_the_channel_on(put: Setter, channel: str) -> None:
    """Its refunds are then cases to do by hand."""
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com", **CHANNELS[channel])
    put(**{f"{channel.upper()}_OP_USER_ID": "operator"})

    assert getattr(read_settings().channels, channel).op_user_id == "operator"


@pytest.mark.parametrize("channel", ["qq", "tenpay"])
def test_refund_settings_alone_are_half_a_channel(put: Setter, channel: str) -> None:
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com")
    put(**{f"{channel.upper()}_OP_USER_ID": "operator"})

    assert names_of(faults()) == list(CHANNELS[channel])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TENPAY_PARTNER", "12345"),
        ("QQ_MCH_ID", "19 00"),
        ("STRIPE_SECRET_KEY", "pk_live_1"),
    ],
)
def test_a_merchant_is_refused_in_the_wrong_form(put: Setter, name: str, text: str) -> None:
    channel = next(key for key, given in CHANNELS.items() if name in given)
    put(BOT_TOKEN=TOKEN, PUBLIC_URL="https://pay.example.com", **CHANNELS[channel])
    put(**{name: text})

    assert names_of(faults()) == [name]


def test_no_secret_is_in_the_repr_nor_in_a_fault(put: Setter, wechat: dict[str, str]) -> None:
    canary = "canary_0123456789abcdefghijklmno"
    put(BOT_TOKEN=f"1:{canary}", PUBLIC_URL="https://a.example", **wechat)
    put(
        WEBHOOK_SECRET=canary,
        PLATFORM_API_KEY=canary,
        CODE_KEY=canary,
        WECHAT_API_V3_KEY=canary,
        DATABASE_URL=f"postgresql+asyncpg://u:{canary}@db/topup",
    )
    found = read_settings()

    assert canary not in repr(found)
    assert "PRIVATE KEY" not in repr(found)
    assert set(found.secrets()) == {f"1:{canary}", canary}

    put(
        BOT_TOKEN=f" {canary}",
        WEBHOOK_SECRET=f"{canary} ",
        PLATFORM_API_KEY=f"{canary}!",
        CODE_KEY=f"{canary}\n",
        WECHAT_API_V3_KEY=f"{canary}x",
        DATABASE_URL=f"postgresql://u:{canary}@db/topup",
        PLATFORM_WEBHOOK_SECRET=f"{canary}!",
    )
    assert len(faults()) == 8
    assert not any(canary in str(fault) for fault in faults())


def test_a_command_needs_only_the_settings_it_uses(put: Setter) -> None:
    put(LISTEN="wrong", TELEGRAM_MODE="webhook", QQ_KEY="set")
    assert read_database_url().reveal() == "sqlite+aiosqlite:///var/topup.db"

    put(BOT_TOKEN=TOKEN)
    assert read_telegram_access() == (Secret(TOKEN), "https://api.telegram.org")


def test_a_command_refuses_an_unknown_name_too(put: Setter) -> None:
    put(DATABASE_ULR="sqlite+aiosqlite:///elsewhere.db")

    with pytest.raises(SettingsRefused, match="did you mean TOPUP_DATABASE_URL"):
        read_database_url()


def test_serve_lists_all_faults_at_once_and_exits_with_2(tmp_path: Path) -> None:
    wrong = {
        "TOPUP_LISTEN": "nowhere",
        "TOPUP_TELEGRAM_MODE": "webhook",
        "TOPUP_TIMEZONE": "Mars/Olympus",
        "TOPUP_WECHAT_MCHID": "1230000109",
        "TOPUP_STRIPE_SECRET_KEY": "sk_live_canary",
        "TOPUP_PAYEE_NAME_FILE": str(tmp_path / "missing"),
        "TOPUP_COLOUR": "blue",
    }
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("TOPUP_")
    }

    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "bot", "serve"],
        env=environment | wrong,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 2
    assert ran.stdout == ""
    assert [line.partition(":")[0] for line in ran.stderr.splitlines()] == [
        "TOPUP_COLOUR",
        "TOPUP_BOT_TOKEN",
        "TOPUP_LISTEN",
        "TOPUP_TIMEZONE",
        "TOPUP_PAYEE_NAME",
        "TOPUP_WEBHOOK_SECRET",
        "TOPUP_PUBLIC_URL",
        "TOPUP_PAYEE_ACCOUNT",
        "TOPUP_PAYEE_BANK",
        "TOPUP_WECHAT_APPID",
        "TOPUP_WECHAT_PRIVATE_KEY_FILE",
        "TOPUP_WECHAT_CERT_SERIAL",
        "TOPUP_WECHAT_API_V3_KEY",
        "TOPUP_STRIPE_WEBHOOK_SECRET",
    ]
    assert "sk_live_canary" not in ran.stderr
