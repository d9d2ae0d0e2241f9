"""Use cases of refunds: ask, decide, send to the provider, and land what it says."""

from collections.abc import Mapping
from datetime import datetime

from core.access import rights
from core.access.model import Right
from core.cases import desk
from core.cases import store as cases
from core.cases.model import REFUND, Case, Decision, Handled, Result
from core.channels import Channel
from core.clock import Clock
from core.errors import (
    AmountRefused,
    IllegalStep,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
)
from core.ids import AccountId, CaseId, Ids, PersonId, TopUpId
from core.jobs import queue
from core.ledger import postings
from core.ledger import store as ledger
from core.money import FEN_PER_YUAN
from core.notices.model import NoticeKind
from core.providers.base import Provider, RefundReport
from core.refunds import landing, store
from core.refunds.model import (
    LONGEST_REASON,
    OUT,
    REFUND_STEPS,
    Refund,
    RefundEvent,
    RefundRequest,
    Trade,
    case_key,
)
from core.refunds.sending import Sending
from core.shortfalls import reckoning
from core.storage.database import Database
from core.storage.transaction import Tx
from core.topup.model import step

SEND = "send_refund"
NOT_COVERED = "not_covered"
REFUND_ID_LENGTH = 16
NEWEST = 8


class Refunds:
    """Money back to where it came from. Provider calls stand between transactions."""

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
        self._sending = Sending(database, clock, ids, providers, public_url)

    # --- what finance people see and ask ------------------------------------------------------

    async def trades(self, person_id: PersonId, account_id: AccountId) -> list[Trade]:
        """The account's newest payments, for somebody who may move money there."""

        def work(tx: Tx) -> list[Trade]:
            rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
            return store.trades_of_account(tx, account_id, limit=NEWEST)

        return await self._database.read(work)

    async def trades_of(self, top_up_id: TopUpId, person_id: PersonId) -> list[Trade]:
        """The payments of one top-up, newest first; `NotFound` when none was credited."""

        def work(tx: Tx) -> list[Trade]:
            found = store.trades_of_top_up(tx, top_up_id)
            if not found:
                raise NotFound
            rights.require(tx, person_id, found[0].account_id, Right.MOVE_MONEY)
            return found

        return await self._database.read(work)

    async def trade(self, trade_id: int, person_id: PersonId) -> Trade:
        def work(tx: Tx) -> Trade:
            return _trade_for(tx, trade_id, person_id)

        return await self._database.read(work)

    async def of_trade(self, trade_id: int, person_id: PersonId) -> list[Refund]:
        """Every refund of the payment, oldest first."""

        def work(tx: Tx) -> list[Refund]:
            _trade_for(tx, trade_id, person_id)
            return store.refunds_of(tx, trade_id)

        return await self._database.read(work)

    async def ask(self, request: RefundRequest) -> Refund:
        """Put a refund before the reviewers, once per key.

        Raises `AmountRefused` above what is left of the payment, and `IllegalStep` while another
        refund of it is under way.
        """
        return await self._database.write(lambda tx: self._ask(tx, request))

    def _ask(self, tx: Tx, request: RefundRequest) -> Refund:
        reason = request.reason.strip()
        if not 1 <= len(reason) <= LONGEST_REASON:
            raise InvalidRequest(f"a reason has 1 to {LONGEST_REASON} characters")
        trade = _trade_for(tx, request.trade_id, request.person_id, lock=True)
        before = store.refund_by_key(tx, request.key)
        if before is not None and before.trade_id == request.trade_id:
            return before
        if trade.is_busy:
            raise IllegalStep(record="Refund", state="under way", event="ask")
        if not 1 <= request.amount_fen <= trade.rest_fen:
            least = min(FEN_PER_YUAN, trade.rest_fen)
            raise AmountRefused(minimum_fen=least, maximum_fen=trade.rest_fen)
        now, refund_id = self._clock.now(), self._ids.short(REFUND_ID_LENGTH)
        added = store.add(
            tx,
            refund_id,
            trade,
            amount_fen=request.amount_fen,
            reason=reason,
            asked_by=request.person_id,
            request_key=request.key,
            at=now,
        )
        refund = store.refund(tx, refund_id)
        if not added or refund is None:
            raise IllegalStep(record="Refund", state="under way", event="ask")
        self._open_case(tx, refund, trade, at=now)
        return refund

    def _open_case(self, tx: Tx, refund: Refund, trade: Trade, *, at: datetime) -> None:
        desk.open_case(
            tx,
            REFUND,
            dedupe_key=case_key(refund.refund_id),
            account_id=refund.account_id,
            payment_id=trade.payment_id,
            amount_fen=refund.amount_fen,
            facts=landing.case_facts(tx, refund, trade),
            at=at,
            ids=self._ids,
        )
        facts = {**landing.facts_of(refund, trade), "reason": refund.reason}
        landing.record(tx, refund, "refund.asked", refund.asked_by, facts, at=at)

    # --- what the desk decides ----------------------------------------------------------------

    async def approve(self, case_id: CaseId, person_id: PersonId) -> Handled:
        """Take the money from the balance and have it sent; `NOT_COVERED` moves nothing."""
        return await self._database.write(lambda tx: self._approve(tx, case_id, person_id))

    def _approve(self, tx: Tx, case_id: CaseId, person_id: PersonId) -> Handled:
        now = self._clock.now()
        taken = _take(tx, case_id, person_id, Decision.APPROVE, at=now)
        if isinstance(taken, Handled):
            return taken
        case, refund, trade = taken
        state = step(REFUND_STEPS, refund.state, RefundEvent.APPROVE)
        try:
            with tx.savepoint():
                _take_money(tx, refund, trade, at=now)
        except InsufficientBalance as short:
            return _not_covered(tx, case, refund, person_id, short, at=now)
        sender = self._sending.sender(trade.channel)
        if sender is not None:
            state = step(REFUND_STEPS, state, RefundEvent.SEND)
        store.decide(tx, refund.refund_id, state, decided_by=person_id, answer=None, at=now)
        if sender is None:
            landing.by_hand(tx, refund, trade, at=now, ids=self._ids)
        else:
            key = case_key(refund.refund_id)
            queue.enqueue(tx, SEND, {"refund": refund.refund_id}, at=now, dedupe_key=key)
        _tell_decision(tx, refund, trade, "approved", person_id, at=now)
        return desk.end(tx, case, Decision.APPROVE, person_id=person_id, note=None, at=now)

    async def refuse(self, case_id: CaseId, person_id: PersonId, reason: str) -> Handled:
        """Say no, with the reason the asker reads."""
        note = desk.checked_note(reason)

        def work(tx: Tx) -> Handled:
            now = self._clock.now()
            taken = _take(tx, case_id, person_id, Decision.REFUSE, at=now)
            if isinstance(taken, Handled):
                return taken
            case, refund, trade = taken
            state = step(REFUND_STEPS, refund.state, RefundEvent.REFUSE)
            store.decide(tx, refund.refund_id, state, decided_by=person_id, answer=note, at=now)
            _tell_decision(tx, refund, trade, "refused", person_id, at=now, answer=note)
            return desk.end(tx, case, Decision.REFUSE, person_id=person_id, note=note, at=now)

        return await self._database.write(work)

    async def end_by_hand(
        self, case_id: CaseId, person_id: PersonId, decision: Decision, note: str
    ) -> Handled:
        """`DONE`: the payer has the money; `FAILED`: it goes back to the balance.

        A refund that has its end already stays as it is: only the case is resolved.
        """
        text = desk.checked_note(note)

        def work(tx: Tx) -> Handled:
            now = self._clock.now()
            taken = _take(tx, case_id, person_id, decision, at=now)
            if isinstance(taken, Handled):
                return taken
            case, refund, trade = taken
            if refund.state in OUT and decision is Decision.DONE:
                landing.finish(tx, refund, trade, at=now, by=person_id)
            elif refund.state in OUT:
                landing.fail(tx, refund, trade, text, at=now, by=person_id)
            return desk.end(tx, case, decision, person_id=person_id, note=text, at=now)

        return await self._database.write(work)

    # --- what the provider does ---------------------------------------------------------------

    async def send(self, refund_id: str) -> datetime | None:
        """Hand the refund to its provider, or ask how it stands; returns when to ask again."""
        return await self._sending.send(refund_id)

    async def record_report(self, report: RefundReport) -> Refund:
        """Land a provider's word about a refund, as often as it comes.

        `NotFound`: no refund of ours. A channel whose word is checked is asked first, and
        raises `ProviderUnavailable` when it does not answer: it has to send again.
        """
        return await self._sending.record_report(report)


