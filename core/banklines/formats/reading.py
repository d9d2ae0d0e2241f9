"""From a bank's file to its lines, or to a table whose columns somebody has to name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.banklines.formats.cells import day_of, fen_of, plain
from core.banklines.model import Read, StatementLine

OURS = frozenset({"", "CNY", "RMB", "156", "人民币"})
LONGEST_NAME, LONGEST_ACCOUNT, LONGEST_REMARK, LONGEST_ID = 200, 64, 500, 100


@dataclass(slots=True)
class Gathered:
    """Lines as they are gathered, and counts of what was left out."""

    lines: list[StatementLine] = field(default_factory=list)
    outgoing: int = 0
    foreign: int = 0
    unreadable: int = 0

    def add(self, line: StatementLine) -> None:
        self.lines.append(
            StatementLine(
                booked_on=line.booked_on,
                amount_fen=line.amount_fen,
                payer_name=line.payer_name[:LONGEST_NAME],
                payer_account=line.payer_account[:LONGEST_ACCOUNT],
                remark=line.remark[:LONGEST_REMARK],
                bank_id=line.bank_id[:LONGEST_ID],
            )
        )

    def read(self, account: str) -> Read:
        return Read(
            account=account,
            lines=tuple(self.lines),
            outgoing=self.outgoing,
            foreign=self.foreign,
            unreadable=self.unreadable,
        )


def read_told(found: Mapping[str, Any]) -> Read:
    """Lines from what a confined task found in a file whose fields have names."""
    gathered = Gathered()
    for told in found["lines"]:
        day, fen = day_of(told["day"]), fen_of(told["amount"])
        if not told["incoming"]:
            gathered.outgoing += 1
        elif told["currency"] not in OURS:
            gathered.foreign += 1
        elif day is None or fen is None or fen <= 0:
            gathered.unreadable += 1
        else:
            gathered.add(
                StatementLine(
                    booked_on=day,
                    amount_fen=fen,
                    payer_name=plain(told["payer"]),
                    payer_account=plain(told["payer_account"]),
                    remark=plain(told["remark"]),
                    bank_id=plain(told["bank_id"]),
                )
            )
    return gathered.read(found["account"])
