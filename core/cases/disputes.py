"""Payments that a payer disputes with their bank: a case for operators, until it is decided."""

from datetime import timedelta

from core.cases import desk, store
from core.cases.model import DISPUTE, DISPUTE_LOST, Decision
from core.clock import Clock
from core.errors import NotFound
from core.ids import Ids, PaymentId
from core.providers.base import DisputeReport, DisputeState
from core.storage.database import Database
from core.storage.transaction import Tx
from core.topup import store as topup

CURRENCY = "CNY"
YOUNG = timedelta(hours=1)  # so long its payment may still be on its way to us


class Disputes:
    """What the provider tells of disputes. No money moves by it: people decide what follows."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def record(self, report: DisputeReport) -> None:
        """Open its case, or end it; a lost one leaves a case about the money that is gone.

        In any order and however often it is told: what has ended stays ended. Raises `NotFound`
        while it is young and its payment not recorded yet: the provider tells again.
        """
        await self._database.write(lambda tx: self._record(tx, report))

    def _record(self, tx: Tx, report: DisputeReport) -> None:
        young = report.opened_at is not None and self._clock.now() - report.opened_at < YOUNG
        if young and self._payment_of(tx, report) is None:
            raise NotFound
        key = f"{DISPUTE}:{report.channel}:{report.dispute_no}"
        is_open = report.state is DisputeState.OPEN
        self._open(tx, report, DISPUTE, key, is_told=is_open)
        if is_open:
            return
        for found in store.unresolved_of(tx, [key]):
            desk.end(
                tx,
                found,
                Decision.SETTLED,
                person_id=None,
                note=report.state.value,
                at=self._clock.now(),
            )
        if report.state is DisputeState.LOST:
            self._open(tx, report, DISPUTE_LOST, f"{key}:lost", is_told=True)

    def _payment_of(self, tx: Tx, report: DisputeReport) -> PaymentId | None:
        return store.payment_of_trade(tx, report.channel, report.merchant, report.trade_no)

    def _open(self, tx: Tx, report: DisputeReport, kind: str, key: str, *, is_told: bool) -> None:
        payment_id = self._payment_of(tx, report)
        payment = None if payment_id is None else topup.payment(tx, payment_id)
        top_up = None if payment is None else topup.top_up(tx, payment.top_up_id)
        due_at = report.due_at if kind == DISPUTE else None
        facts = {
            "channel": report.channel.value,
            "order_no": None if payment is None else payment.order_no,
            "reference": report.trade_no,
            "dispute": report.dispute_no,
            "detail": report.reason,
            "due_at": None if due_at is None else due_at.isoformat(),
            "billed_currency": None if report.currency == CURRENCY else report.currency,
        }
        desk.open_case(
            tx,
            kind,
            dedupe_key=key,
            account_id=None if top_up is None else top_up.account_id,
            payment_id=payment_id,
            amount_fen=report.amount_fen,
            facts=facts,
            at=self._clock.now(),
            ids=self._ids,
            is_told=is_told,
        )
