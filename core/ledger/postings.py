"""The only maker of transfers: each function is one movement of the design's table."""

from datetime import date, datetime

from core.ids import AccountId, BatchId, CodeId, HoldId
from core.ledger import chart
from core.ledger.model import Leg, Transfer, TransferKind


def credit_reference(channel: str, merchant: str, trade_no: str) -> str:
    """The key under which a provider's trade is in the books, at most once."""
    return f"credit:{channel}:{merchant}:{trade_no}"


def payment_received(
    *,
    account_id: AccountId,
    channel: str,
    merchant: str,
    trade_no: str,
    amount_fen: int,
    occurred_at: datetime,
) -> Transfer:
    """clearing/channel → available."""
    return Transfer(
        reference=credit_reference(channel, merchant, trade_no),
        kind=TransferKind.PAYMENT,
        legs=(
            Leg(account=chart.clearing(channel), amount_fen=-amount_fen),
            Leg(account=chart.available(account_id), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=trade_no,
        channel=channel,
        account_id=account_id,
    )


def payment_unmatched(
    *, channel: str, merchant: str, trade_no: str, amount_fen: int, occurred_at: datetime
) -> Transfer:
    """clearing/channel → suspense."""
    return Transfer(
        reference=credit_reference(channel, merchant, trade_no),
        kind=TransferKind.SUSPENSE,
        legs=(
            Leg(account=chart.clearing(channel), amount_fen=-amount_fen),
            Leg(account=chart.SUSPENSE, amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=trade_no,
        channel=channel,
    )


def suspense_credited(
    *,
    case_id: str,
    account_id: AccountId,
    channel: str,
    trade_no: str,
    amount_fen: int,
    occurred_at: datetime,
) -> Transfer:
    """Suspense → available: whose money it is has been found out."""
    return Transfer(
        reference=_suspense_end(case_id),
        kind=TransferKind.PAYMENT,
        legs=(
            Leg(account=chart.SUSPENSE, amount_fen=-amount_fen),
            Leg(account=chart.available(account_id), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=trade_no,
        channel=channel,
        account_id=account_id,
    )


def suspense_returned(
    *, case_id: str, channel: str, trade_no: str, amount_fen: int, occurred_at: datetime
) -> Transfer:
    """Suspense → clearing/channel: it goes back to who paid it."""
    return Transfer(
        reference=_suspense_end(case_id),
        kind=TransferKind.REFUND,
        legs=(
            Leg(account=chart.SUSPENSE, amount_fen=-amount_fen),
            Leg(account=chart.clearing(channel), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=trade_no,
        channel=channel,
    )


def _suspense_end(case_id: str) -> str:
    """One reference for both ends: money leaves suspense once per case."""
    return f"suspense:{case_id}:end"


def refund_taken(
    *, refund_id: str, account_id: AccountId, channel: str, amount_fen: int, occurred_at: datetime
) -> Transfer:
    """Available → clearing/channel."""
    return Transfer(
        reference=f"refund:{refund_id}",
        kind=TransferKind.REFUND,
        legs=(
            Leg(account=chart.available(account_id), amount_fen=-amount_fen),
            Leg(account=chart.clearing(channel), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=refund_id,
        channel=channel,
        account_id=account_id,
    )


def refund_reversed(
    *, refund_id: str, account_id: AccountId, channel: str, amount_fen: int, occurred_at: datetime
) -> Transfer:
    """clearing/channel → available: the refund did not happen after all."""
    return Transfer(
        reference=f"refund:{refund_id}:back",
        kind=TransferKind.CORRECTION,
        legs=(
            Leg(account=chart.clearing(channel), amount_fen=-amount_fen),
            Leg(account=chart.available(account_id), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=refund_id,
        channel=channel,
        account_id=account_id,
    )


def settlement_reference(channel: str, day: date) -> str:
    """One per channel and day: a provider settles a day once."""
    return f"settlement:{channel}:{day.isoformat()}"


def day_settled(
    *, channel: str, day: date, gross_fen: int, fee_fen: int, occurred_at: datetime
) -> Transfer | None:
    """clearing/channel → bank, and → fees; None for a day on which nothing is left to move.

    `gross_fen` is payments less refunds, before the fee. Like clearing, bank and fees hold what
    is ours as negative sums, so that clearing comes back to zero.
    """
    legs = (
        Leg(account=chart.clearing(channel), amount_fen=gross_fen),
        Leg(account=chart.BANK, amount_fen=fee_fen - gross_fen),
        Leg(account=chart.FEES, amount_fen=-fee_fen),
    )
    moving = tuple(leg for leg in legs if leg.amount_fen)
    if not moving:
        return None
    reference = settlement_reference(channel, day)
    return Transfer(
        reference=reference,
        kind=TransferKind.SETTLEMENT,
        legs=moving,
        occurred_at=occurred_at,
        shown_reference=day.isoformat(),
        channel=channel,
    )


def batch_funded(*, batch_id: BatchId, amount_fen: int, occurred_at: datetime) -> Transfer:
    """Marketing → promotion/batch: the whole budget, before any code can be used."""
    return _promotion(f"batch:{batch_id}:fund", batch_id, amount_fen, occurred_at)


def batch_returned(*, batch_id: BatchId, amount_fen: int, occurred_at: datetime) -> Transfer:
    """promotion/batch → marketing: what was not redeemed, once."""
    return _promotion(f"batch:{batch_id}:return", batch_id, -amount_fen, occurred_at)


def _promotion(
    reference: str, batch_id: BatchId, amount_fen: int, occurred_at: datetime
) -> Transfer:
    return Transfer(
        reference=reference,
        kind=TransferKind.PROMOTION,
        legs=(
            Leg(account=chart.MARKETING, amount_fen=-amount_fen),
            Leg(account=chart.promotion(batch_id), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=batch_id,
    )


def code_redeemed(
    *,
    code_id: CodeId,
    batch_id: BatchId,
    account_id: AccountId,
    amount_fen: int,
    occurred_at: datetime,
) -> Transfer:
    """promotion/batch → available."""
    return Transfer(
        reference=f"code:{code_id}",
        kind=TransferKind.CODE,
        legs=(
            Leg(account=chart.promotion(batch_id), amount_fen=-amount_fen),
            Leg(account=chart.available(account_id), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=code_id,
        channel="code",
        account_id=account_id,
    )


def hold_placed(
    *, hold_id: HoldId, account_id: AccountId, amount_fen: int, occurred_at: datetime
) -> Transfer:
    """Available → frozen."""
    return Transfer(
        reference=f"hold:{account_id}:{hold_id}:place",
        kind=TransferKind.HOLD_PLACED,
        legs=(
            Leg(account=chart.available(account_id), amount_fen=-amount_fen),
            Leg(account=chart.frozen(account_id), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=hold_id,
        account_id=account_id,
    )


def hold_captured(
    *,
    hold_id: HoldId,
    account_id: AccountId,
    held_fen: int,
    captured_fen: int,
    occurred_at: datetime,
) -> Transfer:
    """Frozen → revenue, and what was not taken → available."""
    legs = [
        Leg(account=chart.frozen(account_id), amount_fen=-held_fen),
        Leg(account=chart.REVENUE, amount_fen=captured_fen),
    ]
    if rest_fen := held_fen - captured_fen:
        legs.append(Leg(account=chart.available(account_id), amount_fen=rest_fen))
    return Transfer(
        reference=_hold_end(account_id, hold_id),
        kind=TransferKind.HOLD_CAPTURED,
        legs=tuple(legs),
        occurred_at=occurred_at,
        shown_reference=hold_id,
        account_id=account_id,
    )


def hold_returned(
    *,
    hold_id: HoldId,
    account_id: AccountId,
    amount_fen: int,
    is_expired: bool,
    occurred_at: datetime,
) -> Transfer:
    """All of frozen → available: released by the platform, or its time is over."""
    return Transfer(
        reference=_hold_end(account_id, hold_id),
        kind=TransferKind.HOLD_EXPIRED if is_expired else TransferKind.HOLD_RELEASED,
        legs=(
            Leg(account=chart.frozen(account_id), amount_fen=-amount_fen),
            Leg(account=chart.available(account_id), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=hold_id,
        account_id=account_id,
    )


def _hold_end(account_id: AccountId, hold_id: HoldId) -> str:
    """One reference for every kind of end: the UNIQUE key lets a hold end once."""
    return f"hold:{account_id}:{hold_id}:end"


def remittance_approved(
    *,
    remittance_id: str,
    reference: str,
    account_id: AccountId,
    amount_fen: int,
    occurred_at: datetime,
) -> Transfer:
    """clearing/bank → available."""
    return Transfer(
        reference=f"remittance:{remittance_id}",
        kind=TransferKind.REMITTANCE,
        legs=(
            Leg(account=chart.clearing("bank"), amount_fen=-amount_fen),
            Leg(account=chart.available(account_id), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=reference,
        channel="remittance",
        account_id=account_id,
    )


def remittance_reversed(
    *,
    remittance_id: str,
    reference: str,
    account_id: AccountId,
    amount_fen: int,
    occurred_at: datetime,
) -> Transfer:
    """Available → clearing/bank: two people found that it should not have been credited."""
    return Transfer(
        reference=f"remittance:{remittance_id}:reversal",
        kind=TransferKind.CORRECTION,
        legs=(
            Leg(account=chart.available(account_id), amount_fen=-amount_fen),
            Leg(account=chart.clearing("bank"), amount_fen=amount_fen),
        ),
        occurred_at=occurred_at,
        shown_reference=reference,
        channel="remittance",
        account_id=account_id,
    )
