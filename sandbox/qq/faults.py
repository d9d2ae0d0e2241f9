"""What QQ Wallet's stand-in can do wrong beyond what the whole house can."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sandbox.tenpay.house.faults import Faults

REFUND_NAMES = ("SUCCESS", "FAIL", "PROCESSING", "CHANGE", "CLOSED", "ABNORMAL")
_EARLY = ("SYSTEMERROR", "PARAM_ERROR", "NOAUTH")


@dataclass(frozen=True, slots=True, kw_only=True)
class QqFaults(Faults):
    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "refund_outcome": REFUND_NAMES,
        "early_close_code": _EARLY,
        "bill_line_end": ("CRLF", "LF", "literal"),
    }

    close_after_s: float = 300  # an order younger than this is not closed
    early_close_code: str = "SYSTEMERROR"  # with this answer
    query_state: str = ""  # what each query says, such as USERPAYING or REVOKED
    bill_line_end: str = "LF"  # or CRLF, or literal: a backslash and an n