def _trade_for(tx: Tx, trade_id: int, person_id: PersonId, *, lock: bool = False) -> Trade:
    """The payment for somebody who may move money on its account now."""
    trade = store.trade(tx, trade_id, lock=lock)
    if trade is None:
        raise NotFound
    rights.require(tx, person_id, trade.account_id, Right.MOVE_MONEY)
    return trade


def _take(
    tx: Tx, case_id: CaseId, person_id: PersonId, decision: Decision, *, at: datetime
) -> tuple[Case, Refund, Trade] | Handled:
    """The case this person may decide so now, its refund and its trade, locked in their order."""
    known = cases.case(tx, case_id)
    if known is None or "refund" not in known.facts:
        raise NotFound
    refund, trade = landing.locked(tx, str(known.facts["refund"]))
    taken = desk.take(tx, case_id, person_id, decision, at=at)
    return taken if isinstance(taken, Handled) else (taken, refund, trade)


def _take_money(tx: Tx, refund: Refund, trade: Trade, *, at: datetime) -> None:
    transfer = postings.refund_taken(
        refund_id=refund.refund_id,
        account_id=refund.account_id,
        channel=trade.channel,
        amount_fen=refund.amount_fen,
        occurred_at=at,
    )
    ledger.append(tx, transfer, at=at)
    reckoning.reckon(tx, refund.account_id, at=at)


def _not_covered(
    tx: Tx,
    case: Case,
    refund: Refund,
    person_id: PersonId,
    short: InsufficientBalance,
    *,
    at: datetime,
) -> Handled:
    """Nothing moved; the case says so and stays with its reviewer."""
    cases.flag(tx, case.case_id, NOT_COVERED)
    facts = {"amount_fen": refund.amount_fen, "shortfall_fen": short.shortfall_fen}
    landing.record(tx, refund, "refund.not_covered", person_id, facts, at=at)
    after = cases.case(tx, case.case_id) or case
    shortfall_fen = short.shortfall_fen
    return desk.handled(tx, after, Result.NOT_COVERED, at=at, shortfall_fen=shortfall_fen)


def _tell_decision(
    tx: Tx,
    refund: Refund,
    trade: Trade,
    outcome: str,
    person_id: PersonId,
    *,
    at: datetime,
    answer: str | None = None,
) -> None:
    facts = {**landing.facts_of(refund, trade), "outcome": outcome, "answer": answer}
    landing.tell(tx, refund, trade, NoticeKind.REFUND_DECIDED, facts, at=at)
    landing.record(tx, refund, f"refund.{outcome}", person_id, facts, at=at)
