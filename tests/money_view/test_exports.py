"""Files of the history: written, read back by other programs, equal to the ledger."""

import asyncio
import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from bot.exports.child import CUT_SHORT
from bot.exports.header import Header
from bot.exports.tables import guarded
from core.app import Core
from core.errors import NotAllowed
from core.ids import PersonId
from core.statements.model import ExportForm, Span
from tests.money_view.books import busy_month, credit
from tests.money_view.office import converted
from tests.money_view.sending import Outbox
from tests.people import ACCOUNT, FINANCE, MEMBER, VIEWER
from tests.play import START, PlayClock, PlayProvider
from tests.talk.talk import Talk
from tests.ways import Ways


@pytest.fixture
async def busy(
    core: Core, linked: dict[str, PersonId], clock: PlayClock, provider: PlayProvider
) -> None:
    await busy_month(core, clock, provider)
    await credit(core, 9_00, channel="code", reference="=1+1", kind="correction")


@pytest.fixture
def outbox(core: Core) -> Outbox:
    return Outbox(core)


async def made(
    outbox: Outbox, core: Core, form: ExportForm, span: Span | None = None, language: str = "zh_CN"
) -> bytes:
    """Ordered, made and sent."""
    await core.access.choose_language(FINANCE, language)
    await core.statements.order_export(FINANCE, ACCOUNT, form, span or Span(), key=f"{form}{span}")
    await outbox.settle()
    assert len(outbox.sent) == 1
    return outbox.sent[0].content


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "") or 0)


def adds_up(rows: list[list[str]]) -> Decimal:
    """Opening + entries, which has to be closing; returns it."""
    _names, opening, *entries, closing = rows
    for change, held in ((5, 7), (6, 8)):
        total = amount(opening[held]) + sum(amount(row[change]) for row in entries)
        assert total == amount(closing[held])
        assert amount(entries[-1][held]) == total
    return amount(closing[7])


async def balance(core: Core) -> Decimal:
    return Decimal((await core.ledger.balance(ACCOUNT)).available_fen) / 100


# --- each form ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("busy")
async def test_a_csv_adds_up_to_the_ledger(core: Core, outbox: Outbox) -> None:
    content = await made(outbox, core, ExportForm.CSV)
    rows = rows_of(content)

    assert content.startswith(b"\xef\xbb\xbf")
    assert adds_up(rows) == await balance(core)
    assert len(rows) == 11 + 3
    assert "在线充值" in rows[2]


async def test_online_banking_is_named_with_its_bank(ways: Ways) -> None:
    await ways.paid_online("CMB")

    rows = rows_of(await made(Outbox(ways.core), ways.core, ExportForm.CSV))

    assert [cell for row in rows for cell in row if "招商" in cell] == ["网银支付 · 招商银行"]


@pytest.mark.usefixtures("busy")
async def test_a_cell_that_could_be_a_formula_is_text(core: Core, outbox: Outbox) -> None:
    rows = rows_of(await made(outbox, core, ExportForm.CSV))

    assert [row[4] for row in rows if "1+1" in row[4]] == ["'=1+1"]


@pytest.mark.parametrize("sign", ["=1", "+1", "-1", "@x", "\tx", "\rx", "＝1"])
def test_every_sign_of_a_formula_is_guarded(sign: str) -> None:
    assert guarded(sign) == f"'{sign}"


def test_an_ordinary_text_stays_as_it_is() -> None:
    assert guarded("4200002026") == "4200002026"


@pytest.mark.usefixtures("busy")
async def test_a_workbook_adds_up_and_sums_by_channel(core: Core, outbox: Outbox) -> None:
    content = await made(outbox, core, ExportForm.XLSX)
    book = openpyxl.load_workbook(io.BytesIO(content))
    entries = [[str(v if v is not None else "") for v in row] for row in book["明细"].values]

    assert adds_up(entries) == await balance(core)
    sums = [row for row in book["汇总"].values if row[0] == "在线充值"]
    assert sums == [("在线充值", "微信支付", 2, 1088, 0, 1088)]
    assert any("=1+1" in row for row in entries)


@pytest.mark.usefixtures("busy")
async def test_libreoffice_counts_a_workbook_to_the_same_sums(
    core: Core, outbox: Outbox, tmp_path: Path
) -> None:
    content = await made(outbox, core, ExportForm.XLSX)

    entries = await asyncio.to_thread(converted, content, "book.xlsx", tmp_path, 2)
    assert adds_up([row[:9] for row in entries]) == await balance(core)
    sums = await asyncio.to_thread(converted, content, "book.xlsx", tmp_path, 1)
    difference = next(row for row in sums if row[0].startswith("期初 +"))
    assert [amount(text) for text in difference[1:3]] == [0, 0]


