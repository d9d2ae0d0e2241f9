"""Statements of every form say the same, and a file that is none is refused."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.banklines.formats.cells import day_of, fen_of
from core.banklines.formats.columns import lines_of, propose, table_of
from core.banklines.formats.kinds import (
    LARGEST_BYTES,
    MOST_LINES,
    MOST_ROWS,
    StatementKind,
    kind_of,
)
from core.banklines.model import Columns, Read, StatementLine, Table
from core.banklines.service import BankLines
from core.clock import SystemClock
from core.errors import StatementRefused
from tests.banklines.statements import (
    FIRST,
    MAKERS,
    Paid,
    camt053,
    commercial_bank,
    english,
    many,
    merchants_bank,
    mt940,
    sheet,
)

Maker = Callable[[Sequence[Paid]], bytes]
REFERENCE = "R7K3M9QZ2F"


@pytest.fixture
def banklines() -> BankLines:
    """Reading needs no database."""
    return BankLines(None, SystemClock())  # type: ignore[arg-type]


async def lines(banklines: BankLines, data: bytes) -> Read:
    found = await banklines.read(data)
    if isinstance(found, Table):
        assert found.proposed is not None
        return lines_of(found, found.proposed)
    return found


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
async def test_every_form_says_the_same(banklines: BankLines, maker: Maker) -> None:
    paid = [
        Paid(remark=f"云服务费+开发者账号(100001){REFERENCE}"),
        Paid(fen=1, number="C2", payer="北方 (天津) 有限公司", day=FIRST.replace(day=25)),
        Paid(fen=999_999_999_99, number="C3", remark=""),
        Paid(fen=8_00, number="C4", out=True, remark="手续费"),
    ]
    found = await lines(banklines, maker(paid))

    assert (found.outgoing, found.foreign, found.unreadable) == (1, 0, 0)
    assert [line.amount_fen for line in found.lines] == [123_450, 1, 999_999_999_99]
    assert [line.booked_on for line in found.lines] == [item.day for item in paid[:3]]
    assert [line.bank_id for line in found.lines] == [item.number for item in paid[:3]]
    assert [line.payer_name for line in found.lines] == [item.payer for item in paid[:3]]
    assert [line.payer_account for line in found.lines] == ["6225880212345678"] * 3
    assert REFERENCE in found.lines[0].remark
    assert "云服务费+开发者账号(100001)" in found.lines[0].remark


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
async def test_a_long_statement_is_read_whole(banklines: BankLines, maker: Maker) -> None:
    paid = many(3000)
    found = await lines(banklines, maker(paid))

    assert [line.amount_fen for line in found.lines] == [item.fen for item in paid]


async def test_lines_of_another_currency_are_left_out_and_counted(banklines: BankLines) -> None:
    found = await lines(banklines, camt053([Paid(), Paid(number="2")], currency="USD"))

    assert (found.lines, found.foreign) == ((), 2)


async def test_lines_that_are_not_booked_yet_are_left_out(banklines: BankLines) -> None:
    data = camt053([Paid(), Paid(number="2")]).replace(b"BOOK", b"PDNG", 1)

    assert [line.bank_id for line in (await lines(banklines, data)).lines] == ["2"]


async def test_a_heading_nobody_knows_is_asked_about(banklines: BankLines) -> None:
    data = "甲;乙;丙\n2026-11-24;1.00;远山\n".encode()
    found = await banklines.read(data)
    assert isinstance(found, Table)
    assert (found.heading, found.proposed) == (("甲", "乙", "丙"), None)
    read = lines_of(found, Columns(booked_on="甲", amount="乙", payer_name="丙"))

    assert [(line.amount_fen, line.payer_name) for line in read.lines] == [(100, "远山")]


def test_columns_are_proposed_by_their_usual_names() -> None:
    assert propose(
        ["记账日期", "贷方发生额（元）", "借方发生额（元）", "对方户名", "附言", "摘要"]
    ) == Columns(
        booked_on="记账日期",
        credit="贷方发生额（元）",
        payer_name="对方户名",
        remarks=("附言", "摘要"),
    )
    assert propose(["Transaction Date", "Amount", "Dr/Cr", "Payer Name"]) == Columns(
        booked_on="Transaction Date", amount="Amount", direction="Dr/Cr", payer_name="Payer Name"
    )
    assert propose(["Date", "Payer"]) is None


def test_a_row_that_lacks_its_day_or_its_amount_is_counted() -> None:
    table = table_of(
        [
            ["日期", "贷方金额", "附言"],
            ["2026-11-24", "1.00", "good"],
            ["2026-11-24", "1.005", "a fraction of a fen"],
            ["2026-02-30", "1.00", "no such day"],
            ["", "", "a note of the bank"],
            ["2026-11-24", "", "went out"],
        ]
    )
    assert table.proposed is not None
    read = lines_of(table, table.proposed)

    assert (len(read.lines), read.unreadable, read.outgoing) == (1, 2, 1)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1", 100),
        ("1,234.50", 123_450),
        ("¥1,234.50", 123_450),
        ("+12.00", 1200),
        ("-12.3", -1230),
        ("１２.５０", 1250),
        ('="12.50"', 1250),
        ("12.50元", 1250),
        ("0.1", 10),
        ("12.500", 1250),
        ("12.505", None),
        ("1,23", None),
        ("1e5", None),
        ("", None),
        ("abc", None),
        ("9" * 30, None),
        ("NaN", None),
        ("--1", None),
    ],
)
def test_amounts_are_read_to_the_fen(text: str, fen: int | None) -> None:
    assert fen_of(text) == fen


@pytest.mark.parametrize(
    "text",
    ["2026-11-24", "20261124", "2026/11/24", "2026年11月24日", "2026-11-24 10:20:30",
     "20261124 10:20", "20261124102030", "2026-11-24T00:00:00", "2026.11.24", "\t20261124"],
)  # fmt: skip
def test_days_are_read_in_every_spelling(text: str) -> None:
    assert day_of(text) == date(2026, 11, 24)


@pytest.mark.parametrize("text", ["", "24.11.2026", "2026-13-01", "2026-02-30", "yesterday"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_of(text) is None


@settings(deadline=None)
@given(st.integers(1, 10**13))
def test_an_amount_comes_back_from_its_print(fen: int) -> None:
    assert fen_of(f"{fen // 100:,}.{fen % 100:02d}") == fen
    assert fen_of(f"{fen // 100}.{fen % 100:02d}") == fen


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_an_amount_or_a_day_or_none(text: str) -> None:
    fen_of(text)
    day_of(text)


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return made.getvalue()


def swollen() -> bytes:
    """A workbook whose sheet is a gigabyte of zeros in a megabyte."""
    good = zipfile.ZipFile(io.BytesIO(sheet([Paid()])))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in good.namelist():
            data = good.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b"<sheetData>", b"<sheetData>" + b" " * 400_000_000)
            archive.writestr(name, data)
    return made.getvalue()


def far_cell() -> bytes:
    """A workbook with two cells at the far corners."""
    good = zipfile.ZipFile(io.BytesIO(sheet([Paid()])))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in good.namelist():
            data = good.read(name)
            if name.endswith("sheet1.xml"):
                row = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                data = data.replace(b"</sheetData>", row)
            archive.writestr(name, data)
    return made.getvalue()


LAUGHS = "<!DOCTYPE z [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
OUTSIDE = "<!DOCTYPE z [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
HOSTILE: dict[str, tuple[bytes, set[str]]] = {
    "nothing": (b"", {"empty"}),
    "blanks": (b" \r\n \n", {"empty"}),
    "too big": (b"a" * (LARGEST_BYTES + 1), {"too_big"}),
    "pdf": (b"%PDF-1.7 ...", {"kind"}),
    "picture": (b"\x89PNG\r\n\x1a\n", {"kind"}),
    "page": (b"<html><body>1</body></html>", {"kind"}),
    "zeros": (bytes(5000), {"kind"}),
    "no text": (b"\xff\xff\xfe\xfa\x00" * 50, {"kind"}),
    "not a workbook": (zipped(a=b"x"), {"damaged"}),
    "letter": (zipped(word__document_xml=b"<w/>"), {"damaged"}),
    "cut workbook": (sheet([Paid()])[:3000], {"damaged"}),
    "swollen workbook": (swollen(), {"overrun", "damaged", "too_many"}),
    "far cell": (far_cell(), {"too_many", "overrun"}),
    "old workbook": (b"\xd0\xcf\x11\xe0" + bytes(4000), {"damaged"}),
    "laughs": (camt053([Paid(remark="&b;")], head=LAUGHS), {"damaged"}),
    "outside": (camt053([Paid(remark="&a;")], head=OUTSIDE), {"damaged"}),
    "cut xml": (camt053([Paid()])[:400], {"damaged"}),
    "deep xml": (b"<Document>" + b"<a>" * 300_000, {"damaged", "overrun"}),
    "other xml": (b"<Document><Unknown/></Document>", {"damaged"}),
    "too many entries": (camt053([Paid()] * (MOST_LINES + 1)), {"too_many"}),
    "too many rows": (merchants_bank([Paid()] * (MOST_ROWS + 1)), {"too_many"}),
    "too many marks": (mt940([Paid()] * (MOST_LINES + 1)), {"too_many"}),
    "broken mt940": (mt940([Paid()]).replace(b":61:26", b":61:xx"), {"damaged"}),
}


@pytest.mark.parametrize(("data", "reasons"), HOSTILE.values(), ids=HOSTILE)
async def test_a_file_that_is_no_statement_is_refused(
    banklines: BankLines, data: bytes, reasons: set[str]
) -> None:
    with pytest.raises(StatementRefused) as refused:
        await banklines.read(data)

    assert refused.value.reason in reasons


@pytest.mark.parametrize(
    "data",
    [
        b'"' * 1_000_000,
        b"," * 1_000_000,
        b"a,b\n" + b"x" * 2_000_000,
        "日期,金额\n".encode() + b'"2026-11-24\n' * 5000,
        b":20:x\n:60F:C261122CNY0,00\n" + b":86:" + b"x" * 1_000_000,
        b":20:x\n:60F:C261122CNY0,00\n:61:2611241124C1,00NTRF\n:86:" + b"/A" * 200_000,
    ],
    ids=range(6),
)
async def test_odd_texts_are_read_or_refused(banklines: BankLines, data: bytes) -> None:
    try:
        outcome: object = await banklines.read(data)
    except StatementRefused as refused:
        outcome = refused.reason

    assert isinstance(outcome, Read | Table) or outcome in {"damaged", "overrun", "too_many"}


def test_a_kind_is_known_by_its_content() -> None:
    assert kind_of(sheet([Paid()])) is StatementKind.SHEET
    assert kind_of(mt940([Paid()])) is StatementKind.MT940
    assert kind_of(camt053([Paid()])) is StatementKind.CAMT053
    for maker in (merchants_bank, commercial_bank, english):
        assert kind_of(maker([Paid()])) is StatementKind.TEXT_TABLE
    assert kind_of("日期,金额".encode("utf-16")) is StatementKind.TEXT_TABLE


def test_texts_are_kept_within_their_columns() -> None:
    heading = ["日期", "贷方金额", "对方户名", "附言", "流水号"]
    table = table_of([heading, ["2026-11-24", "1", *["长" * 900] * 3]])
    assert table.proposed is not None
    line: StatementLine = lines_of(table, table.proposed).lines[0]

    assert (len(line.payer_name), len(line.remark), len(line.bank_id)) == (200, 500, 100)
