"""Tenpay's messages: callbacks as signed bytes, XML answers, and both read into reports."""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from core.channels import Channel
from core.errors import ForgedMessage
from core.providers.base import Outcome, RefundReport, RefundState, Report, Source
from core.providers.flat_xml import LARGEST, MOST_FIELDS, read_flat
from core.providers.tick_bill import moment

CHARSETS = {"GBK": "gb18030", "GB2312": "gb18030", "UTF-8": "utf-8"}
REFUND_STATES: Mapping[str, RefundState] = {
    "4": RefundState.DONE,
    "10": RefundState.DONE,
    "3": RefundState.CLOSED,
    "5": RefundState.CLOSED,
    "6": RefundState.CLOSED,
    "7": RefundState.ABNORMAL,
}  # everything else is under way; 1 and 2 ask for the same request again
_FEN = re.compile(r"[0-9]{1,12}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")


def read_query(raw: bytes) -> dict[str, bytes]:
    """`name=value&…`, percent-decoded to the bytes that were signed; each name once."""
    if len(raw) > LARGEST:
        raise ForgedMessage(f"a callback has at most {LARGEST} bytes")
    fields: dict[str, bytes] = {}
    for pair in raw.split(b"&"):
        name, _, value = pair.partition(b"=")
        key = unquote_to_bytes(name).decode("ascii", "replace")
        if not _NAME.fullmatch(key) or key in fields or len(fields) >= MOST_FIELDS:
            raise ForgedMessage("a callback names each of its fields once")
        fields[key] = unquote_to_bytes(value.replace(b"+", b" "))
    return fields


def texts(fields: Mapping[str, bytes]) -> dict[str, str]:
    """The signed bytes as text, in the charset the message names (GBK where it names none)."""
    named = fields.get("input_charset", b"GBK").decode("ascii", "replace").upper()
    charset = CHARSETS.get(named)
    if charset is None:
        raise ForgedMessage("input_charset must be GBK or UTF-8")
    try:
        return {name: value.decode(charset) for name, value in fields.items()}
    except UnicodeDecodeError as fault:
        raise ForgedMessage(f"the message is not in {named}") from fault


def read_answer(body: bytes) -> dict[str, str]:
    """An XML answer; gb2312 as declared means GB18030, which contains it."""
    head = body[:100].lower()
    if b"gb2312" in head or b"gbk" in head:
        try:
            text = body.decode("gb18030")
        except UnicodeDecodeError as fault:
            raise ForgedMessage("the answer is not in the charset it declares") from fault
        body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1).encode()
    return read_flat(body, root="root")


def is_paid(fields: Mapping[str, str]) -> bool:
    """Whether a signed message says so, of the one way of trading that is ours: at once."""
    return fields.get("trade_state") == "0" and fields.get("trade_mode", "1") == "1"


def paid_report(fields: Mapping[str, str], *, source: Source) -> Report:
    """A signed message about a payment: `total_fee + discount` is what was ordered."""
    order_no, trade_no = fields.get("out_trade_no", ""), fields.get("transaction_id", "")
    if not order_no or not re.fullmatch(r"[0-9]{1,32}", trade_no):
        raise ForgedMessage("a payment names its out_trade_no and its transaction_id")
    discount = fields.get("discount") or "0"
    return Report(
        channel=Channel.TENPAY,
        source=source,
        event_id=fields.get("notify_id") or trade_no,
        order_no=order_no,
        outcome=Outcome.PAID,
        merchant=fields.get("partner", ""),
        app="",
        trade_no=trade_no,
        amount_fen=fen_of(fields.get("total_fee", "")) + fen_of(discount),
        currency="CNY" if fields.get("fee_type") == "1" else f"fee_type {fields.get('fee_type')}",
        occurred_at=moment(fields["time_end"]) if fields.get("time_end") else None,
    )


def open_report(order_no: str, partner: str) -> Report:
    """Nobody has paid yet, as far as Tenpay says."""
    return Report(
        channel=Channel.TENPAY,
        source=Source.QUERY,
        event_id=f"{Source.QUERY}:{order_no}:unpaid",
        order_no=order_no,
        outcome=Outcome.UNPAID,
        merchant=partner,
        app="",
    )


def fen_of(text: str) -> int:
    if not _FEN.fullmatch(text):
        raise ForgedMessage("amounts must be whole numbers of fen")
    return int(text)


def refund_report(fields: Mapping[str, str], refund_no: str) -> RefundReport:
    """The answer to a refund, or one of the numbered refunds a query lists."""
    for ending, state in (("", "refund_status"), *_numbered(fields)):
        if fields.get(f"out_refund_no{ending}") == refund_no:
            return RefundReport(
                channel=Channel.TENPAY,
                refund_no=refund_no,
                provider_refund_no=fields.get(f"refund_id{ending}", ""),
                state=REFUND_STATES.get(fields.get(state, ""), RefundState.PROCESSING),
                refund_fen=fen_of(fields.get(f"refund_fee{ending}", "")),
            )
    raise ForgedMessage("the answer does not name the refund asked for")


def _numbered(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    count = fen_of(fields.get("refund_count") or "0")
    return [(f"_{number}", f"refund_state_{number}") for number in range(min(count, MOST_FIELDS))]