@pytest.mark.usefixtures("busy")
async def test_libreoffice_reads_a_csv_to_the_same_sums(
    core: Core, outbox: Outbox, tmp_path: Path
) -> None:
    content = await made(outbox, core, ExportForm.CSV)

    rows = await asyncio.to_thread(converted, content, "table.csv", tmp_path, 0)
    assert adds_up(rows) == await balance(core)


@pytest.mark.usefixtures("busy")
async def test_a_statement_shows_sums_receipts_and_entries_in_its_own_font(
    core: Core, outbox: Outbox
) -> None:
    reader = PdfReader(io.BytesIO(await made(outbox, core, ExportForm.PDF)))
    text = "\n".join(page.extract_text() for page in reader.pages).replace("\0", "")

    for words in ("云费用账户对账单", "星河科技", "充值凭据", "R20261122", "5,697.00", "期末"):
        assert words in text, words
    fonts = [page["/Resources"]["/Font"] for page in reader.pages]  # type: ignore[index]
    named = {str(font.get_object()["/BaseFont"]) for one in fonts for font in one.values()}
    assert all("+NotoSansSC" in name.replace("-", "").replace(" ", "") for name in named), named


@pytest.mark.usefixtures("busy")
async def test_a_pack_holds_statement_entries_decisions_and_their_checksums(
    core: Core, outbox: Outbox
) -> None:
    pack = zipfile.ZipFile(io.BytesIO(await made(outbox, core, ExportForm.PACK)))
    listed = dict(
        reversed(line.split("  ", 1)) for line in pack.read("SHA256SUMS").decode().splitlines()
    )

    assert set(listed) == set(pack.namelist()) - {"SHA256SUMS"}
    assert {name.rpartition(".")[2] for name in listed} == {"pdf", "xlsx", "csv"}
    for name, digest in listed.items():
        assert hashlib.sha256(pack.read(name)).hexdigest() == digest
    decided = rows_of(pack.read(next(name for name in listed if "decisions" in name)))
    actions = {row[2] for row in decided}
    assert {"payment.ordered", "payment.credited", "hold.captured", "export.ordered"} <= actions


@pytest.mark.usefixtures("busy")
async def test_a_span_in_the_middle_begins_and_ends_with_the_ledgers_balances(
    core: Core, outbox: Outbox
) -> None:
    span = Span(since=START + timedelta(minutes=30), until=START + timedelta(hours=4))
    rows = rows_of(await made(outbox, core, ExportForm.CSV, span))

    assert [amount(rows[1][7]), adds_up(rows)] == [Decimal(1000), Decimal(5600)]


@pytest.mark.usefixtures("busy")
async def test_an_empty_span_is_a_file_with_equal_ends(core: Core, outbox: Outbox) -> None:
    span = Span(since=START - timedelta(days=9), until=START - timedelta(days=8))
    for form in ExportForm:
        outbox.sent.clear()
        content = await made(outbox, core, form, span)
        if form is ExportForm.CSV:
            assert [row[7] for row in rows_of(content)[1:]] == ["0.00", "0.00"]


@pytest.mark.usefixtures("busy")
async def test_files_come_in_the_readers_language(core: Core, outbox: Outbox) -> None:
    rows = rows_of(await made(outbox, core, ExportForm.CSV, language="en"))

    assert rows[0][:3] == ["Recorded", "Occurred", "Kind"]
    assert "WeChat Pay" in rows[2]
    assert outbox.sent[0].caption.startswith("📤 Your file is ready")


# --- asking for one -----------------------------------------------------------------------------


@pytest.mark.usefixtures("busy")
async def test_the_chat_answers_at_once_and_the_file_comes_later(
    core: Core, outbox: Outbox
) -> None:
    talk = Talk(core, VIEWER)
    await talk.command("history")
    await talk.press("导出")
    await talk.press("本月")
    await talk.press("Excel")
    assert "正在生成" in talk.last
    assert outbox.sent == []

    await outbox.settle()

    assert [(file.chat_id, file.name[-5:]) for file in outbox.sent] == [(VIEWER, ".xlsx")]
    assert "2026年11月1日 至 2026年11月30日" in outbox.sent[0].caption


