"""Credited payments by the thousand: the rows that `record` writes, without its questions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.ids import AccountId
from core.ledger import chart, postings
from core.ledger import store as ledger
from core.ledger.model import Transfer
from core.providers.base import Report
from core.storage.tables import entries, ledger_accounts, payments, top_ups, trades, transfers
from core.storage.transaction import Tx


def credit_all(tx: Tx, account_id: AccountId, reports: Sequence[Report]) -> None:
    """As if each had been ordered, paid and told of, for one account; the audit has no rows."""
    moved = {str(report.trade_no): _transfer(account_id, report) for report in reports}
    tx.insert_all(top_ups, [_top_up(account_id, report) for report in reports])
    tx.insert_all(payments, [_payment(report) for report in reports])
    tx.insert_all(transfers, [_transfer_row(transfer) for transfer in moved.values()])
    ids = {row.reference: row.id for row in tx.rows(transfers, recorded_at=MARK)}
    numbered = {trade_no: ids[transfer.reference] for trade_no, transfer in moved.items()}
    tx.insert_all(trades, [_trade(report, numbered[str(report.trade_no)]) for report in reports])
    _post(tx, account_id, [(ids[item.reference], item) for item in moved.values()])


MARK = datetime.fromisoformat("2026-01-01T00:00:00+00:00")  # when such transfers were written


def _transfer(account_id: AccountId, report: Report) -> Transfer:
    return postings.payment_received(
        account_id=account_id,
        channel=report.channel,
        merchant=report.merchant,
        trade_no=str(report.trade_no),
        amount_fen=report.amount_fen or 0,
        occurred_at=report.occurred_at or MARK,
    )


def _top_up(account_id: AccountId, report: Report) -> dict[str, object]:
    at = report.occurred_at or MARK
    return {
        "id": f"W{report.order_no}",
        "account_id": account_id,
        "person_id": 12,
        "amount_fen": report.amount_fen,
        "state": "funded",
        "created_at": at,
        "expires_at": at + timedelta(hours=1),
    }


def _payment(report: Report) -> dict[str, object]:
    at = report.occurred_at or MARK
    return {
        "id": f"P{report.order_no}",
        "top_up_id": f"W{report.order_no}",
        "attempt": 1,
        "channel": report.channel,
        "form": "qr",
        "order_no": report.order_no,
        "request_key": report.order_no,
        "merchant": report.merchant,
        "app": report.app,
        "amount_fen": report.amount_fen,
        "currency": report.currency,
        "state": "paid",
        "bridge_token": f"B{report.order_no}",
        "created_at": at,
        "expires_at": at + timedelta(hours=1),
        "ended_at": at,
    }


def _transfer_row(item: Transfer) -> dict[str, object]:
    return {
        "reference": item.reference,
        "kind": item.kind,
        "channel": item.channel,
        "account_id": item.account_id,
        "shown_reference": item.shown_reference,
        "content_hash": item.content_hash(),
        "occurred_at": item.occurred_at,
        "recorded_at": MARK,
    }


def _trade(report: Report, transfer_id: int) -> dict[str, object]:
    return {
        "channel": report.channel,
        "merchant": report.merchant,
        "trade_no": report.trade_no,
        "order_no": report.order_no,
        "payment_id": f"P{report.order_no}",
        "transfer_id": transfer_id,
        "amount_fen": report.amount_fen,
        "currency": report.currency,
        "mark": None,
        "occurred_at": report.occurred_at,
        "recorded_at": report.occurred_at,
    }


def _post(tx: Tx, account_id: AccountId, moved: Sequence[tuple[int, Transfer]]) -> None:
    """The first transfer by the ledger itself, which makes the accounts; then all the others."""
    (first_id, first), rest = moved[0], moved[1:]
    ledger._append_entries(tx, first_id, first.legs)
    kept = tx.one(ledger_accounts, name=chart.available(account_id).name, lock=True)
    clearing = tx.one(ledger_accounts, name=chart.clearing(first.channel or "").name)
    assert kept is not None
    assert clearing is not None
    balance, version = int(kept.balance_fen), int(kept.version)
    rows: list[dict[str, object]] = []
    for transfer_id, item in rest:
        fen = next(leg.amount_fen for leg in item.legs if leg.amount_fen > 0)
        balance, version = balance + fen, version + 1
        rows.append(_entry(transfer_id, clearing.id, -fen, None, None))
        rows.append(_entry(transfer_id, kept.id, fen, balance, version))
    tx.insert_all(entries, rows)
    tx.change(ledger_accounts, {"id": kept.id}, balance_fen=balance, version=version)


def _entry(
    transfer_id: int, account: int, fen: int, after_fen: int | None, version: int | None
) -> dict[str, object]:
    return {
        "transfer_id": transfer_id,
        "ledger_account_id": account,
        "amount_fen": fen,
        "balance_after_fen": after_fen,
        "version": version,
    }
