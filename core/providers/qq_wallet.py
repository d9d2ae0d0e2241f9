"""The QQ Wallet channel: Native codes, confirmed by query, with refunds and bills."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from urllib.parse import quote

import httpx

from core.channels import Channel, Form
from core.clock import Clock
from core.errors import ForgedMessage, NotOurMoney, ProviderRefused, ProviderUnavailable
from core.ids import Ids
from core.providers import qq_messages as messages
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
from core.providers.flat_xml import read_flat, write_flat
from core.providers.md5_signing import encoded, is_signed, md5_hex, signature
from core.providers.qq_bill import read_bill
from core.providers.qq_settings import QqSettings

NAME = "QQ Wallet"
HOST = "https://qpay.qq.com"
REFUND_HOST = "https://api.qpay.qq.com"
CODE_LIVES = timedelta(hours=2)
LEAST_SPAN = timedelta(minutes=6)  # time_expire has to be more than five minutes off
LONGEST_CODE = 512
NO_ADDRESS = "127.0.0.1"  # asked of everybody; a scanned code has no browser
ABSENT = frozenset({"ORDERNOTEXIST", "INVALID_TRANSACTIONID"})
PASSING = frozenset({"SYSTEMERROR"})
APP_LINK = "mqqapi://forward/url?src_type=web&version=1&url_prefix="


class QqWallet:
    """QQ Wallet as a `Provider` with `Confirms`, `Refunds` and `Bills`.

    Callbacks are signed by a shared key and carry no time, so `confirm` asks by query.
    """

    channel = Channel.QQ
    app = ""
    # The payer's own quota is the real limit; the field takes no more digits than this.
    limits = Limits(minimum_fen=1, maximum_fen=1_000_000_000)
    forms = frozenset({Form.QR})
    needs_payer = False
    closes_after = timedelta(minutes=5)
    confirms_later = False
    bill_ready = time(10)

    def __init__(
        self,
        settings: QqSettings,
        *,
        http: httpx.AsyncClient,
        clock: Clock,
        ids: Ids,
        call_s: float = CALL_S,
    ) -> None:
        self._settings = settings.checked()
        self.merchant = settings.mch_id
        self._key = settings.key.encode()
        self._http = http
        self._clock = clock
        self._ids = ids
        self._call_s = call_s
        self._refund_http = _refund_client(settings, http)

    async def create(self, order: Order) -> Instructions:
        """A code to draw, and a link that opens it in the QQ app of a phone."""
        now = self._clock.now()
        start = order.ordered_at or now
        answer = await self._call(
            "cgi-bin/pay/qpay_unified_order.cgi",
            {
                "body": order.description,
                "out_trade_no": order.order_no,
                "fee_type": "CNY",
                "total_fee": str(order.amount_fen),
                "spbill_create_ip": order.payer_ip or NO_ADDRESS,
                "time_start": messages.beijing(start),
                "time_expire": messages.beijing(max(order.expires_at, start + LEAST_SPAN)),
                "trade_type": "NATIVE",
                "notify_url": order.notify_url,
            },
        )
        code = answer.get("code_url", "")
        if not code.startswith("https://") and not code.startswith("http://"):
            raise ForgedMessage("code_url must be an address")
        if len(code) > LONGEST_CODE:
            raise ForgedMessage(f"code_url has at most {LONGEST_CODE} characters")
        prefix = quote(base64.b64encode(code.encode()).decode(), safe="")
        return Instructions(
            qr_text=code,
            address=f"{APP_LINK}{prefix}",
            expires_at=min(order.expires_at, now + CODE_LIVES),
        )

    def read(self, headers: Mapping[str, str], body: bytes) -> Report:  # noqa: ARG002 - the port's
        fields = read_flat(body, root="xml")
        self._check(fields)
        if fields.get("trade_state") != "SUCCESS":
            raise ForgedMessage("trade_state of a callback must be SUCCESS")
        return messages.report(fields, source=Source.CALLBACK)

    def acknowledge(self, verdict: Verdict) -> Reply:
        if verdict is Verdict.RECORDED:
            body = write_flat({"return_code": "SUCCESS"}, root="xml")
            return Reply(status=200, body=body, media_type="text/xml")
        body = write_flat({"return_code": "FAIL", "return_msg": "not accepted"}, root="xml")
        status = 401 if verdict is Verdict.FORGED else 500
        return Reply(status=status, body=body, media_type="text/xml")

    async def confirm(self, report: Report) -> Report:
        """What the query says of the order, in place of the callback."""
        found = await self.look_up(report.order_no)
        if found.outcome is Outcome.PAID and found.trade_no != report.trade_no:
            raise ForgedMessage("the query names another transaction than the callback")
        return replace(found, source=report.source, event_id=report.event_id)

    async def look_up(self, order_no: str, reference: str | None = None) -> Report:  # noqa: ARG002 - the port's
        try:
            answer = await self._call(
                "cgi-bin/pay/qpay_order_query.cgi", {"out_trade_no": order_no}
            )
        except ProviderRefused as refusal:
            if refusal.reason not in ABSENT:
                raise
            return self._unknown(order_no)
        return messages.report(answer, source=Source.QUERY, order_no=order_no)

    async def close(self, order_no: str, reference: str | None = None) -> None:  # noqa: ARG002 - the port's
        """Refused within five minutes of its creation; the order is then left to expire."""
        try:
            await self._call("cgi-bin/pay/qpay_close_order.cgi", {"out_trade_no": order_no})
        except ProviderRefused as refusal:
            if refusal.reason not in {"ORDERCLOSED", "ORDERPAID"}:
                raise

    @property
    def can_refund(self) -> bool:
        """Whether the operator and, at QQ Wallet's own host, the certificate are known."""
        has_operator = bool(self._settings.op_user_id and self._settings.op_user_passwd)
        return has_operator and self._refund_http is not None

    async def refund(self, order: RefundOrder) -> RefundReport:
        if not self.can_refund or self._refund_http is None:
            raise ProviderRefused("NO_REFUND_SETTINGS", "refunds of QQ Wallet are not set up")
        answer = await self._call(
            "cgi-bin/pay/qpay_refund.cgi",
            {
                "transaction_id": order.trade_no,
                "out_refund_no": order.refund_no,
                "refund_fee": str(order.refund_fen),
                "op_user_id": self._settings.op_user_id or "",
                "op_user_passwd": md5_hex((self._settings.op_user_passwd or "").encode()),
            },
            http=self._refund_http,
            host=REFUND_HOST,
        )
        return messages.accepted_refund(answer, order.refund_no)

    async def look_up_refund(self, order: RefundOrder) -> RefundReport:
        answer = await self._call(
            "cgi-bin/pay/qpay_refund_query.cgi", {"out_refund_no": order.refund_no}
        )
        return messages.listed_refund(answer, order.refund_no)

    async def bill(self, day: date) -> tuple[BillRow, ...]:
        fields = {"bill_date": day.strftime("%Y%m%d"), "bill_type": "ALL"}
        body = await self._post(
            "cgi-bin/sp_download/qpay_mch_statement_down.cgi", fields, is_download=True
        )
        if body.lstrip()[:4] == b"<xml":
            return _no_bill(read_flat(body, root="xml"))
        try:
            return read_bill(body.decode("utf-8-sig"))
        except UnicodeDecodeError as fault:
            raise ForgedMessage("a bill must be UTF-8") from fault

    # --- inside -------------------------------------------------------------------------------

    async def _call(
        self,
        path: str,
        fields: Mapping[str, str],
        *,
        http: httpx.AsyncClient | None = None,
        host: str = HOST,
    ) -> dict[str, str]:
        """An answer that QQ Wallet signed and that says SUCCESS."""
        body = await self._post(path, fields, http=http, host=host)
        answer = read_flat(body, root="xml")
        if answer.get("return_code") != "SUCCESS":  # unsigned: says nothing of the order
            said = answer.get("return_msg") or answer.get("retmsg", "")
            raise ProviderUnavailable(f"{NAME}: {said[:200] or 'no reason given'}")
        self._check(answer)
        if answer.get("result_code") == "SUCCESS":
            return answer
        code = answer.get("err_code", "") or "UNKNOWN"
        text = answer.get("err_code_des", "")[:200]
        if code in PASSING:
            raise ProviderUnavailable(f"{NAME}: {code} {text}")
        raise ProviderRefused(code, text)

    async def _post(
        self,
        path: str,
        fields: Mapping[str, str],
        *,
        http: httpx.AsyncClient | None = None,
        host: str = HOST,
        is_download: bool = False,
    ) -> bytes:
        sent = {**fields, "mch_id": self.merchant, "nonce_str": self._ids.short(32)}
        sent["sign"] = signature(encoded(sent), self._key)
        request = Request(
            method="POST",
            url=f"{self._settings.base_url or host}/{path}",
            body=write_flat(sent, root="xml"),
            media_type="text/xml",
            is_download=is_download,
        )
        return await exchange(http or self._http, request, name=NAME, call_s=self._call_s)

    def _check(self, fields: Mapping[str, str]) -> None:
        if not is_signed(encoded(fields), self._key):
            raise ForgedMessage("sign is missing or wrong")
        if fields.get("mch_id") != self.merchant:
            raise NotOurMoney(f"mch_id {fields.get('mch_id', '')[:32]}")

    def _unknown(self, order_no: str) -> Report:
        return Report(
            channel=Channel.QQ,
            source=Source.QUERY,
            event_id=f"{Source.QUERY}:{order_no}:unknown",
            order_no=order_no,
            outcome=Outcome.UNKNOWN,
            merchant=self.merchant,
            app="",
        )


def _refund_client(settings: QqSettings, http: httpx.AsyncClient) -> httpx.AsyncClient | None:
    """Shows the certificate; behind another address than QQ Wallet's own it may not be asked."""
    certificate = settings.certificate()
    if certificate is not None:
        return certificate.client()
    return None if settings.base_url is None else http


def _no_bill(fields: Mapping[str, str]) -> tuple[BillRow, ...]:
    """An answer instead of a bill: not ready yet, or refused for good."""
    said = fields.get("retmsg") or fields.get("return_msg", "")
    raise ProviderUnavailable(f"{NAME} has no bill: {fields.get('retcode', '')} {said[:200]}")
