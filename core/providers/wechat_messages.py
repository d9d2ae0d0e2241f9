"""WeChat Pay's JSON, read strictly, and what it means in the words of the port.

Signed is not the same as well-formed: whatever does not have its documented form raises
`ForgedMessage` naming the field, so that nothing odd travels further.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from core.channels import Channel
from core.errors import ForgedMessage
from core.providers.base import Outcome, RefundReport, RefundState, Report, Source

LARGEST_FEN = 10**15
_TOKEN = re.compile(r"[!-~]+")

OUTCOMES: Mapping[str, Outcome] = MappingProxyType(
    {
        "SUCCESS": Outcome.PAID,
        "REFUND": Outcome.PAID,  # only what was paid can be refunded
        "NOTPAY": Outcome.UNPAID,
        "USERPAYING": Outcome.UNPAID,
        "ACCEPT": Outcome.UNPAID,
        "CLOSED": Outcome.CLOSED,
        "REVOKED": Outcome.FAILED,
        "PAYERROR": Outcome.FAILED,
    }
)
REFUND_STATES: Mapping[str, RefundState] = MappingProxyType(
    {
        "PROCESSING": RefundState.PROCESSING,
        "SUCCESS": RefundState.DONE,
        "CLOSED": RefundState.CLOSED,
        "ABNORMAL": RefundState.ABNORMAL,
    }
)


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object; each getter names the field and the allowed form when it refuses."""

    content: Mapping[str, object]

    def group(self, name: str) -> "Fields":
        value = self.content.get(name)
        if not isinstance(value, dict):
            raise ForgedMessage(f"{name} must be a JSON object")
        return Fields(value)

    def groups(self, name: str) -> list["Fields"]:
        value = self.content.get(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise ForgedMessage(f"{name} must be a list of JSON objects")
        return [Fields(item) for item in value]

    def text(self, name: str) -> str:
        """Any text, may be empty or long."""
        value = self.content.get(name)
        if not isinstance(value, str):
            raise ForgedMessage(f"{name} must be a text")
        return value

    def token(self, name: str, longest: int = 64) -> str:
        """An identifier: visible ASCII without blanks."""
        value = self.text(name)
        if len(value) > longest or not _TOKEN.fullmatch(value):
            raise ForgedMessage(f"{name} must be 1 to {longest} visible ASCII characters")
        return value

    def fen(self, name: str) -> int:
        value = self.content.get(name)
        if type(value) is not int or not 0 < value <= LARGEST_FEN:
            raise ForgedMessage(f"{name} must be a positive whole number of fen")
        return value

    def moment(self, name: str) -> datetime | None:
        """A time in UTC; None where it is absent or empty."""
        if self.content.get(name) in (None, ""):
            return None
        try:
            moment = datetime.fromisoformat(self.text(name))
            if moment.tzinfo is None:
                raise ForgedMessage(f"{name} must carry a time zone")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as fault:
            raise ForgedMessage(f"{name} must be an RFC 3339 time") from fault


def parse(body: bytes) -> Fields:
    """One JSON object in UTF-8, without repeated keys and without NaN or Infinity."""
    try:
        value = json.loads(
            body.decode(), object_pairs_hook=_unique_keys, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as fault:
        raise ForgedMessage("the body must be one JSON object in UTF-8") from fault
    if not isinstance(value, dict):
        raise ForgedMessage("the body must be one JSON object in UTF-8")
    return Fields(value)


def payment_report(trade: Fields, *, source: Source, event_id: str | None = None) -> Report:
    """A transaction as WeChat states it; nothing is compared with the order here."""
    state = trade.token("trade_state")
    outcome = OUTCOMES.get(state)
    if outcome is None:
        raise ForgedMessage(f"trade_state must be one of {', '.join(OUTCOMES)}")
    order_no = trade.token("out_trade_no", 32)
    paid = outcome is Outcome.PAID
    amount = trade.group("amount") if paid else None
    return Report(
        channel=Channel.WECHAT,
        source=source,
        event_id=event_id or f"{source}:{order_no}:{state}",
        order_no=order_no,
        outcome=outcome,
        merchant=trade.token("mchid", 32),
        app=trade.token("appid", 32),
        trade_no=trade.token("transaction_id", 32) if paid else None,
        amount_fen=amount.fen("total") if amount else None,
        currency=_currency(amount) if amount else None,
        occurred_at=trade.moment("success_time") if paid else None,
    )


def refund_report(refund: Fields, *, status_name: str) -> RefundReport:
    """A refund; replies call its state `status`, callbacks `refund_status`."""
    state = REFUND_STATES.get(refund.token(status_name))
    if state is None:
        raise ForgedMessage(f"{status_name} must be one of {', '.join(REFUND_STATES)}")
    return RefundReport(
        channel=Channel.WECHAT,
        refund_no=refund.token("out_refund_no"),
        provider_refund_no=refund.token("refund_id"),
        state=state,
        refund_fen=refund.group("amount").fen("refund"),
    )


def _currency(amount: Fields) -> str | None:
    """As stated; None where WeChat names none, which no order's currency equals."""
    return amount.token("currency", 16) if "currency" in amount.content else None


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ForgedMessage("a JSON key came twice")
    return content


def _no_constant(name: str) -> object:
    raise ForgedMessage(f"{name} is not JSON")
