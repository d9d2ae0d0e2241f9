"""The WeChat Pay channel (direct merchant, API v3): Native codes, H5 links, refunds and bills.

Where a base address is configured, every call goes to paths under it and the request signature
covers the provider's own path `/v3/…?query`, without the prefix of that address.
"""

from collections.abc import Mapping
from datetime import date, time, timedelta

import httpx

from core.channels import Channel, Form
from core.clock import Clock
from core.errors import ForgedMessage, NotOurMoney, ProviderRefused
from core.ids import Ids
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
from core.providers.wechat_bill import check_hash, read_bill
from core.providers.wechat_client import (
    CALL_S,
    LARGEST_ANSWER,
    OFFICIAL_HOSTS,
    WechatClient,
)
from core.providers.wechat_messages import Fields, parse, payment_report, refund_report
from core.providers.wechat_requests import (
    bill_path,
    checked_refund_no,
    order_content,
    order_path,
    refund_content,
    with_return,
)
from core.providers.wechat_settings import WechatSettings
from core.providers.wechat_signing import CIPHER, decrypt, load_cipher, verify

QR_LIVES = timedelta(hours=2)
LINK_LIVES = timedelta(minutes=5)
LONGEST_CODE = 512
LONGEST_ADDRESS = 2048
ABSENT = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"})
PAID_EVENT = "TRANSACTION.SUCCESS"
REFUND_EVENTS = frozenset({"REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"})


