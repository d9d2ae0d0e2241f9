"""What Tenpay's stand-in can do wrong beyond what the whole house can."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sandbox.tenpay.house.faults import Faults
from sandbox.tenpay.house.forging import ODD_CONTENTS
from sandbox.tenpay.house.refunds import Outcomes

OUTCOMES = Outcomes(
    by_name={
        "SUCCESS": "4",
        "FAIL": "3",
        "PROCESSING": "9",
        "CHANGE": "7",
        "UNDETERMINED": "1",
        "CLOSED": "3",
        "ABNORMAL": "7",
        **{str(number): str(number) for number in range(1, 12)},
    },
    failed=frozenset({"3", "5", "6"}),
    again=frozenset({"1", "2", "3", "5", "6"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenpayFaults(Faults):
    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "refund_outcome": tuple(OUTCOMES.by_name),
        "callback_method": ("POST", "GET"),
        "callback_charset": ("", "UTF-8", "GBK"),
        "reply_encoding": ("gb2312", "UTF-8"),
        "verify_says": ("", "refused", *ODD_CONTENTS),
        "query_says": ("", *ODD_CONTENTS),
    }

    bill_ready_hour: int = 7
    callback_method: str = "POST"
    callback_charset: str = ""  # empty: as the order's own
    notify_life_s: float = 600  # so long after its making a notify_id can be verified
    verify_says: str = ""  # a rightly signed answer about something else, or a refusal
    query_says: str = ""  # likewise
    reply_encoding: str = "gb2312"  # what XML answers declare
    compares_payer_ip: bool = False  # spbill_create_ip must be the browser's own address
