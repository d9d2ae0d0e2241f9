"""SQL of the ledger: appending transfers, reading balances and entries."""

from datetime import datetime

from sqlalchemy import BigInteger, bindparam, or_, select, update

from core.errors import InsufficientBalance, ReferenceConflict
from core.ids import AccountId, TransferId
from core.ledger import chart, one_trip
from core.ledger.chart import KEEPS_BALANCE, LedgerAccount
from core.ledger.model import Balance, Entry, Leg, Posted, Transfer, TransferKind
from core.recovery import store as recovery
from core.storage.tables import entries, ledger_accounts, transfers
from core.storage.transaction import Tx

_ACCOUNTS = ledger_accounts.c
_AFTER = _ACCOUNTS.balance_fen + bindparam("amount", type_=BigInteger())
_MOVE = (
    update(ledger_accounts)
    .where(_ACCOUNTS.id == bindparam("account"), _AFTER >= 0)
    .values(balance_fen=_AFTER, version=_ACCOUNTS.version + 1)
    .returning(_ACCOUNTS.balance_fen, _ACCOUNTS.version)
)
_TWO_BALANCES = select(_ACCOUNTS.name, _ACCOUNTS.balance_fen).where(
    or_(_ACCOUNTS.name == bindparam("one"), _ACCOUNTS.name == bindparam("other"))
)


# What people and the platform command; reports of providers land in any case.
PAUSED_BY_RECOVERY = frozenset(
    {
        TransferKind.REMITTANCE,
        TransferKind.CODE,
        TransferKind.HOLD_PLACED,
        TransferKind.HOLD_CAPTURED,
        TransferKind.REFUND,
    }
)


def append(tx: Tx, transfer: Transfer, *, at: datetime) -> Posted:
    """Put a transfer into the books, once per reference.

    Raises `ReferenceConflict` when the reference stands for other content, and
    `InsufficientBalance` when a customer account would go below zero.
    """
    digest = transfer.content_hash()
    if tx.dialect == "postgresql":
        transfer_id = one_trip.append(tx, transfer, digest, at=at)
        if transfer_id is not None:
            _check_pause(tx, transfer)
            return Posted(transfer_id=transfer_id, repeated=False)
    return _append_step_by_step(tx, transfer, digest, at=at)


def _append_step_by_step(tx: Tx, transfer: Transfer, digest: str, *, at: datetime) -> Posted:
    row = {
        "reference": transfer.reference,
        "kind": transfer.kind,
        "channel": transfer.channel,
        "account_id": transfer.account_id,
        "shown_reference": transfer.shown_reference,
        "content_hash": digest,
        "occurred_at": transfer.occurred_at,
        "recorded_at": at,
    }
    inserted = tx.insert_once(transfers, row)
    found = tx.one(transfers, reference=transfer.reference)
    if found is None or found.content_hash != digest:
        raise ReferenceConflict(transfer.reference)
    if inserted:
        _check_pause(tx, transfer)
        _append_entries(tx, found.id, transfer.legs)
    return Posted(transfer_id=TransferId(found.id), repeated=not inserted)


def _check_pause(tx: Tx, transfer: Transfer) -> None:
    if transfer.kind in PAUSED_BY_RECOVERY:
        recovery.require_open(tx)


def has(tx: Tx, reference: str) -> bool:
    """Whether a transfer stands under this reference."""
    return tx.one(transfers, reference=reference) is not None


def _append_entries(tx: Tx, transfer_id: int, legs: tuple[Leg, ...]) -> None:
    ordered = sorted(legs, key=lambda leg: leg.account.name)  # the lock order
    tx.insert_all(entries, [_entry(tx, transfer_id, leg) for leg in ordered])


def _entry(tx: Tx, transfer_id: int, leg: Leg) -> dict[str, object]:
    account_id = _account(tx, leg.account)
    balance, version = None, None
    if leg.account.kind in KEEPS_BALANCE:
        balance, version = _move(tx, account_id, leg.amount_fen)
    return {
        "transfer_id": transfer_id,
        "ledger_account_id": account_id,
        "amount_fen": leg.amount_fen,
        "balance_after_fen": balance,
        "version": version,
    }


def _account(tx: Tx, account: LedgerAccount) -> int:
    if (row := tx.one(ledger_accounts, name=account.name)) is None:
        kept = 0 if account.kind in KEEPS_BALANCE else None
        values = {"name": account.name, "kind": account.kind, "balance_fen": kept, "version": kept}
        tx.insert_once(ledger_accounts, values)
        row = tx.one(ledger_accounts, name=account.name)
    if row is None:
        raise ReferenceConflict(account.name)
    return int(row.id)


def _move(tx: Tx, account_id: int, amount_fen: int) -> tuple[int, int]:
    """Change a kept balance; the row stays locked until the commit."""
    change = {"account": account_id, "amount": amount_fen}
    if (moved := tx.execute(_MOVE, change).first()) is None:
        # Locked, so that what is told as missing is missing: money may have come since.
        row = tx.one(ledger_accounts, lock=True, id=account_id)
        held = 0 if row is None else row.balance_fen
        if held + amount_fen < 0 or (moved := tx.execute(_MOVE, change).first()) is None:
            raise InsufficientBalance(shortfall_fen=-(held + amount_fen))
    return moved.balance_fen, moved.version


def lock_available(tx: Tx, account_id: AccountId) -> int:
    """What a customer can spend; nothing else changes it before the commit."""
    account = chart.available(account_id)
    _account(tx, account)
    row = tx.one(ledger_accounts, lock=True, name=account.name)
    return 0 if row is None else int(row.balance_fen)


def balance(tx: Tx, account_id: AccountId) -> Balance:
    """Zero for an account that never moved."""
    names = (chart.available(account_id).name, chart.frozen(account_id).name)
    rows = tx.execute(_TWO_BALANCES, {"one": names[0], "other": names[1]})
    held = {row.name: int(row.balance_fen) for row in rows}
    return Balance(available_fen=held.get(names[0], 0), frozen_fen=held.get(names[1], 0))


def history(tx: Tx, account_id: AccountId, *, before: int | None, limit: int) -> list[Entry]:
    """Changes of the available balance, newest first, older than entry `before`."""
    name = chart.available(account_id).name
    query = (
        select(entries, transfers)
        .join(transfers, transfers.c.id == entries.c.transfer_id)
        .join(ledger_accounts, ledger_accounts.c.id == entries.c.ledger_account_id)
        .where(ledger_accounts.c.name == name)
        .order_by(entries.c.version.desc())
        .limit(limit)
        .with_only_columns(
            entries.c.version,
            transfers.c.occurred_at,
            transfers.c.kind,
            transfers.c.channel,
            entries.c.amount_fen,
            entries.c.balance_after_fen,
            transfers.c.shown_reference,
        )
    )
    if before is not None:
        query = query.where(entries.c.version < before)
    return [
        Entry(
            entry_id=row.version,
            at=row.occurred_at,
            kind=row.kind,
            channel=row.channel,
            amount_fen=row.amount_fen,
            available_after_fen=row.balance_after_fen,
            reference=row.shown_reference,
        )
        for row in tx.all(query)
    ]