@pytest.mark.usefixtures("busy")
async def test_the_same_wish_heard_twice_is_one_file(core: Core, outbox: Outbox) -> None:
    for _ in range(2):
        await core.statements.order_export(FINANCE, ACCOUNT, ExportForm.CSV, Span(), key="same")
    await outbox.settle()

    assert len(outbox.sent) == 1


@pytest.mark.usefixtures("busy")
async def test_a_file_that_could_not_be_sent_is_made_again(
    core: Core, outbox: Outbox, clock: PlayClock
) -> None:
    await core.statements.order_export(FINANCE, ACCOUNT, ExportForm.CSV, Span(), key="k")
    outbox.fails = 1
    await outbox.settle()
    assert outbox.sent == []

    clock.forward(minutes=1)
    await outbox.settle()
    assert len(outbox.sent) == 1


async def test_who_may_not_see_money_orders_no_file(
    core: Core, linked: dict[str, PersonId]
) -> None:
    with pytest.raises(NotAllowed):
        await core.statements.order_export(MEMBER, ACCOUNT, ExportForm.CSV, Span(), key="k")


@pytest.mark.usefixtures("busy")
async def test_who_was_removed_meanwhile_gets_no_file(core: Core, outbox: Outbox) -> None:
    await core.statements.order_export(FINANCE, ACCOUNT, ExportForm.CSV, Span(), key="k")
    member = next(m for m in await core.access.members(ACCOUNT) if m.person_id == FINANCE)
    await core.access.remove_member(ACCOUNT, member.member_id)

    await outbox.settle()

    assert outbox.sent == []


# --- the writer ---------------------------------------------------------------------------------


def header(**changes: object) -> Header:
    texts = {name: name for name in TEXTS}
    facts: dict[str, object] = {
        "form": "csv", "name": "n", "texts": texts, "account": "a", "account_id": "1",
        "span": "s", "made": "m", "opening": {"available": 0, "frozen": 0},
        "closing": {"available": 100, "frozen": 0}, "sums": [], "count": 1, "credit_kinds": [],
    }  # fmt: skip
    return Header(**{**facts, **changes})  # type: ignore[arg-type]


TEXTS = (
    "recorded", "occurred", "kind", "channel", "reference", "available_change", "frozen_change",
    "available", "frozen", "opening", "closing",
)  # fmt: skip
ENTRY = json.dumps(["entry", "t", "t", "k", "c", "r", 100, 0]) + "\n"
END = '["end"]\n'


def write(lines: str, path: Path) -> int:
    command = [sys.executable, "-m", "bot.exports.child", str(path)]
    return subprocess.run(
        command, check=False, input=lines.encode(), capture_output=True
    ).returncode


def test_rows_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    head = f"{header().line()}\n"

    assert write(head + ENTRY + END, tmp_path / "good.csv") == 0
    assert write(head + END, tmp_path / "few.csv") == 1
    assert write(head + ENTRY + ENTRY + END, tmp_path / "many.csv") == 1


def test_lines_without_their_end_are_refused(tmp_path: Path) -> None:
    assert write(f"{header().line()}\n{ENTRY}", tmp_path / "cut.csv") == CUT_SHORT


# As `python -m bot.exports.child`, which tells at its end what it held at most.
TELLING = """
import re, sys
from pathlib import Path
from bot.exports.child import main
main(Path(sys.argv[1]))
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def peak_mb(count: int, path: Path) -> float:
    """The most memory that the writer of so many entries ever held (its VmHWM)."""
    closing = {"available": 100 * count, "frozen": 0}
    names = ("sheet_sums", "sheet_entries", "difference", "account", "span", "made")
    more = ("kind", "channel", "count", "in", "out", "net")
    texts = {name: name for name in (*TEXTS, *names, *more)}
    head = header(form="xlsx", closing=closing, count=count, texts=texts)
    rows = (ENTRY.replace('"r"', f'"{number:028d}"') for number in range(count))
    lines = f"{head.line()}\n{''.join(rows)}{END}"
    told = subprocess.run(
        [sys.executable, "-c", TELLING, str(path)],
        check=True,
        input=lines.encode(),
        capture_output=True,
    )
    return int(told.stdout) / 1024


def test_a_long_export_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    short, long = (peak_mb(count, tmp_path / f"{count}.xlsx") for count in (500, 20_000))

    assert long < 60
    assert long - short < 8
