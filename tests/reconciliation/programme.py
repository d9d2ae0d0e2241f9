"""Thousands of trades of one day in the books, their honest bill, and seeded differences."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from core.app import Core
from core.channels import Channel, Form
from core.ids import AccountId, OrderNo, PaymentId, PersonId, TopUpId
from core.ledger import postings
from core.ledger import store as ledger
from core.providers.base import BillRow, Outcome, RefundReport, RefundState, Report, Source
from core.reconciliation.model import Outcome as Found
from core.reconciliation.model import start_of
from core.refunds.model import RefundState as OurState
from core.storage.case_tables import refunds
from core.storage.tables import trades
from core.storage.transaction import Tx
from core.topup import store as topup
from core.topup.model import CURRENCY, Payment, PaymentState, TopUp, TopUpState
from core.topup.recording import record
from tests.reconciliation.bills import PlayBiller, fee, row_of
from tests.reconciliation.bulk import credit_all

PAYER = PersonId(12)
IN_ONE_COMMIT = 250
Seeding = Callable[["Day", str], list[str]]


@dataclass
class Day:
    """What happened on a day, and the bill of it; `expected` is what a comparison has to find."""

    core: Core
    provider: PlayBiller
    day: date
    chance: random.Random
    rows: dict[str, list[BillRow]] = field(default_factory=dict)  # by number
    expected: set[tuple[str, str]] = field(default_factory=set)

    # --- what happened ------------------------------------------------------------------------

    async def crowd(self, count: int) -> list[str]:
        """Payments that came as they ought to, by the thousand."""
        reports = [self._report(0) for _ in range(count)]
        await self.core.database.write(lambda tx: credit_all(tx, ACCOUNT, reports))
        for report in reports:
            self.rows[str(report.trade_no)] = [row_of(report)]
        return [str(report.trade_no) for report in reports]

    async def trade(self, count: int, *, known: bool = True, days_before: int = 0) -> list[str]:
        """Payments of orders; `known`: their callbacks came."""
        reports = [self._report(days_before) for _ in range(count)]
        for start in range(0, count, IN_ONE_COMMIT):
            await self._book(reports[start : start + IN_ONE_COMMIT], known=known)
        for report in reports:
            self.rows[str(report.trade_no)] = [row_of(report)]
        return [str(report.trade_no) for report in reports]

    async def _book(self, reports: list[Report], *, known: bool) -> None:
        await self.core.database.write(lambda tx: self._write(tx, reports, known=known))

    def _write(self, tx: Tx, reports: list[Report], *, known: bool) -> None:
        ours = (self.provider.merchant, self.provider.app)
        for report in reports:
            at = report.occurred_at or start_of(self.day)
            self._order(tx, report, at)
            if known:
                record(tx, report, ours=ours, at=at, ids=self.core.ids)

    def _report(self, days_before: int) -> Report:
        self.provider.trades += 1
        number = self.provider.trades
        seconds = self.chance.randrange(86_400)
        day = self.day - timedelta(days=days_before)
        return Report(
            channel=self.provider.channel,
            source=Source.CALLBACK,
            event_id=f"EV-{number}",
            order_no=f"T{number:020d}",
            outcome=Outcome.PAID,
            merchant=self.provider.merchant,
            app=self.provider.app,
            trade_no=f"4200{number:024d}",
            amount_fen=self.chance.randint(1, 5_000) * 100,
            currency=CURRENCY,
            occurred_at=start_of(day) + timedelta(seconds=seconds),
        )

    def _order(self, tx: Tx, report: Report, at: datetime) -> None:
        wish = TopUp(
            top_up_id=TopUpId(f"W{report.order_no}"),
            account_id=ACCOUNT,
            account_name="",
            person_id=PAYER,
            amount_fen=report.amount_fen or 0,
            state=TopUpState.OPEN,
            created_at=at,
            expires_at=at + timedelta(hours=1),
        )
        topup.add_top_up(tx, wish)
        topup.add_payment(tx, self._payment(report, wish), request_key=report.order_no)

    def _payment(self, report: Report, wish: TopUp) -> Payment:
        return Payment(
            payment_id=PaymentId(f"P{report.order_no}"),
            top_up_id=wish.top_up_id,
            channel=Channel(report.channel),
            form=Form.QR,
            order_no=OrderNo(report.order_no),
            merchant=report.merchant,
            app=report.app,
            amount_fen=wish.amount_fen,
            currency=CURRENCY,
            state=PaymentState.WAITING,
            mark=None,
            bank=None,
            provider_reference=None,
            reason=None,
            qr_text=None,
            address=None,
            address_expires_at=None,
            bridge_token=f"B{report.order_no}",
            created_at=wish.created_at,
            expires_at=wish.expires_at,
        )

    async def refund(self, trade_nos: list[str]) -> list[str]:
        """A part of each goes back, sent and done the same day."""
        made = {f"R{number}"[-30:]: number for number in trade_nos}
        await self.core.database.write(
            lambda tx: [self._refund(tx, refund_no, of) for refund_no, of in made.items()]
        )
        return list(made)

    def _refund(self, tx: Tx, refund_no: str, trade_no: str) -> None:
        trade = tx.one(trades, trade_no=trade_no)
        assert trade is not None
        fen = self.chance.randint(1, trade.amount_fen)
        at = min(trade.occurred_at + timedelta(minutes=3), start_of(self.day) + ALMOST_A_DAY)
        values = {
            "id": refund_no,
            "request_key": refund_no,
            "trade_id": trade.id,
            "account_id": ACCOUNT,
            "amount_fen": fen,
            "refunded_before_fen": 0,
            "total_fen": trade.amount_fen,
            "state": OurState.DONE,
            "reason": "wrong account",
            "asked_by": PAYER,
            "asked_at": at,
            "decided_at": at,
            "tries": 1,
            "sent_at": at,
            "ended_at": at,
        }
        tx.insert(refunds, values)
        taken = postings.refund_taken(
            refund_id=refund_no,
            account_id=ACCOUNT,
            channel=self.provider.channel,
            amount_fen=fen,
            occurred_at=at,
        )
        ledger.append(tx, taken, at=at)
        self.rows[refund_no] = [self.refund_row(refund_no, trade_no, fen)]

    def refund_row(self, refund_no: str, trade_no: str, fen: int) -> BillRow:
        told = RefundReport(
            channel=self.provider.channel,
            refund_no=refund_no,
            provider_refund_no=f"5030{refund_no}"[-40:],
            state=RefundState.DONE,
            refund_fen=fen,
        )
        return BillRow(
            report=told,
            order_no="",
            fee_fen=-fee(fen),
            due_fee_fen=-fee(fen),
            trade_no=trade_no,
        )

    # --- the bill -----------------------------------------------------------------------------

    def bill(self) -> list[BillRow]:
        lines = [row for rows in self.rows.values() for row in rows]
        self.chance.shuffle(lines)
        return lines

    def expect(self, outcome: Found, number: str) -> None:
        self.expected.add((outcome.value, number))

    def change(self, number: str, outcome: Found, how: Callable[[BillRow], BillRow]) -> None:
        self.rows[number] = [how(row) for row in self.rows[number]]
        self.expect(outcome, number)

    def lose(self, number: str, outcome: Found) -> None:
        self.rows[number] = []
        self.expect(outcome, number)


HEARD = 500  # so many went the whole way, by `record`
ACCOUNT = AccountId("100009999999")
ALMOST_A_DAY = timedelta(hours=23, minutes=45)


async def a_day(core: Core, provider: PlayBiller, day: date, *, trades_: int, seed: int) -> Day:
    """Clean: payments and some refunds, all known and all billed."""
    made = Day(core=core, provider=provider, day=day, chance=random.Random(seed))
    await core.access.save_account(ACCOUNT, "远山网络")
    numbers = await made.crowd(trades_ - HEARD)
    numbers += await made.trade(HEARD)
    await made.refund(made.chance.sample(numbers, trades_ // 20))
    return made


async def seed_differences(made: Day, each: int) -> None:
    """Twelve kinds of differences, so many of each."""
    await _seed_lines(made, each)
    await _seed_facts(made, each)
    await _seed_refunds(made, each)


async def _seed_lines(made: Day, each: int) -> None:
    """Lines that are missing, too many, or of another day."""
    for number in await made.trade(each):
        made.lose(number, Found.OURS_ONLY)
    for number in await made.trade(each, known=False):
        made.expect(Found.CREDITED, number)
    for number in await made.trade(each, known=False):
        made.change(number, Found.THEIRS_ONLY, lambda row: _unknown(row, made.chance))
    for number in await made.trade(each):
        made.rows[number] *= 2
        made.expect(Found.DUPLICATE, number)
    for number in await made.trade(each, days_before=1):
        made.expect(Found.LATE, number)


async def _seed_facts(made: Day, each: int) -> None:
    """Lines that say something else."""
    for number in await made.trade(each):
        made.change(number, Found.AMOUNT_DIFFERS, lambda row: _other_amount(row, made.chance))
    for number in await made.trade(each):
        made.change(number, Found.CURRENCY, lambda row: _payment(row, currency="USD"))
    for number in await made.trade(each):
        made.change(number, Found.MERCHANT, lambda row: _payment(row, merchant="1999999999"))
    for number in await made.trade(each):
        made.change(number, Found.FEE, lambda row: _fee_off(row, made.chance))


async def _seed_refunds(made: Day, each: int) -> None:
    for trade_no in await made.trade(each):
        number = f"THEIRS{trade_no[-12:]}"
        made.rows[number] = [made.refund_row(number, trade_no, 100)]
        made.expect(Found.REFUND_WITHOUT_ORDER, number)
    for number in await made.refund(await made.trade(each)):
        made.change(number, Found.REFUND_AMOUNT_DIFFERS, _one_fen_more)
    for number in await made.refund(await made.trade(each)):
        made.lose(number, Found.REFUND_MISSING)


def _payment(row: BillRow, **changes: object) -> BillRow:
    assert isinstance(row.report, Report)
    return replace(row, report=replace(row.report, **changes))  # type: ignore[arg-type]


def _unknown(row: BillRow, chance: random.Random) -> BillRow:
    order_no = f"NOBODYS{chance.randrange(10**12)}"
    return replace(_payment(row, order_no=order_no), order_no=order_no)


def _other_amount(row: BillRow, chance: random.Random) -> BillRow:
    """A fen off, or the mistakes between yuan and fen."""
    assert isinstance(row.report, Report)
    fen = row.report.amount_fen or 0
    other = chance.choice([fen + 1, fen - 1, fen * 100, fen // 100])
    return replace(_payment(row, amount_fen=other), fee_fen=fee(other), due_fee_fen=fee(other))


def _fee_off(row: BillRow, chance: random.Random) -> BillRow:
    return replace(row, fee_fen=row.fee_fen + chance.choice([-2, 2, 500]))


def _one_fen_more(row: BillRow) -> BillRow:
    assert isinstance(row.report, RefundReport)
    return replace(row, report=replace(row.report, refund_fen=row.report.refund_fen + 1))
