"""WeChat Pay's daily trade bill: a CSV with its own quoting, read into typed rows."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType

from core.channels import Channel
from core.errors import ForgedMessage
from core.providers.base import BillRow, Outcome, RefundReport, RefundState, Report, Source
from core.providers.tick_bill import due_fee_fen

BEIJING = timezone(timedelta(hours=8))
_YUAN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_LINE_END = re.compile(r"\r?\n")
_SUMMARY = "总交易单数"
_NEEDED = frozenset({"交易时间", "微信订单号", "商户订单号", "交易状态", "手续费", "订单金额"})
_REFUND_STATES: Mapping[str, RefundState] = MappingProxyType(
    {
        "PROCESSING": RefundState.PROCESSING,
        "SUCCESS": RefundState.DONE,
        "FAIL": RefundState.ABNORMAL,
        "CHANGE": RefundState.ABNORMAL,
        "ABNORMAL": RefundState.ABNORMAL,
        "CLOSED": RefundState.CLOSED,
    }
)


def check_hash(bill: bytes, *, kind: str, expected: str) -> None:
    """The file itself is unsigned; its hash came in a signed answer."""
    if kind != "SHA1":
        raise ForgedMessage("hash_type of a bill must be SHA1")
    # WeChat offers no other algorithm here; it guards against damage, TLS against forgery.
    found = hashlib.sha1(bill, usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(found.encode(), expected.lower().encode()):
        raise ForgedMessage("the bill does not have the hash that was announced")


def read_bill(bill: bytes) -> tuple[BillRow, ...]:
    """Every line up to the summary, whose count must equal the lines read."""
    try:
        lines = _LINE_END.split(bill.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise ForgedMessage("a bill must be UTF-8") from fault
    headings = lines[0].split(",")
    if not set(headings) >= _NEEDED:
        raise ForgedMessage(f"a bill's first line must name {'、'.join(sorted(_NEEDED))}")
    rows: list[BillRow] = []
    for number, line in enumerate(lines[1:], start=1):
        if line.startswith(_SUMMARY):
            _check_count(lines[number + 1 :], len(rows))
            return tuple(rows)
        rows.append(_row(dict(zip(headings, _cells(line, len(headings)), strict=True))))
    raise ForgedMessage("a bill must end with its summary")


def _cells(line: str, count: int) -> list[str]:
    """Values start with a back-tick; a comma inside a product's name has none behind it."""
    cells = line.removeprefix("`").split(",`")
    if not line.startswith("`") or len(cells) != count:
        raise ForgedMessage(f"a bill's line must hold {count} values that start with a back-tick")
    return [cell.strip() for cell in cells]


def _check_count(lines: list[str], count: int) -> None:
    stated = lines[0].split(",")[0].strip("` ") if lines else ""
    if stated != str(count):
        raise ForgedMessage(f"the bill's summary must count the {count} lines above it")


def _row(cell: Mapping[str, str]) -> BillRow:
    state = cell["交易状态"]
    if state == "SUCCESS":
        report: Report | RefundReport = _payment(cell)
    elif state in ("REFUND", "REVOKED"):
        report = _refund(cell)
    else:
        raise ForgedMessage("交易状态 of a bill must be SUCCESS, REFUND or REVOKED")
    return BillRow(
        report=report,
        order_no=cell["商户订单号"],
        fee_fen=_fen(cell["手续费"]),
        due_fee_fen=_due_fee_fen(cell, is_payment=isinstance(report, Report)),
        trade_no=cell["微信订单号"],
    )


def _due_fee_fen(cell: Mapping[str, str], *, is_payment: bool) -> int | None:
    """A remark beside the rate says that another one was agreed: then none is known."""
    rate = "" if cell.get("费率备注") else cell.get("费率", "")
    base_fen = _fen(cell.get("应结订单金额" if is_payment else "退款金额") or "0")
    due = due_fee_fen(base_fen, rate)
    return due if due is None or is_payment else -due


def _payment(cell: Mapping[str, str]) -> Report:
    return Report(
        channel=Channel.WECHAT,
        source=Source.BILL,
        event_id=f"{Source.BILL}:{cell['微信订单号']}",
        order_no=cell["商户订单号"],
        outcome=Outcome.PAID,
        merchant=cell.get("商户号", ""),
        app=cell.get("公众账号ID", ""),
        trade_no=cell["微信订单号"],
        amount_fen=_fen(cell["订单金额"]),
        currency=cell.get("货币种类"),
        occurred_at=_moment(cell["交易时间"]),
    )


def _refund(cell: Mapping[str, str]) -> RefundReport:
    state = _REFUND_STATES.get(cell.get("退款状态", ""))
    if state is None:
        raise ForgedMessage(f"退款状态 of a bill must be one of {', '.join(_REFUND_STATES)}")
    return RefundReport(
        channel=Channel.WECHAT,
        refund_no=cell.get("商户退款单号", ""),
        provider_refund_no=cell.get("微信退款单号", ""),
        state=state,
        refund_fen=_fen(cell.get("申请退款金额", "")),
    )


def _fen(yuan: str) -> int:
    if not _YUAN.fullmatch(yuan):
        raise ForgedMessage("an amount of a bill must be yuan in digits")
    fen = Decimal(yuan) * 100
    if fen != fen.to_integral_value():
        raise ForgedMessage("an amount of a bill must be whole fen")
    return int(fen)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise ForgedMessage("交易时间 of a bill must be YYYY-MM-DD HH:MM:SS") from fault
