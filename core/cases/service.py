"""Use cases of the desk: list, claim, put back, and decide about suspense and breaks."""

from datetime import datetime

from core.access import store as access
from core.arrivals import service as arrivals
from core.arrivals.model import Arrival
from core.cases import desk, store
from core.cases.model import (
    LEASE,
    Case,
    CaseState,
    CaseView,
    Decision,
    Handled,
    Result,
)
from core.clock import Clock
from core.errors import AccountNotFound, InvalidRequest, NotAllowed
from core.ids import AccountId, CaseId, PersonId
from core.ledger import postings
from core.ledger import store as ledger
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.storage.database import Database
from core.storage.transaction import Tx
from core.topup.model import TopUp

PAGE = 6


class Cases:
    """What a member of staff does with cases; refunds are decided by `core.refunds`.

    Every act answers with `Handled`: its result, and the case as it stood then.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def waiting(self, person_id: PersonId, *, page: int = 0) -> tuple[list[CaseView], bool]:
        """A page of the person's desk, oldest first, and whether more come after it."""

        def work(tx: Tx) -> tuple[list[CaseView], bool]:
            roles = access.staff_roles(tx, person_id)
            if not roles:
                raise NotAllowed
            found = store.waiting(tx, person_id, roles, skip=page * PAGE, limit=PAGE + 1)
            shown = [item for item in found[:PAGE] if desk.may_see(tx, item, person_id)]
            now = self._clock.now()
            return [desk.view(tx, item, at=now) for item in shown], len(found) > PAGE

        return await self._database.read(work)

    async def view(self, case_id: CaseId, person_id: PersonId) -> CaseView:
        def work(tx: Tx) -> CaseView:
            found = desk.find(tx, case_id, person_id)
            return desk.view(tx, found, at=self._clock.now())

        return await self._database.read(work)

    async def claim(self, case_id: CaseId, person_id: PersonId) -> Handled:
        """Take it in work for 15 minutes; doing so again starts them anew."""
        return await self._database.write(lambda tx: self._claim(tx, case_id, person_id))

    def _claim(self, tx: Tx, case_id: CaseId, person_id: PersonId) -> Handled:
        now = self._clock.now()
        found = desk.find(tx, case_id, person_id, lock=True)
        if found.state is CaseState.RESOLVED:
            return desk.handled(tx, found, Result.DECIDED, at=now)
        holder = found.holder(now)
        if holder is not None and holder != person_id:
            return desk.handled(tx, found, Result.HELD, at=now)
        held = store.hold(tx, found, person_id, until=now + LEASE)
        desk.record(tx, held, "case.claimed", person_id, {"kind": held.kind}, at=now)
        return desk.handled(tx, held, Result.DONE, at=now)

    async def release(self, case_id: CaseId, person_id: PersonId) -> Handled:
        """Put it back for others."""
        return await self._database.write(lambda tx: self._release(tx, case_id, person_id))

    def _release(self, tx: Tx, case_id: CaseId, person_id: PersonId) -> Handled:
        now = self._clock.now()
        found = desk.find(tx, case_id, person_id, lock=True)
        if found.state is CaseState.RESOLVED:
            return desk.handled(tx, found, Result.DECIDED, at=now)
        if found.holder(now) != person_id:
            return desk.handled(tx, found, Result.NOT_CLAIMED, at=now)
        store.release(tx, found)
        desk.record(tx, found, "case.released", person_id, {"kind": found.kind}, at=now)
        return desk.handled(tx, store.case(tx, case_id) or found, Result.DONE, at=now)

    async def credit(
        self, case_id: CaseId, person_id: PersonId, account_id: AccountId | None = None
    ) -> Handled:
        """Suspense → the account of the order, or the one named where no order is known."""
        return await self._database.write(
            lambda tx: self._credit(tx, case_id, person_id, account_id)
        )

    def _credit(
        self, tx: Tx, case_id: CaseId, person_id: PersonId, named: AccountId | None
    ) -> Handled:
        now = self._clock.now()
        found = desk.take(tx, case_id, person_id, Decision.CREDIT, at=now)
        if isinstance(found, Handled):
            return found
        account_id = _target(tx, found, named, person_id)
        transfer = postings.suspense_credited(
            case_id=case_id,
            account_id=account_id,
            channel=str(found.facts["channel"]),
            trade_no=str(found.facts["reference"]),
            amount_fen=int(found.amount_fen or 0),
            occurred_at=now,
        )
        ledger.append(tx, transfer, at=now)
        _tell_arrival(tx, found, account_id, at=now)
        return desk.end(
            tx,
            found,
            Decision.CREDIT,
            person_id=person_id,
            note=None,
            at=now,
            account_id=account_id,
        )

    async def give_back(self, case_id: CaseId, person_id: PersonId, note: str) -> Handled:
        """Suspense → the channel; the note says how it was sent back there by hand."""
        return await self._database.write(
            lambda tx: self._give_back(tx, case_id, person_id, desk.checked_note(note))
        )

    def _give_back(self, tx: Tx, case_id: CaseId, person_id: PersonId, note: str) -> Handled:
        now = self._clock.now()
        found = desk.take(tx, case_id, person_id, Decision.RETURN, at=now)
        if isinstance(found, Handled):
            return found
        transfer = postings.suspense_returned(
            case_id=case_id,
            channel=str(found.facts["channel"]),
            trade_no=str(found.facts["reference"]),
            amount_fen=int(found.amount_fen or 0),
            occurred_at=now,
        )
        ledger.append(tx, transfer, at=now)
        _tell_payer(tx, found, Decision.RETURN, note, at=now)
        return desk.end(tx, found, Decision.RETURN, person_id=person_id, note=note, at=now)

    async def resolve(self, case_id: CaseId, person_id: PersonId, note: str) -> Handled:
        """End a break, or money of another currency, with a note; nothing moves."""
        return await self._database.write(
            lambda tx: self._resolve(tx, case_id, person_id, desk.checked_note(note))
        )

    def _resolve(self, tx: Tx, case_id: CaseId, person_id: PersonId, note: str) -> Handled:
        now = self._clock.now()
        found = desk.take(tx, case_id, person_id, Decision.RESOLVE, at=now)
        if isinstance(found, Handled):
            return found
        if found.kind == "other_currency":
            _tell_payer(tx, found, Decision.RESOLVE, note, at=now)
        return desk.end(tx, found, Decision.RESOLVE, person_id=person_id, note=note, at=now)


