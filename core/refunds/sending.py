"""Handing refunds to providers: calls between transactions, each counted before it is made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from core.channels import Channel
from core.clock import Clock
from core.errors import ForgedMessage, ProviderRefused, ProviderUnavailable
from core.ids import Ids
from core.providers.base import Confirms, Provider, RefundOrder, RefundReport
from core.providers.base import Refunds as SendsBack
from core.refunds import landing, store
from core.refunds.model import SLOW_AFTER, Refund, RefundState, Trade, next_look
from core.storage.database import Database
from core.storage.transaction import Tx
from core.topup.provider_orders import CALLBACK_NAME

TITLE = "云费用充值退款"  # what the payer reads at the provider; the reason is for the desk


class Sender(Provider, SendsBack, Protocol):
    """A channel that can send money back."""


class Sending:
    """What is asked of providers, and what their answers lead to."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        providers: Mapping[Channel, Provider],
        public_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._providers = providers
        self._public_url = public_url

    async def send(self, refund_id: str) -> datetime | None:
        """Hand the refund to its provider, or ask how it stands; returns when to ask again."""
        found = await self._database.write(lambda tx: self._begin(tx, refund_id))
        if found is None:
            return None
        refund, trade, sender = found
        order = self._order(refund, trade)
        try:
            report = await _ask_provider(sender, order, is_first=refund.tries == 0)
        except (ProviderUnavailable, ForgedMessage):
            report = None
        except ProviderRefused as refusal:
            why = refusal.reason
            return await self._database.write(lambda tx: self._refused(tx, refund, trade, why))
        return await self._database.write(lambda tx: self._landed(tx, refund, trade, report))

    def _begin(self, tx: Tx, refund_id: str) -> tuple[Refund, Trade, Sender] | None:
        """The refund as it was before this try, which is counted before anybody is asked."""
        refund, trade = landing.locked(tx, refund_id)
        if refund.state is not RefundState.SENDING:
            return None
        now, sender = self._clock.now(), self.sender(trade.channel)
        if sender is None:  # its settings went away meanwhile
            landing.by_hand(tx, refund, trade, at=now, ids=self._ids)
            return None
        store.note_try(tx, refund, at=now)
        return refund, trade, sender

    def _landed(
        self, tx: Tx, refund: Refund, trade: Trade, report: RefundReport | None
    ) -> datetime | None:
        now = self._clock.now()
        if report is None:
            after = landing.locked(tx, refund.refund_id)[0]
        else:
            after = landing.land(tx, report, at=now, ids=self._ids)
        if after.state is not RefundState.SENDING:
            return None
        if after.sent_at is not None and now - after.sent_at >= SLOW_AFTER:
            landing.puzzle(tx, after, trade, "slow", at=now, ids=self._ids)
        return next_look(after.tries, now)

    def _refused(self, tx: Tx, refund: Refund, trade: Trade, why: str) -> datetime | None:
        """A first call that was refused did nothing; a later one may have been done before."""
        now = self._clock.now()
        current, _ = landing.locked(tx, refund.refund_id)
        if current.state is not RefundState.SENDING:
            return None
        if current.tries == 1:
            landing.fail(tx, current, trade, why, at=now)
            return None
        landing.puzzle(tx, current, trade, "unclear", at=now, ids=self._ids)
        return next_look(current.tries, now)

    async def record_report(self, report: RefundReport) -> Refund:
        """See `Refunds.record_report`."""
        provider = self._providers.get(report.channel)
        sender = self.sender(report.channel)
        if isinstance(provider, Confirms) and not provider.confirms_later and sender is not None:
            refund, trade = await self._database.read(
                lambda tx: landing.known(tx, report.refund_no)
            )
            report = await sender.look_up_refund(self._order(refund, trade))
        told = report
        return await self._database.write(
            lambda tx: landing.land(tx, told, at=self._clock.now(), ids=self._ids)
        )

    def sender(self, channel: Channel) -> Sender | None:
        """The channel's adapter where it can send money back with its settings."""
        provider = self._providers.get(channel)
        if not isinstance(provider, SendsBack) or not provider.can_refund:
            return None
        return provider

    def _order(self, refund: Refund, trade: Trade) -> RefundOrder:
        return RefundOrder(
            refund_no=refund.refund_id,
            order_no=trade.order_no,
            trade_no=trade.trade_no,
            provider_refund_no=refund.provider_refund_no,
            refund_fen=refund.amount_fen,
            total_fen=refund.total_fen,
            reason=TITLE,
            notify_url=f"{self._public_url}/notify/{CALLBACK_NAME[trade.channel]}",
        )


async def _ask_provider(sender: Sender, order: RefundOrder, *, is_first: bool) -> RefundReport:
    """Only what was asked before is looked up first; what is not found there is sent again."""
    if not is_first:
        try:
            return await sender.look_up_refund(order)
        except ProviderRefused:
            pass
    return await sender.refund(order)
