"""Statements as banks export them, made in the test."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from openpyxl import Workbook

ACCOUNT = "110907316810601"
FIRST = date(2026, 11, 23)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A line of the bank's, whatever form it then takes."""

    fen: int = 123_450
    payer: str = "远山网络有限公司"
    account: str = "6225880212345678"
    remark: str = "云服务费"
    number: str = "C202611240001"
    day: date = FIRST
    out: bool = False

    @property
    def yuan(self) -> str:
        return f"{self.fen // 100:,}.{self.fen % 100:02d}"

    @property
    def bare(self) -> str:
        return f"{self.fen // 100}.{self.fen % 100:02d}"


def merchants_bank(lines: Sequence[Paid]) -> bytes:
    """招商银行: GBK, a title and the account before the heading, both ways in columns."""
    rows = [
        "# 招商银行交易记录",
        f"账号,{ACCOUNT},币种,人民币",
        "起始日期,20261101,终止日期,20261130",
        "",
        "交易日,交易时间,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,收(付)方名称,收(付)方账号",
    ]
    for line in lines:
        debit, credit = (f'"{line.yuan}"', "") if line.out else ("", f'"{line.yuan}"')
        rows.append(
            f'{line.day:%Y%m%d},10:20:30,{line.day:%Y%m%d},转账,{debit},{credit},"9,999.00",'
            f"{line.remark},{line.number}\t,{line.payer},{line.account}\t"
        )
    rows += ["", f"合计,,,,,{sum(item.fen for item in lines) / 100:.2f}"]
    return "\r\n".join(rows).encode("gbk")


def commercial_bank(lines: Sequence[Paid]) -> bytes:
    """工商银行: GBK, one amount and a word for its way, guards against the spreadsheet."""
    rows = ["凭证号,对方账号,交易时间,借/贷,发生额(元),余额(元),用途,对方单位名称,交易流水号"]
    rows += [
        f'="00000000",="{line.account}",{line.day:%Y-%m-%d} 10:20:30,'
        f'{"借" if line.out else "贷"},"{line.yuan}",1.00,{line.remark},{line.payer},'
        f'="{line.number}"'
        for line in lines
    ]
    return "\r\n".join(rows).encode("gbk")


def english(lines: Sequence[Paid]) -> bytes:
    """UTF-8 with a mark, semicolons, outgoing amounts below zero."""
    rows = ["Date;Description;Counterparty;Counterparty account;Amount;Reference"]
    rows += [
        f"{line.day.isoformat()};{line.remark};{line.payer};{line.account};"
        f"{'-' if line.out else ''}{line.bare};{line.number}"
        for line in lines
    ]
    return "\n".join(rows).encode("utf-8-sig")


def sheet(lines: Sequence[Paid]) -> bytes:
    """XLSX with true dates and true numbers."""
    book = Workbook()
    page = book.active
    page.append(["企业网银对账单"])
    page.append(["交易日期", "收入金额", "支出金额", "对方户名", "对方账号", "附言", "交易流水号"])
    for line in lines:
        amount = line.fen / 100
        ways = (None, amount) if line.out else (amount, None)
        page.append([line.day, *ways, line.payer, line.account, line.remark, line.number])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def mt940(lines: Sequence[Paid], *, account: str = ACCOUNT) -> bytes:
    rows = [":20:STMT1", f":25:{account}", ":28C:00001/001", ":60F:C261122CNY0,00"]
    for line in lines:
        way = "D" if line.out else "C"
        amount = line.bare.replace(".", ",")
        rows.append(f":61:{line.day:%y%m%d}{line.day:%m%d}{way}{amount}NTRFNONREF//{line.number}")
        rows.append(f":86:/ORDP/{line.payer}/ACCT/{line.account}/REMI/{line.remark}")
    rows.append(":62F:C261130CNY9999,00")
    return "\r\n".join(rows).encode()


def camt053(
    lines: Sequence[Paid], *, account: str = ACCOUNT, currency: str = "CNY", head: str = ""
) -> bytes:
    entries = "".join(
        f"<Ntry><Amt Ccy='{currency}'>{line.bare}</Amt>"
        f"<CdtDbtInd>{'DBIT' if line.out else 'CRDT'}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{line.day.isoformat()}</Dt></BookgDt>"
        f"<AcctSvcrRef>{line.number}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>"
        f"<Dbtr><Nm>{line.payer}</Nm></Dbtr>"
        f"<DbtrAcct><Id><Othr><Id>{line.account}</Id></Othr></Id></DbtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>{line.remark}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for line in lines
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>{head}"
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'><BkToCstmrStmt>"
        "<GrpHdr><MsgId>1</MsgId><CreDtTm>2026-11-24T00:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>1</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>{entries}</Stmt>"
        "</BkToCstmrStmt></Document>"
    ).encode()


MAKERS = {
    "merchants": merchants_bank,
    "commercial": commercial_bank,
    "english": english,
    "sheet": sheet,
    "mt940": mt940,
    "camt053": camt053,
}


def many(count: int) -> list[Paid]:
    return [
        Paid(fen=100_00 + number, number=f"N{number:08d}", day=FIRST + timedelta(days=number % 5))
        for number in range(count)
    ]
