"""From a table to lines: which column is what, and each row's day, amount and payer."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from core.banklines.formats.cells import day_of, fen_of, plain
from core.banklines.formats.reading import Gathered
from core.banklines.model import Columns, Read, StatementLine, Table

HEADING_WITHIN = 40  # rows before a heading: the account, the period, a title
SAMPLES = 3
INCOMING: Final = frozenset({"贷", "收", "收入", "转入", "入账", "c", "cr", "credit", "in", "+"})
OUTGOING: Final = frozenset({"借", "支", "付", "支出", "转出", "d", "dr", "debit", "out", "-"})

_NAMES: Mapping[str, tuple[str, ...]] = {
    "booked_on": (
        "交易日期", "记账日期", "入账日期", "交易日", "交易时间", "记账时间", "日期",
        "bookingdate", "transactiondate", "postingdate", "valuedate", "date",
    ),
    "credit": (
        "贷方金额", "贷方发生额", "贷方发生额收入", "收入金额", "转入金额", "存入金额", "贷方",
        "收入", "creditamount", "credit", "deposit", "moneyin",
    ),
    "amount": ("交易金额", "发生额", "金额", "transactionamount", "amount"),
    "direction": (
        "借贷标志", "借贷标识", "借贷方向", "收付标志", "收支标志", "收支类型", "借贷", "收支",
        "drcr", "crdr", "direction",
    ),
    "payer_name": (
        "对方户名", "对方账户名称", "对方名称", "对方单位名称", "对方单位", "付款人名称",
        "付款人户名", "付款方户名", "付款方名称", "付款人", "收付方名称", "收付方户名",
        "payername", "payer", "counterpartyname", "counterparty", "accountname",
    ),
    "payer_account": (
        "对方账号", "对方账户", "对方帐号", "付款人账号", "付款方账号", "收付方账号",
        "payeraccount", "counterpartyaccount", "accountnumber",
    ),
    "remarks": (
        "附言", "用途", "摘要", "交易摘要", "交易附言", "备注", "客户附言", "个性化信息",
        "remark", "remarks", "description", "purpose", "narrative", "memo", "details",
    ),
    "bank_id": (
        "交易流水号", "流水号", "交易流水", "银行流水号", "企业流水号", "业务参考号", "参考号",
        "transactionid", "serialno", "serialnumber", "bankreference", "reference",
    ),
}  # fmt: skip


def table_of(rows: Sequence[Sequence[str]]) -> Table:
    """The table under its heading: the first row in which a day and an amount have a column."""
    for number, row in enumerate(rows[:HEADING_WITHIN]):
        heading = tuple(plain(cell) for cell in row)
        if (proposed := propose(heading)) is not None:
            return _table(heading, rows[number + 1 :], proposed)
    widest = max(rows, key=len, default=())
    start = list(rows).index(widest) if rows else 0
    return _table(tuple(plain(cell) for cell in widest), rows[start + 1 :], None)


def _table(
    heading: tuple[str, ...], rows: Sequence[Sequence[str]], proposed: Columns | None
) -> Table:
    return Table(heading=heading, rows=tuple(tuple(row) for row in rows), proposed=proposed)


def propose(heading: Sequence[str]) -> Columns | None:
    """Columns by their usual names in Chinese and English; None without a day and an amount."""
    known = {_folded(name): name for name in reversed(heading) if name}
    found = {
        field: [known[name] for name in names if name in known] for field, names in _NAMES.items()
    }
    first = {field: names[0] if names else "" for field, names in found.items()}
    if not first["booked_on"] or not (first["credit"] or first["amount"]):
        return None
    return Columns(
        booked_on=first["booked_on"],
        credit=first["credit"],
        amount="" if first["credit"] else first["amount"],
        direction="" if first["credit"] else first["direction"],
        payer_name=first["payer_name"],
        payer_account=first["payer_account"],
        remarks=tuple(found["remarks"]),
        bank_id=first["bank_id"],
    )


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    for unit in ("(元)", "(rmb)", "(cny)", "(人民币)"):
        text = text.replace(unit, "")
    return "".join(symbol for symbol in text if symbol.isalnum())


def fits(columns: Columns, heading: Sequence[str]) -> bool:
    """Whether every column that was named is there."""
    named = [
        columns.booked_on, columns.credit, columns.amount, columns.direction,
        columns.payer_name, columns.payer_account, columns.bank_id, *columns.remarks,
    ]  # fmt: skip
    complete = bool(columns.booked_on and (columns.credit or columns.amount))
    return complete and all(name in heading for name in named if name)


def lines_of(table: Table, columns: Columns) -> Read:
    """Incoming lines; rows without a day, such as totals, are passed over."""
    gathered = Gathered()
    places = {name: place for place, name in reversed(list(enumerate(table.heading)))}
    for row in table.rows:
        _Row(row, places, columns).tell(gathered)
    return gathered.read("")


class _Row:
    """One row under its heading."""

    def __init__(self, row: Sequence[str], places: Mapping[str, int], columns: Columns) -> None:
        self._row = row
        self._places = places
        self._columns = columns

    def cell(self, name: str) -> str:
        place = self._places.get(name) if name else None
        return "" if place is None or place >= len(self._row) else plain(self._row[place])

    def tell(self, gathered: Gathered) -> None:
        columns = self._columns
        when = self.cell(columns.booked_on)
        day, fen = day_of(when), self._incoming_fen()
        if not any(symbol.isdigit() for symbol in when):
            return  # a total or a note, not a line
        if day is None or fen is None:
            gathered.unreadable += 1
        elif fen <= 0:
            gathered.outgoing += 1
        else:
            remark = " ".join(filter(None, (self.cell(name) for name in columns.remarks)))
            gathered.add(
                StatementLine(
                    booked_on=day,
                    amount_fen=fen,
                    payer_name=self.cell(columns.payer_name),
                    payer_account=self.cell(columns.payer_account),
                    remark=remark,
                    bank_id=self.cell(columns.bank_id),
                )
            )

    def _incoming_fen(self) -> int | None:
        """Above zero: came in. Zero or below: went out. None: no amount."""
        columns = self._columns
        if columns.credit:
            text = self.cell(columns.credit)
            return 0 if text in ("", "-", "--") else fen_of(text)
        fen = fen_of(self.cell(columns.amount))
        word = self.cell(columns.direction).casefold().removesuffix("方")
        if fen is None or not columns.direction:
            return fen
        if word in INCOMING:
            return fen
        return -abs(fen) if word in OUTGOING else None
