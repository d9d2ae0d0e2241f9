"""The account's balance: one line for each charge captured, refund made, refund come back."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sandbox.cards.account import Account
from sandbox.cards.model import Billing, Card, Charge, Intent, IntentStatus, Movement, Refund
from sandbox.pay.faults import numbers_in

_FEE_SHARE = Decimal("0.034")
_FEE_FIXED = 235
_AVAILABLE_AFTER_S = 7 * 24 * 3600
_STRANGER = Card(
    brand="visa", last4="4242", exp_month=12, exp_year=2034, country="US", fingerprint="stranger"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Moments from `first` up to, not including, `end`."""

    first: int | None
    end: int | None

    def holds(self, moment: int) -> bool:
        is_after = self.first is None or moment >= self.first
        return is_after and (self.end is None or moment < self.end)


class Balance:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._phantoms: set[int] = set()

    def add(self, kind: str, source: str, amount: int, currency: str) -> str:
        """Signed `amount`; only charges cost a fee, which a refund does not give back."""
        rate = self._account.faults.settlement_rate
        settled = _rounded(Decimal(amount) * Decimal(str(rate))) if rate else amount
        now = self._account.now()
        line = Movement(
            id=self._account.new_id("txn"),
            created=now,
            kind=kind,
            source=source,
            amount=settled,
            currency="usd" if rate else currency,
            fee=_rounded(settled * _FEE_SHARE) + _FEE_FIXED if kind == "charge" else 0,
            exchange_rate=rate or None,
            available_on=now + _AVAILABLE_AFTER_S,
        )
        return self._account.add(line).id

    def lines(self, span: Span) -> list[Movement]:
        """Newest first, as far as the bill's switches let them be seen."""
        self._add_phantom(span)
        faults = self._account.faults
        omitted, repeated = numbers_in(faults.bill_omits), numbers_in(faults.bill_repeats)
        lines = [line for line in self._account.all(Movement) if span.holds(line.created)]
        lines.sort(key=lambda line: line.created, reverse=True)
        shown = [line for line in lines if self._order_no(line) not in omitted]
        return [
            each
            for line in shown
            for each in [line] * (2 if self._order_no(line) in repeated else 1)
        ]

    def _order_no(self, line: Movement) -> str | None:
        source = self._account.peek(line.source)
        if not isinstance(source, Charge | Refund):
            return None
        return self._account.get(Intent, source.intent).metadata.get("order_no")

    def _add_phantom(self, span: Span) -> None:
        """A charge that nobody ordered, once for each day that is asked for."""
        amount = self._account.faults.bill_adds_fen
        at = span.first if span.first is not None else self._account.now()
        if not amount or at in self._phantoms:
            return
        self._phantoms.add(at)
        intent = self._account.add(_phantom_intent(self._account, amount, at))
        charge = self._account.add(_phantom_charge(self._account, intent))
        intent.charge = charge.id
        charge.movement = self.add("charge", charge.id, amount, charge.currency)
        self._account.get(Movement, charge.movement).created = at


def _phantom_intent(account: Account, amount: int, at: int) -> Intent:
    return Intent(
        id=account.new_id("pi"),
        created=at,
        amount=amount,
        currency="cny",
        capture_method="manual",
        customer=None,
        metadata={"order_no": f"PHANTOM{at}"},
        status=IntentStatus.SUCCEEDED,
        amount_received=amount,
    )


def _phantom_charge(account: Account, intent: Intent) -> Charge:
    return Charge(
        id=account.new_id("ch"),
        created=intent.created,
        amount=intent.amount,
        currency=intent.currency,
        intent=intent.id,
        customer=None,
        payment_method=account.new_id("pm"),
        card=_STRANGER,
        billing=Billing(),
        metadata=dict(intent.metadata),
        capture_before=intent.created,
        captured=True,
        amount_captured=intent.amount,
    )


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
