"""Posting a transfer in one statement on PostgreSQL: a hot account is locked for one trip less.

Done step by step, four trips to the server stand between locking the account and the next use
case; here the lock, the check, the transfer, the balance and the entries are one statement.
"""

from datetime import datetime

from core.ids import TransferId
from core.ledger.model import Transfer
from core.storage.transaction import Tx

# Kept balances are locked in the order of their names, and read as they are then. Nothing is
# written unless every account is there, no balance falls below zero and the reference is new.
_APPEND = """
WITH wanted AS (
    SELECT * FROM unnest($1::varchar[], $2::bigint[]) AS wanted (name, amount_fen)
), kept AS (
    SELECT a.id, a.balance_fen, wanted.amount_fen
    FROM ledger_accounts a JOIN wanted ON wanted.name = a.name
    WHERE a.balance_fen IS NOT NULL
    ORDER BY a.name
    FOR NO KEY UPDATE OF a
), summed AS (
    SELECT a.id, wanted.amount_fen
    FROM ledger_accounts a JOIN wanted ON wanted.name = a.name
    WHERE a.balance_fen IS NULL
), made AS (
    INSERT INTO transfers (
        reference, kind, channel, account_id, shown_reference, content_hash,
        occurred_at, recorded_at
    )
    SELECT $3::varchar, $4::varchar, $5::varchar, $6::varchar, $7::varchar, $8::varchar,
        $9::timestamptz, $10::timestamptz
    WHERE (SELECT count(*) FROM kept) + (SELECT count(*) FROM summed) = cardinality($1)
        AND NOT EXISTS (SELECT FROM kept WHERE balance_fen + amount_fen < 0)
    ON CONFLICT DO NOTHING
    RETURNING id
), moved AS (
    UPDATE ledger_accounts a
    SET balance_fen = a.balance_fen + kept.amount_fen, version = a.version + 1
    FROM kept, made
    WHERE a.id = kept.id
    RETURNING a.id, kept.amount_fen, a.balance_fen, a.version
), noted AS (
    INSERT INTO entries (transfer_id, ledger_account_id, amount_fen, balance_after_fen, version)
    SELECT made.id, moved.id, moved.amount_fen, moved.balance_fen, moved.version
    FROM made, moved
    UNION ALL
    SELECT made.id, summed.id, summed.amount_fen, NULL, NULL FROM made, summed
)
SELECT id FROM made
"""


def append(tx: Tx, transfer: Transfer, digest: str, *, at: datetime) -> TransferId | None:
    """The new transfer, or None and nothing written: then step by step says what is the matter.

    That is a reference that is known, an account that never moved, or a balance that would fall
    below zero.
    """
    values = (
        [leg.account.name for leg in transfer.legs],
        [leg.amount_fen for leg in transfer.legs],
        transfer.reference,
        transfer.kind,
        transfer.channel,
        transfer.account_id,
        transfer.shown_reference,
        digest,
        transfer.occurred_at,
        at,
    )
    row = tx.driver_sql(_APPEND, values).first()
    return None if row is None else TransferId(row.id)