def _target(tx: Tx, found: Case, named: AccountId | None, person_id: PersonId) -> AccountId:
    """Whose money it is: the order's account, else the named one, never the decider's own."""
    account_id = found.account_id or named
    if account_id is None:
        raise InvalidRequest("name the account that is to be credited")
    if access.account(tx, account_id) is None:
        raise AccountNotFound(account_id)
    if access.membership(tx, person_id, account_id) is not None:
        raise NotAllowed
    return account_id


def _facts(found: Case, top_up: TopUp | None) -> dict[str, object]:
    return {
        "account": "" if top_up is None else top_up.account_name,
        "amount_fen": found.amount_fen,
        "currency": found.facts.get("currency"),
        "channel": found.facts.get("channel"),
        "order_no": found.facts.get("order_no"),
        "reference": found.facts.get("reference"),
        "top_up": None if top_up is None else top_up.top_up_id,
    }


def _tell_arrival(tx: Tx, found: Case, account_id: AccountId, *, at: datetime) -> None:
    """Everybody who hears of arrivals there, and the payer."""
    top_up = desk.top_up_of(tx, found)
    if top_up is not None:
        notices.refresh_card(tx, f"topup:{top_up.top_up_id}", at=at)
    told = _facts(found, top_up)
    arrival = Arrival(
        account_id=account_id,
        amount_fen=int(found.amount_fen or 0),
        channel=str(told["channel"]),
        reference=str(told["reference"]),
        key=f"case:{found.case_id}",
        facts=told,
        also_tell=frozenset() if top_up is None else frozenset({top_up.person_id}),
    )
    arrivals.announce(tx, arrival, at=at)


def _tell_payer(tx: Tx, found: Case, decision: Decision, note: str, *, at: datetime) -> None:
    top_up = desk.top_up_of(tx, found)
    if top_up is None:
        return
    payer = [Recipient(person_id=top_up.person_id, account_id=top_up.account_id)]
    facts = {**_facts(found, top_up), "decision": decision.value, "note": note}
    notices.add(tx, payer, NoticeKind.CASE_DECIDED, key=found.case_id, facts=facts, at=at)
    notices.refresh_card(tx, f"topup:{top_up.top_up_id}", at=at)
