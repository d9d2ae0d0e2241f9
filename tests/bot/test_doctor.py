"""`topup doctor`: a line for each check, exit 1 for a fault."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

import bot.doctor
from tests.bot.conftest import TOKEN, Outside, Ran, Setter

Topup = Callable[..., Ran]


@pytest.fixture
def healthy(
    put: Setter, outside: Outside, wechat: dict[str, str], migrated_sqlite: Path, tmp_path: Path
) -> Outside:
    database = tmp_path / "topup.db"
    database.write_bytes(migrated_sqlite.read_bytes())
    put(
        BOT_TOKEN=TOKEN,
        TELEGRAM_API=outside.address,
        PUBLIC_URL="https://pay.example.com",
        DATABASE_URL=f"sqlite+aiosqlite:///{database}",
        RECEIPTS=str(tmp_path / "receipts"),
        WECHAT_BASE_URL=f"{outside.address}/wechat",
        **wechat,
    )
    return outside


def faults(ran: Ran) -> list[str]:
    return [line[7:] for line in ran.out.splitlines() if line.startswith("FAULT")]


def test_a_healthy_installation_has_a_line_for_each_check(topup: Topup, healthy: Outside) -> None:
    ran = topup("doctor")

    subjects = [line[7:].partition(": ")[0] for line in ran.out.splitlines()]
    assert (ran.code, ran.err, faults(ran)) == (0, "", [])
    assert subjects == [
        "settings",
        "database",
        "disk (database)",
        "telegram",
        "clock",
        "wechat",
        "disk (receipts)",
    ]
    assert "the bot is @fee_top_up_bot" in ran.out
    assert any("/out-trade-no/DOCTOR" in path for path in healthy.asked)


def test_settings_faults_are_lines_and_the_rest_is_still_examined(
    topup: Topup, healthy: Outside, put: Setter
) -> None:
    put(LISTEN="nowhere", ORDER_MINUTES="0")

    ran = topup("doctor")

    assert ran.code == 1
    assert [line.split(": ")[:2] for line in faults(ran)] == [
        ["settings", "TOPUP_LISTEN"],
        ["settings", "TOPUP_ORDER_MINUTES"],
    ]
    assert "the bot is @fee_top_up_bot" in ran.out


def test_a_wrong_token_is_a_fault_and_is_not_shown(
    topup: Topup, healthy: Outside, put: Setter
) -> None:
    put(BOT_TOKEN=TOKEN + "x")

    ran = topup("doctor")

    assert ran.code == 1
    assert faults(ran) == ["telegram: Telegram does not know the token in TOPUP_BOT_TOKEN"]
    assert TOKEN not in ran.out


@pytest.mark.parametrize("ahead", [timedelta(seconds=90), timedelta(seconds=-90)])
def test_a_clock_that_is_off_is_a_fault(topup: Topup, healthy: Outside, ahead: timedelta) -> None:
    healthy.ahead = ahead

    (fault,) = faults(topup("doctor"))

    assert fault.startswith("clock: ")


def test_a_clock_that_is_nearly_right_is_no_fault(topup: Topup, healthy: Outside) -> None:
    healthy.ahead = timedelta(seconds=50)

    assert topup("doctor").code == 0


def test_a_server_without_a_date_is_no_fault(topup: Topup, healthy: Outside) -> None:
    healthy.ahead = None

    ran = topup("doctor")

    assert ran.code == 0
    assert "clock: not compared" in ran.out


@pytest.mark.parametrize("answer", [(401, "SIGN_ERROR"), (403, "NO_AUTH"), (500, "SYSTEM_ERROR")])
def test_credentials_that_wechat_refuses_are_a_fault(
    topup: Topup, healthy: Outside, answer: tuple[int, str]
) -> None:
    healthy.order_answer = answer

    ran = topup("doctor")

    assert ran.code == 1
    (fault,) = faults(ran)
    assert fault.startswith("wechat: ")
    assert answer[1] in fault


def test_wechat_out_of_reach_is_a_fault(topup: Topup, healthy: Outside, put: Setter) -> None:
    put(WECHAT_BASE_URL="http://127.0.0.1:9")

    (fault,) = faults(topup("doctor"))

    assert fault.startswith("wechat: ")


def test_a_new_sqlite_installation_is_no_fault(
    topup: Topup, healthy: Outside, put: Setter, tmp_path: Path
) -> None:
    put(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/new/topup.db")

    ran = topup("doctor")

    assert ran.code == 0
    assert "has no tables yet; `topup serve` makes them" in ran.out


def test_a_database_out_of_reach_is_a_fault(topup: Topup, healthy: Outside, put: Setter) -> None:
    put(DATABASE_URL="postgresql+asyncpg://u:canary@127.0.0.1:9/topup")

    ran = topup("doctor")

    assert ran.code == 1
    assert faults(ran)[0].startswith("database: the database cannot be re")
    assert "canary" not in ran.out


def test_too_little_free_disk_is_a_fault(
    topup: Topup, healthy: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No disk here is nearly full, so more is asked for than any has."""
    monkeypatch.setattr(bot.doctor, "LEAST_FREE_BYTES", 2**70)

    found = faults(topup("doctor"))

    assert [fault.partition(":")[0] for fault in found] == ["disk (database)", "disk (receipts)"]


def test_a_folder_that_can_keep_nothing_is_a_fault(
    topup: Topup, healthy: Outside, put: Setter
) -> None:
    put(RECEIPTS="/proc/receipts")  # no space for root, no right for anybody else

    (fault,) = faults(topup("doctor"))

    assert fault.startswith("disk (receipts): ")
