"""`topup backup` beside a running installation, `topup restore` in place of a stopped one."""

import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.storage.sqlite import hold_serve_lock
from tests.bot.conftest import Ran, Setter

Topup = Callable[..., Ran]


@pytest.fixture
def installation(migrated_sqlite: Path, tmp_path: Path, put: Setter) -> Path:
    path = tmp_path / "var" / "topup.db"
    path.parent.mkdir()
    path.write_bytes(migrated_sqlite.read_bytes())
    put(DATABASE_URL=f"sqlite+aiosqlite:///{path}")
    return path


def accounts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM accounts ORDER BY id")]


def test_a_copy_has_what_was_there_and_is_for_its_owner_alone(
    topup: Topup, installation: Path, tmp_path: Path
) -> None:
    topup("account", "create", "one", "--name", "One")
    copy = tmp_path / "copies" / "topup.db"

    ran = topup("backup", str(copy))

    assert ran.code == 0
    assert "checked" in ran.out
    assert accounts(copy) == ["one"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert list(copy.parent.iterdir()) == [copy]


def test_a_copy_never_replaces_a_file(topup: Topup, installation: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("precious")

    ran = topup("backup", str(copy))

    assert ran.code == 1
    assert "there already" in ran.err
    assert copy.read_text() == "precious"


def test_a_copy_taken_under_writes_is_one_moment(
    topup: Topup, installation: Path, tmp_path: Path
) -> None:
    """A writer keeps two tables equal; a copy in between must never see them differ."""
    stop = threading.Event()
    with closing(sqlite3.connect(installation)) as connection:
        connection.execute("CREATE TABLE left_side (n)")
        connection.execute("CREATE TABLE right_side (n)")
        connection.commit()

    def write() -> None:
        with closing(sqlite3.connect(installation, timeout=10)) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                connection.execute("INSERT INTO left_side VALUES (?)", (number,))
                connection.execute("INSERT INTO right_side VALUES (?)", (number,))
                connection.commit()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        ran = [topup("backup", str(tmp_path / f"{number}.db")) for number in range(5)]
    finally:
        stop.set()
        thread.join()

    assert [one.code for one in ran] == [0] * 5
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as connection:
            found = [
                connection.execute(f"SELECT count(*), max(n) FROM {side}").fetchone()
                for side in ("left_side", "right_side")
            ]
        assert found[0] == found[1]


def test_a_restore_brings_the_copy_back_and_lays_the_present_aside(
    topup: Topup, installation: Path, tmp_path: Path
) -> None:
    topup("account", "create", "one", "--name", "One")
    copy = tmp_path / "copy.db"
    topup("backup", str(copy))
    topup("account", "create", "two", "--name", "Two")

    ran = topup("restore", str(copy))

    assert ran.code == 0
    assert "Money commands are refused" in ran.out
    assert accounts(installation) == ["one"]
    aside = next(installation.parent.glob("topup.db.before-*"))
    assert accounts(aside) == ["one", "two"]
    assert topup("ledger", "verify").code == 0
    assert topup("audit", "verify").code == 0


def test_nothing_is_restored_under_a_running_serve(
    topup: Topup, installation: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    topup("backup", str(copy))

    with hold_serve_lock(installation):
        ran = topup("restore", str(copy))

    assert ran.code == 1
    assert "another serve is running" in ran.err
    assert not list(installation.parent.glob("*before*"))


@pytest.mark.parametrize(
    "content", [b"", b"not a database", b"SQLite format 3\x00" + b"\x00" * 84]
)
def test_what_is_no_copy_of_ours_is_refused(
    topup: Topup, installation: Path, tmp_path: Path, content: bytes
) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(content)
    before = installation.read_bytes()

    ran = topup("restore", str(copy))

    assert ran.code == 1
    assert str(copy) in ran.err
    assert installation.read_bytes() == before


def test_a_database_restored_by_other_means_is_marked(topup: Topup, installation: Path) -> None:
    ran = topup("restore", "--mark-only")

    assert ran.code == 0
    with closing(sqlite3.connect(installation)) as connection:
        states = connection.execute("SELECT state FROM recoveries").fetchall()
    assert states == [("restored",)]


@pytest.mark.parametrize("arguments", [(), ("copy.db", "--mark-only")])
def test_a_restore_says_what_it_needs(
    topup: Topup, installation: Path, arguments: tuple[str, ...]
) -> None:
    assert topup("restore", *arguments).code == 2


def test_postgresql_is_told_which_tool_copies_it(
    topup: Topup, tmp_path: Path, put: Setter
) -> None:
    put(DATABASE_URL="postgresql+asyncpg://postgres@127.0.0.1:1/topup")

    ran = topup("backup", str(tmp_path / "copy.db"))

    assert ran.code == 1
    assert "pg_dump" in ran.err
