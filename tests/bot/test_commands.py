"""The commands beside `serve`, on a real database of either kind."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlalchemy import create_engine, text

from core.access.model import Role, StaffRole
from core.access.service import Access
from core.clock import SystemClock
from core.ids import PersonId, RandomIds, token_hash
from core.stepup.sealing import key_from
from core.stepup.service import StepUp
from core.storage.engine import open_database
from tests.bot.conftest import TOKEN, Outside, Ran, Setter
from tests.postgresql import Server

Topup = Callable[..., Ran]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def on(database_url: str, put: Setter) -> str:
    put(DATABASE_URL=database_url)
    return database_url


def test_an_account_is_created_once_and_then_renamed(topup: Topup, on: str) -> None:
    assert topup("account", "create", "acme", "--name", "Acme").out == "account acme created\n"
    assert topup("account", "create", "acme", "--name", "ACME").out == (
        "account acme was there; its name is now ACME\n"
    )


def test_a_wrong_account_id_is_refused_with_what_is_allowed(topup: Topup, on: str) -> None:
    ran = topup("account", "create", "a/b", "--name", "Acme")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: an account id is 1 to 64 of letters, digits, - and _\n"


def test_staff_come_are_listed_and_go(topup: Topup, on: str) -> None:
    assert topup("staff", "list").out == ""
    assert topup("staff", "add", "777", "--role", "reviewer").out == "777 is now reviewer\n"
    assert topup("staff", "add", "777", "--role", "reviewer").out == "777 is already reviewer\n"
    assert topup("staff", "add", "778", "--role", "operator").code == 0
    assert topup("staff", "list").out.splitlines() == ["777\treviewer", "778\toperator"]
    assert topup("staff", "remove", "777").out == "777 is no longer staff\n"
    assert topup("staff", "list").out.splitlines() == ["778\toperator"]

    gone = topup("staff", "remove", "777")
    assert gone.code == 1
    assert gone.err == "error: 777 is not staff: see `topup staff list`\n"


async def _enrol(url: str, person_id: PersonId) -> None:
    database = await open_database(url)
    clock = SystemClock()
    step_up = StepUp(database, clock, (key_from("key"),))
    await Access(database, clock, RandomIds()).meet(person_id, "somebody", "zh_CN")
    secret = (await step_up.enrol(person_id)).secret
    await step_up.switch_on(person_id, pyotp.TOTP(secret).now())
    await database.close()


def test_who_lost_the_app_is_reset_once(topup: Topup, on: str) -> None:
    asyncio.run(_enrol(on, PersonId(777)))

    ran = topup("stepup", "reset", "777")
    assert (ran.code, ran.out) == (0, "777 is asked for no codes any more, and is told so\n")
    again = topup("stepup", "reset", "777")
    assert (again.code, again.err) == (1, "error: 777 has no authenticator app here\n")


async def _offered_role(url: str, token: str) -> Role:
    database = await open_database(url)
    try:
        return (await Access(database, SystemClock(), RandomIds()).offer(token_hash(token))).role
    finally:
        await database.close()


def test_a_link_is_one_address_that_telegram_opens(
    topup: Topup, on: str, put: Setter, outside: Outside
) -> None:
    put(BOT_TOKEN=TOKEN, TELEGRAM_API=outside.address)
    topup("account", "create", "acme", "--name", "Acme")

    ran = topup("link", "acme", "--role", "finance", "--ttl", "2h")

    address = urlsplit(ran.out.strip())
    (start,) = parse_qs(address.query)["start"]
    assert (address.scheme, address.netloc) == ("https", "t.me")
    assert address.path == "/fee_top_up_bot"
    assert len(start) <= 64  # a longer one would vanish silently
    assert asyncio.run(_offered_role(on, start.removeprefix("link_"))) is Role.FINANCE


def test_a_link_to_no_account_is_refused(
    topup: Topup, on: str, put: Setter, outside: Outside
) -> None:
    put(BOT_TOKEN=TOKEN, TELEGRAM_API=outside.address)

    ran = topup("link", "nowhere", "--role", "viewer")

    assert ran.code == 1
    assert "there is no account nowhere: create it with `topup account create`" in ran.err


def test_a_token_that_telegram_does_not_know_gives_no_link_and_is_not_shown(
    topup: Topup, on: str, put: Setter, outside: Outside
) -> None:
    put(BOT_TOKEN=TOKEN + "x", TELEGRAM_API=outside.address)
    topup("account", "create", "acme", "--name", "Acme")

    ran = topup("link", "acme", "--role", "viewer")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: Telegram does not know the token in TOPUP_BOT_TOKEN\n"


def test_telegram_out_of_reach_gives_no_link_and_does_not_show_the_token(
    topup: Topup, on: str, put: Setter
) -> None:
    put(BOT_TOKEN=TOKEN, TELEGRAM_API="http://127.0.0.1:9")
    topup("account", "create", "acme", "--name", "Acme")

    ran = topup("link", "acme", "--role", "viewer")

    assert ran.code == 1
    assert "could not be asked" in ran.err
    assert TOKEN not in ran.err


@pytest.mark.parametrize("ttl", ["0s", "10", "10 m", "25h", "2d", "1w", "-5m", "999999999d"])
def test_a_wrong_life_of_a_link_is_refused(topup: Topup, ttl: str) -> None:
    ran = topup("link", "acme", "--role", "viewer", f"--ttl={ttl}")

    assert ran.code == 2
    assert "is not a time from 1s to 1d" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("link", "acme", "--role", "king"),
        ("link", "acme"),
        ("staff", "add", "0", "--role", "reviewer"),
        ("staff", "add", "777", "--role", "creator"),
        ("account", "create", "acme"),
        ("serve", "--role", "both"),
        ("fly",),
    ],
)
def test_wrong_arguments_exit_with_2(topup: Topup, arguments: tuple[str, ...]) -> None:
    assert topup(*arguments).code == 2


def test_whole_books_are_told_so(topup: Topup, on: str) -> None:
    assert topup("ledger", "verify").out == "every invariant of the books holds\n"
    assert topup("audit", "verify").out.startswith("the audit chain holds: 0 sealed rows")


def test_broken_books_name_their_first_broken_row(
    topup: Topup, migrated_sqlite: Path, tmp_path: Path, put: Setter
) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    put(DATABASE_URL=f"sqlite+aiosqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO audit_seals (sequence, audit_id, hash) VALUES (7, 41, 'changed')")
        )
        connection.execute(
            text(
                "INSERT INTO transfers (reference, shown_reference, kind, occurred_at,"
                " recorded_at, content_hash)"
                " VALUES ('credit:x', 'x', 'payment', '2026-01-01', '2026-01-01', 'x')"
            )
        )
    engine.dispose()

    audit, ledger = topup("audit", "verify"), topup("ledger", "verify")

    assert (audit.code, audit.out) == (1, "")
    assert audit.err == "error: AUDIT-CHAIN: seal 1 is missing or lost its row\n"
    assert (ledger.code, ledger.out) == (1, "")
    assert "CONSERVE" in ledger.err
    assert "row 1" in ledger.err


def test_a_database_without_tables_is_refused_until_migrate(
    topup: Topup, tmp_path: Path, put: Setter
) -> None:
    put(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/new/topup.db")

    before = topup("ledger", "verify")
    first, again = topup("migrate"), topup("migrate")
    after = topup("ledger", "verify")

    assert (before.code, before.out) == (1, "")
    assert before.err == "error: the database has no tables yet: run `topup migrate` first\n"
    assert "(was empty)" in first.out
    assert "(unchanged)" in again.out
    assert after.code == 0


def test_a_database_of_another_revision_is_refused(
    topup: Topup, migrated_sqlite: Path, tmp_path: Path, put: Setter
) -> None:
    path = tmp_path / "newer.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    put(DATABASE_URL=f"sqlite+aiosqlite:///{path}")

    ran = topup("staff", "list")

    assert ran.code == 1
    assert "the database has revision 9999, this version needs" in ran.err


def test_a_database_out_of_reach_is_told_without_its_password(topup: Topup, put: Setter) -> None:
    put(DATABASE_URL="postgresql+asyncpg://u:canary@127.0.0.1:9/topup")

    ran = topup("ledger", "verify")

    assert ran.code == 1
    assert ran.err.startswith("error: the database cannot be re")
    assert "canary" not in ran.err


def test_a_server_without_the_database_is_told_so(
    topup: Topup, put: Setter, postgresql: Server
) -> None:
    put(DATABASE_URL=postgresql.url("nowhere"))

    ran = topup("ledger", "verify")

    assert ran.code == 1
    assert ran.err.startswith("error: the database cannot be re")
    assert 'database "nowhere" does not exist' in ran.err


def _process(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TOPUP_")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "bot", *arguments],
        env=bare | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_commands_run_as_processes_on_a_new_database(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/topup.db"

    migrated = _process("migrate", TOPUP_DATABASE_URL=url)
    created = _process("account", "create", "acme", "--name", "云", TOPUP_DATABASE_URL=url)
    verified = _process("ledger", "verify", TOPUP_DATABASE_URL=url)
    unlinked = _process("link", "acme", "--role", "finance", TOPUP_DATABASE_URL=url)

    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert (created.returncode, created.stdout) == (0, "account acme created\n")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert unlinked.returncode == 2
    assert unlinked.stderr.startswith("TOPUP_BOT_TOKEN: is missing; allowed: ")


async def test_a_command_writes_beside_a_process_that_writes_all_the_time(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    path = tmp_path / "topup.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite+aiosqlite:///{path}"
    serving = await open_database(url)
    access = Access(serving, SystemClock(), RandomIds())
    command = asyncio.create_task(
        asyncio.to_thread(
            _process, "staff", "add", "777", "--role", "operator", TOPUP_DATABASE_URL=url
        )
    )
    written = 0
    while not command.done():
        written += await access.add_staff(PersonId(1000 + written), StaffRole.REVIEWER)
    ran = await command
    roles = await access.staff_roles(PersonId(777))
    kept = len(await access.staff())
    await serving.close()

    assert (ran.returncode, ran.stderr) == (0, "")
    assert roles == {StaffRole.OPERATOR}
    assert kept == written + 1 > 2


def test_help_names_every_command_and_imports_neither_database_nor_messenger() -> None:
    program = (
        "import sys\n"
        "from bot.cli import main\n"
        "sys.argv = ['topup', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert not ended.code\n"
        "heavy = {'aiogram', 'sqlalchemy', 'alembic', 'fastapi', 'httpx', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    for command in ("serve", "migrate", "doctor", "account", "link", "staff", "audit", "ledger"):
        assert f"\n  {command} " in ran.stdout
