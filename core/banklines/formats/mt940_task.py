"""Confined task: an MT940 statement becomes lines."""

import re
from collections.abc import Mapping
from typing import Any

import mt940

from core.banklines.formats.kinds import LONGEST_CELL, MOST_LINES, StatementReason, decoded
from core.confined.declined import Declined
from core.confined.preload import preload

INCOMING = ("C", "RD")
NO_REFERENCE = ("NONREF", "")
_PAYER = re.compile(r"/(?:ORDP|BENM|NAME|ONAME)/(?:/?NAME/)?([^/]+)")
_ACCOUNT = re.compile(r"/(?:ACCT|OACCT|IBAN)/([^/]+)")

preload("mt940")


def answer(_facts: Mapping[str, object], data: bytes) -> tuple[Mapping[str, object], bytes]:
    text = decoded(data) or ""
    if text.count(":61:") > MOST_LINES:
        raise Declined(StatementReason.TOO_MANY)
    statement = mt940.parse(text)
    lines = [_line(item.data) for item in statement if "amount" in item.data]
    account = str(statement.data.get("account_identification", ""))
    return {"account": account, "lines": lines}, b""


def _line(found: Mapping[str, Any]) -> dict[str, str]:
    told = found.get("customer_reference") or ""
    said = " ".join(
        str(found.get(name) or "") for name in ("transaction_details", "extra_details", "purpose")
    )
    remark = f"{said} {told}" if told not in NO_REFERENCE else said
    return {
        "day": found["date"].isoformat(),
        "amount": f"{abs(found['amount'].amount):f}",
        "currency": str(found["amount"].currency or ""),
        "incoming": "yes" if found.get("status") in INCOMING else "",
        "payer": _first(found.get("applicant_name"), _PAYER, said),
        "payer_account": _first(found.get("applicant_iban"), _ACCOUNT, said),
        "remark": " ".join(remark.split())[:LONGEST_CELL],
        "bank_id": str(found.get("bank_reference") or "")[:LONGEST_CELL],
    }


def _first(known: object, pattern: re.Pattern[str], text: str) -> str:
    if known:
        return str(known)[:LONGEST_CELL]
    match = pattern.search(text)
    return "" if match is None else match[1].strip()[:LONGEST_CELL]