class WechatPay:
    """WeChat Pay as a `Provider` with `Refunds`, and its daily bill.

    `read` also understands refund callbacks and then returns a `RefundReport`. `look_up_refund`
    raises `ProviderRefused("RESOURCE_NOT_EXISTS")` for a refund WeChat never got.
    """

    channel = Channel.WECHAT
    forms = frozenset({Form.QR, Form.LINK})
    needs_payer = False
    closes_after = timedelta(0)
    can_refund = True
    bill_ready = time(10)
    limits = Limits(minimum_fen=1, maximum_fen=1_000_000_000)

    def __init__(
        self,
        settings: WechatSettings,
        *,
        http: httpx.AsyncClient,
        clock: Clock,
        ids: Ids,
        call_s: float = CALL_S,
        hosts: tuple[str, ...] = OFFICIAL_HOSTS,
    ) -> None:
        self.merchant = settings.mchid
        self.app = settings.appid
        self._clock = clock
        self._cipher = load_cipher(settings.api_v3_key)
        self._client = WechatClient(
            hosts=hosts if settings.base_url is None else (settings.base_url,),
            http=http,
            clock=clock,
            ids=ids,
            signer=settings.signer(),
            keyring=settings.keyring(),
            cipher=self._cipher,
            call_s=call_s,
        )

    async def create(self, order: Order) -> Instructions:
        """A code to draw, or an H5 link that comes back to `return_url`; the order number belongs
        to one form, and for a link also to one payer address.
        """
        content = order_content(order, merchant=self.merchant, app=self.app, limits=self.limits)
        asked_at = self._clock.now()
        if order.form is Form.QR:
            answer = await self._order("native", content)
            return Instructions(
                qr_text=answer.token("code_url", LONGEST_CODE),
                expires_at=min(order.expires_at, asked_at + QR_LIVES),
            )
        answer = await self._order("h5", content)
        return Instructions(
            address=with_return(answer.token("h5_url", LONGEST_CODE), order.return_url),
            expires_at=min(order.expires_at, asked_at + LINK_LIVES),
        )

    def read(self, headers: Mapping[str, str], body: bytes) -> Report | RefundReport:
        if len(body) > LARGEST_ANSWER:
            raise ForgedMessage(f"a callback must not be larger than {LARGEST_ANSWER} bytes")
        verify(headers, body, keyring=self._client.keyring, now=self._clock.now())
        event = parse(body)
        kind = event.token("event_type")
        if kind == PAID_EVENT:
            trade = self._open(event.group("resource"))
            return payment_report(trade, source=Source.CALLBACK, event_id=event.token("id"))
        if kind not in REFUND_EVENTS:
            raise ForgedMessage(f"event_type must be {PAID_EVENT} or one of REFUND.*")
        refund = self._open(event.group("resource"))
        if refund.token("mchid") != self.merchant:
            raise NotOurMoney("the refund belongs to another merchant")
        return refund_report(refund, status_name="refund_status")

    def acknowledge(self, verdict: Verdict) -> Reply:
        if verdict is Verdict.RECORDED:
            return Reply(status=200)
        return Reply(
            status=401 if verdict is Verdict.FORGED else 500,
            body=b'{"code":"FAIL","message":"not accepted"}',
            media_type="application/json",
        )

    async def look_up(self, order_no: str, reference: str | None = None) -> Report:  # noqa: ARG002 - the port's
        path = f"{order_path(order_no)}?mchid={self.merchant}"
        try:
            trade = parse(await self._client.call("GET", path))
        except ProviderRefused as refusal:
            if refusal.reason not in ABSENT:
                raise
            return self._unknown(order_no)
        report = payment_report(trade, source=Source.QUERY)
        if report.order_no != order_no:
            raise ForgedMessage("out_trade_no of the answer must be the one asked for")
        return report

    async def close(self, order_no: str, reference: str | None = None) -> None:  # noqa: ARG002 - the port's
        """Also succeeds for an order that is closed already, or that WeChat does not know."""
        try:
            await self._client.call(
                "POST", f"{order_path(order_no)}/close", {"mchid": self.merchant}
            )
        except ProviderRefused as refusal:
            if refusal.reason != "ORDER_CLOSED":
                raise

    async def refund(self, order: RefundOrder) -> RefundReport:
        """After `ProviderUnavailable` look it up first, then send the same again."""
        content = refund_content(order)
        body = await self._client.call("POST", "/v3/refund/domestic/refunds", content)
        return _same_refund(body, order.refund_no)

    async def look_up_refund(self, order: RefundOrder) -> RefundReport:
        path = f"/v3/refund/domestic/refunds/{checked_refund_no(order.refund_no)}"
        return _same_refund(await self._client.call("GET", path), order.refund_no)

    async def bill(self, day: date) -> tuple[BillRow, ...]:
        """The trades of one day in Beijing; ready from 10:00 the next day, for three months."""
        query = f"bill_date={day.isoformat()}&bill_type=ALL"
        try:
            offer = parse(await self._client.call("GET", f"/v3/bill/tradebill?{query}"))
        except ProviderRefused as refusal:
            if refusal.reason != "NO_STATEMENT_EXIST":
                raise
            return ()
        bill = await self._client.download(bill_path(offer.token("download_url", LONGEST_ADDRESS)))
        check_hash(bill, kind=offer.text("hash_type"), expected=offer.token("hash_value"))
        return read_bill(bill)

    @property
    def needs_certificates(self) -> bool:
        """Whether callbacks can be checked by certificates alone; else they only may be."""
        return self._client.keyring.public_key is None

    async def refresh_certificates(self) -> None:
        """Fetches the platform certificates. Calls do so by themselves where no public key is
        configured; callbacks do not, so await this at start-up, every 12 h, and once when `read`
        meets an unknown serial.
        """
        await self._client.refresh_certificates()

    async def _order(self, product: str, content: Mapping[str, object]) -> Fields:
        return parse(await self._client.call("POST", f"/v3/pay/transactions/{product}", content))

    def _open(self, resource: Fields) -> Fields:
        if resource.text("algorithm") != CIPHER:
            raise ForgedMessage(f"algorithm must be {CIPHER}")
        bound = resource.text("associated_data") if "associated_data" in resource.content else ""
        return parse(
            decrypt(
                self._cipher,
                nonce=resource.text("nonce"),
                ciphertext=resource.text("ciphertext"),
                associated_data=bound,
            )
        )

    def _unknown(self, order_no: str) -> Report:
        return Report(
            channel=Channel.WECHAT,
            source=Source.QUERY,
            event_id=f"{Source.QUERY}:{order_no}:unknown",
            order_no=order_no,
            outcome=Outcome.UNKNOWN,
            merchant=self.merchant,
            app=self.app,
        )


def _same_refund(body: bytes, refund_no: str) -> RefundReport:
    report = refund_report(parse(body), status_name="status")
    if report.refund_no != refund_no:
        raise ForgedMessage("out_refund_no of the answer must be the one asked for")
    return report
