"""The Tenpay channel and online banking: signed pay links, callbacks verified at Tenpay."""

import ipaddress
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from urllib.parse import quote

import httpx

from core import banks
from core.channels import Channel, Form
from core.clock import Clock
from core.errors import (
    ForgedMessage,
    NotOurMoney,
    ProviderRefused,
    ProviderUnavailable,
)
from core.ids import Ids
from core.providers import tenpay_messages as messages
from core.providers.base import (
    BillRow,
    Instructions,
    Limits,
    Order,
    Outcome,
    RefundOrder,
    RefundReport,
    Reply,
    Report,
    Source,
    Verdict,
)
from core.providers.exchange import CALL_S, Request, exchange
from core.providers.md5_signing import encoded, is_signed, md5_hex, signature
from core.providers.tenpay_bill import bill_query, read_bill
from core.providers.tenpay_settings import TenpaySettings
from core.providers.tick_bill import BEIJING

NAME = "Tenpay"
HOST = "https://gw.tenpay.com"
REFUND_HOST = "https://api.mch.tenpay.com"
NO_ADDRESS = "127.0.0.1"  # the field takes IPv4 only
LONGEST_BODY = 32


class Tenpay:
    """Tenpay as a `Provider` with `Confirms`, `Refunds` and `Bills`.

    A pay link is signed for the payer's own address, so it is made when the bridge page opens.
    There is no call that closes an order: it expires by itself.
    """

    channel = Channel.TENPAY
    app = ""
    # Banks set the limits (from 300 to 500,000 yuan in the sheet of 2012); the gateway has none.
    limits = Limits(minimum_fen=1, maximum_fen=1_000_000_000)
    forms = frozenset({Form.LINK})
    needs_payer = True
    closes_after = timedelta(0)
    confirms_later = False
    bill_ready = time(8)

    def __init__(
        self,
        settings: TenpaySettings,
        *,
        http: httpx.AsyncClient,
        clock: Clock,
        ids: Ids,
        call_s: float = CALL_S,
    ) -> None:
        self._settings = settings.checked()
        self.merchant = settings.partner
        self._key = settings.key.encode()
        self._http = http
        self._clock = clock
        self._ids = ids
        self._call_s = call_s
        self._refund_http = _refund_client(settings, http)

    async def create(self, order: Order) -> Instructions:
        """The address of the cashier, or of the bank that was chosen, for this payer."""
        bank = order.bank or banks.CASHIER
        if banks.by_code(bank) is None:
            raise ProviderRefused("BANK", f"{bank[:16]} is none of Tenpay's bank_type codes")
        fields = self._signed(
            {
                "bank_type": bank,
                "body": _short(order.description),
                "fee_type": "1",
                "notify_url": order.notify_url,
                "out_trade_no": order.order_no,
                "return_url": order.return_url,
                "spbill_create_ip": _ipv4(order.payer_ip),
                "time_start": _beijing(order.ordered_at or self._clock.now()),
                "time_expire": _beijing(order.expires_at),
                "total_fee": str(order.amount_fen),
            }
        )
        return Instructions(
            address=f"{self._at(HOST)}/gateway/pay.htm?{_query(fields)}",
            expires_at=order.expires_at,
        )

    def read(self, headers: Mapping[str, str], body: bytes) -> Report | None:  # noqa: ARG002 - the port's
        """`body` is the form, or the query of a callback by GET."""
        raw = messages.read_query(body)
        if not is_signed(raw, self._key):
            raise ForgedMessage("sign is missing or wrong")
        fields = messages.texts(raw)
        self._check_frame(fields)
        if not messages.is_paid(fields):
            return None
        if not fields.get("notify_id"):
            raise ForgedMessage("a callback names its notify_id")
        return messages.paid_report(fields, source=Source.CALLBACK)

    def acknowledge(self, verdict: Verdict) -> Reply:
        if verdict is Verdict.RECORDED:
            return Reply(status=200, body=b"success")
        return Reply(status=401 if verdict is Verdict.FORGED else 500, body=b"fail")

    async def confirm(self, report: Report) -> Report:
        """Tenpay verifies its own notice within ten minutes; later the order is asked about."""
        answer = await self._ask("gateway/verifynotifyid.xml", {"notify_id": report.event_id})
        if answer is None or not messages.is_paid(answer):
            found = await self.look_up(report.order_no)
        else:
            found = messages.paid_report(answer, source=Source.QUERY)
        if found.order_no != report.order_no:
            raise ForgedMessage("the verified notice is of another order")
        if found.outcome is Outcome.PAID and found.trade_no != report.trade_no:
            raise ForgedMessage("the verified notice is of another transaction")
        return replace(found, source=report.source, event_id=report.event_id)

    async def look_up(self, order_no: str, reference: str | None = None) -> Report:  # noqa: ARG002 - the port's
        """Paid, or not (yet): Tenpay's unsigned "no" is never a state."""
        answer = await self._ask("gateway/normalorderquery.xml", {"out_trade_no": order_no})
        if answer is None or not messages.is_paid(answer):
            return messages.open_report(order_no, self.merchant)
        report = messages.paid_report(answer, source=Source.QUERY)
        if report.order_no != order_no:
            raise ForgedMessage("out_trade_no of the answer must be the one asked for")
        return replace(report, event_id=str(report.trade_no))

    async def close(self, order_no: str, reference: str | None = None) -> None:
        """Tenpay has no such call: the order ends by its `time_expire`."""

    @property
    def can_refund(self) -> bool:
        """Whether the operator and, at Tenpay's own host, the certificate are known."""
        has_operator = bool(self._settings.op_user_id and self._settings.op_user_passwd)
        return has_operator and self._refund_http is not None

    async def refund(self, order: RefundOrder) -> RefundReport:
        if not self.can_refund or self._refund_http is None:
            raise ProviderRefused("NO_REFUND_SETTINGS", "refunds of Tenpay are not set up")
        fields = {
            "service_version": "1.1",
            "transaction_id": order.trade_no,
            "out_trade_no": order.order_no,
            "out_refund_no": order.refund_no,
            "total_fee": str(order.total_fen),
            "refund_fee": str(order.refund_fen),
            "op_user_id": self._settings.op_user_id or "",
            "op_user_passwd": md5_hex((self._settings.op_user_passwd or "").encode()),
        }
        answer = await self._ask(
            "refundapi/gateway/refund.xml", fields, http=self._refund_http, host=REFUND_HOST
        )
        if answer is None:
            raise ProviderUnavailable(f"{NAME} did not take the refund; it has to be asked again")
        return messages.refund_report(answer, order.refund_no)

    async def look_up_refund(self, order: RefundOrder) -> RefundReport:
        answer = await self._ask(
            "gateway/normalrefundquery.xml", {"out_refund_no": order.refund_no}
        )
        if answer is None:
            raise ProviderRefused("NOT_FOUND", "Tenpay names no such refund")
        return messages.refund_report(answer, order.refund_no)

    async def bill(self, day: date) -> tuple[BillRow, ...]:
        query = bill_query(self.merchant, self._settings.key, day, self._clock.now())
        url = f"{self._at(REFUND_HOST)}/cgi-bin/mchdown_real_new.cgi?{query}"
        request = Request(method="GET", url=url, is_download=True)
        return read_bill(await exchange(self._http, request, name=NAME), self.merchant)

    async def self_check(self) -> None:
        """Ask about an order that never was: a gateway that is alive answers in its form."""
        await self._ask("gateway/normalorderquery.xml", {"out_trade_no": self._ids.short(20)})

    # --- inside -------------------------------------------------------------------------------

    async def _ask(
        self,
        path: str,
        fields: Mapping[str, str],
        *,
        http: httpx.AsyncClient | None = None,
        host: str = HOST,
    ) -> dict[str, str] | None:
        """A signed answer, or None for Tenpay's unsigned "no"."""
        request = Request(
            method="POST",
            url=f"{self._at(host)}/{path}",
            body=_query(self._signed(fields)).encode(),
            media_type="application/x-www-form-urlencoded",
        )
        body = await exchange(http or self._http, request, name=NAME, call_s=self._call_s)
        answer = messages.read_answer(body)
        if answer.get("retcode") != "0":
            return None
        charset = messages.CHARSETS.get(answer.get("input_charset", "GBK").upper(), "gb18030")
        if not is_signed(encoded(answer, charset), self._key):
            raise ForgedMessage("sign of the answer is missing or wrong")
        self._check_frame(answer)
        return answer

    def _signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        whole = {
            "sign_type": "MD5",
            "service_version": "1.0",
            "input_charset": "UTF-8",
            "sign_key_index": "1",
            "partner": self.merchant,
            **fields,
        }
        return {**whole, "sign": signature(encoded(whole), self._key)}

    def _check_frame(self, fields: Mapping[str, str]) -> None:
        if fields.get("sign_type", "MD5").upper() != "MD5":
            raise ForgedMessage("sign_type must be MD5")
        if fields.get("partner") != self.merchant:
            raise NotOurMoney(f"partner {fields.get('partner', '')[:16]}")

    def _at(self, host: str) -> str:
        return self._settings.base_url or host


def _refund_client(settings: TenpaySettings, http: httpx.AsyncClient) -> httpx.AsyncClient | None:
    """Shows the certificate; behind another address than Tenpay's own it may not be asked."""
    certificate = settings.certificate()
    if certificate is not None:
        return certificate.client()
    return None if settings.base_url is None else http


def _query(fields: Mapping[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items() if value)


def _beijing(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")


def _short(description: str) -> str:
    """`body` takes 32 bytes."""
    return description.encode()[:LONGEST_BODY].decode("utf-8", "ignore")


def _ipv4(address: str | None) -> str:
    try:
        found = ipaddress.ip_address(address or NO_ADDRESS)
    except ValueError:
        return NO_ADDRESS
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else NO_ADDRESS
    return str(found)
