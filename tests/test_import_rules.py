"""The import rules catch what they forbid: each is broken on purpose, one at a time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("core", "bot", "web", "sandbox")
EDGES = "The edges do not know each other"
FRAMEWORKS = "The core knows no edge and no framework of theirs"
SQL = "SQL is written in core.storage and in the stores"
ONE_WAY = "Inside the core, imports point one way"
SUBJECT = "In a subject: service over store over model"
REVIEWED = "In remittances and their reviews: service over rules over store over model"
TALKS = "Conversations know use cases, not Telegram, SQL or providers"
PORT = "Subjects know the port of the providers, not the adapters"
STAND = "The composition root stands over both edges, and both stand over the core"
BREAKS = [
    ("core/remittance/store.py", "import core.remittance.audience", REVIEWED),
    ("core/reviews/desk.py", "import core.reviews.service", REVIEWED),
    ("core/ledger/model.py", "import aiogram", FRAMEWORKS),
    ("core/clock.py", "import fastapi", FRAMEWORKS),
    ("core/notices/service.py", "import starlette", FRAMEWORKS),
    ("core/app.py", "import pydantic_settings", FRAMEWORKS),
    ("core/topup/model.py", "import qrcode", FRAMEWORKS),
    ("core/jobs/drain.py", "import bot.workers", FRAMEWORKS),
    ("web/bridge.py", "import bot.settings", EDGES),
    ("bot/duties.py", "import web.app", "Only the composition root of the bot knows the web edge"),
    ("bot/workers.py", "import sqlalchemy", SQL),
    ("web/health.py", "import sqlalchemy", SQL),
    ("core/topup/service.py", "import sqlalchemy", SQL),
    ("core/app.py", "import alembic", SQL),
    ("bot/duties.py", "import httpx", "Providers are called from core.providers alone"),
    ("core/topup/service.py", "import httpx", "Providers are called from core.providers alone"),
    ("core/ledger/store.py", "import core.topup.store", ONE_WAY),
    ("core/access/rights.py", "import core.topup.model", ONE_WAY),
    ("core/access/rights.py", "import core.holds.model", ONE_WAY),
    ("core/holds/service.py", "import core.topup.store", ONE_WAY),
    ("core/holds/service.py", "import core.arrivals.service", ONE_WAY),
    ("core/shortfalls/reckoning.py", "import core.holds.store", ONE_WAY),
    ("core/storage/transaction.py", "import core.ledger.model", ONE_WAY),
    ("core/notices/store.py", "import core.access.store", ONE_WAY),
    ("core/jobs/drain.py", "import core.app", ONE_WAY),
    ("core/topup/service.py", "import core.providers.wechat_pay", PORT),
    ("core/holds/store.py", "import core.providers.base", PORT),
    ("core/holds/model.py", "import core.holds.store", SUBJECT),
    ("core/errors.py", "import core.money", ONE_WAY),
    ("core/ledger/store.py", "import core.ledger.service", SUBJECT),
    ("core/topup/model.py", "import core.topup.store", SUBJECT),
    ("bot/conversations/kernel.py", "import aiogram", TALKS),
    ("bot/conversations/menu.py", "import core.storage.tables", TALKS),
    ("bot/conversations/top_up.py", "import core.providers.base", TALKS),
    ("bot/conversations/menu.py", "import core.ledger.store", "Conversations reach no store"),
    ("bot/conversations/menu.py", "import core.holds.store", "Conversations reach no store"),
    ("bot/telegram/sender.py", "import bot.app", STAND),
    ("core/ids.py", "import web.app", STAND),
    ("sandbox/trace.py", "import core.money", "The sandbox imports none of ours"),
    ("sandbox/trace.py", "import web.texts", "The sandbox imports none of ours"),
    ("web/texts.py", "import sandbox.trace", "The sandbox knows no edge, and no edge knows it"),
    (
        "core/clock.py",
        "import sandbox.trace",
        "The sandbox and the product do not know each other",
    ),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources and the rules, to be broken."""
    copied = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, copied / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", copied)
    return copied


def lint(tree: Path) -> tuple[int, str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--no-cache",
    ]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_rules_hold(tree: Path) -> None:
    code, output = lint(tree)

    assert code == 0, output


@pytest.mark.parametrize(("file", "line", "rule"), BREAKS)
def test_a_forbidden_import_is_caught(tree: Path, file: str, line: str, rule: str) -> None:
    path = tree / file
    kept = path.read_text("utf-8")
    path.write_text(f"{kept}\n{line}\n", "utf-8")
    try:
        code, output = lint(tree)
    finally:
        path.write_text(kept, "utf-8")

    assert code == 1, output
    assert f"{rule} BROKEN" in output


def test_every_rule_is_broken_once_here() -> None:
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    names = {item["name"] for item in settings["tool"]["importlinter"]["contracts"]}
    untested = {"No cycles in the core and the bot"}  # tested below with two files at once

    assert names - {rule for *_, rule in BREAKS} == untested


def test_a_cycle_is_caught(tree: Path) -> None:
    files = {
        "web/texts.py": "import web.pages",
        "web/pages.py": "import web.texts",
    }
    kept = {name: (tree / name).read_text("utf-8") for name in files}
    for name, line in files.items():
        (tree / name).write_text(f"{kept[name]}\n{line}\n", "utf-8")
    try:
        code, output = lint(tree)
    finally:
        for name, text in kept.items():
            (tree / name).write_text(text, "utf-8")

    assert code == 1, output
    assert "No cycles in the core and the bot BROKEN" in output
