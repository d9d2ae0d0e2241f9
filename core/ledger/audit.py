"""The invariants of the books, each as one query that returns the broken rows."""

from core.errors import BooksBroken
from core.storage.transaction import Tx

# Name of the invariant → SQL that finds what breaks it; all must find nothing.
INVARIANTS: dict[str, str] = {
    "CONSERVE": """
        SELECT transfer_id AS row_id, SUM(amount_fen) AS detail FROM entries
        GROUP BY transfer_id HAVING SUM(amount_fen) <> 0""",
    "CONSERVE (no transfer without entries)": """
        SELECT t.id AS row_id, t.reference AS detail FROM transfers t
        LEFT JOIN entries e ON e.transfer_id = t.id
        GROUP BY t.id, t.reference HAVING COUNT(e.id) < 2""",
    "BALANCE-IS-SUM": """
        SELECT a.name AS row_id, a.balance_fen AS detail FROM ledger_accounts a
        LEFT JOIN entries e ON e.ledger_account_id = a.id WHERE a.balance_fen IS NOT NULL
        GROUP BY a.id, a.name, a.balance_fen, a.version
        HAVING a.balance_fen <> COALESCE(SUM(e.amount_fen), 0) OR a.version <> COUNT(e.id)
            OR a.version <> COALESCE(MAX(e.version), 0)""",
    "BALANCE-IS-SUM (balance after each entry)": """
        SELECT id AS row_id, balance_after_fen AS detail FROM (
            SELECT id, balance_after_fen, version,
                SUM(amount_fen) OVER (PARTITION BY ledger_account_id ORDER BY version) AS held,
                ROW_NUMBER() OVER (PARTITION BY ledger_account_id ORDER BY version) AS nth
            FROM entries WHERE version IS NOT NULL) AS running
        WHERE balance_after_fen <> held OR version <> nth""",
    "NO-NEGATIVE-AVAILABLE": """
        SELECT name AS row_id, balance_fen AS detail FROM ledger_accounts
        WHERE balance_fen < 0""",
    "ONE-CREDIT-PER-TRADE": """
        SELECT transfer_id AS row_id, COUNT(*) AS detail FROM trades
        WHERE transfer_id IS NOT NULL GROUP BY transfer_id HAVING COUNT(*) > 1""",
    "EVERY-PAID-TRADE-LANDS": """
        SELECT t.id AS row_id, t.trade_no AS detail FROM trades t
        WHERE t.transfer_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM cases c WHERE c.dedupe_key =
                'trade:' || t.channel || ':' || t.merchant || ':' || t.trade_no)""",
    "PAID-IS-CREDITED": """
        SELECT p.id AS row_id, p.order_no AS detail FROM payments p
        WHERE p.state = 'paid' AND NOT EXISTS (
            SELECT 1 FROM trades t WHERE t.payment_id = p.id)""",
    "SUSPENSE-HAS-CASE": """
        SELECT t.id AS row_id, t.reference AS detail FROM transfers t
        WHERE t.kind = 'suspense' AND NOT EXISTS (
            SELECT 1 FROM cases c WHERE c.dedupe_key = 'trade:' || substr(t.reference, 8))""",
    "SETTLED-IS-BILLED (clearing gave what the settled lines say)": """
        SELECT b.reference AS row_id, b.fen AS detail FROM (
            SELECT 'settlement:' || channel || ':' || CAST(day AS TEXT) AS reference,
                SUM(CASE kind WHEN 'payment' THEN amount_fen ELSE -amount_fen END) AS fen
            FROM bill_lines WHERE is_settled GROUP BY channel, day
        ) AS b LEFT JOIN (
            SELECT t.reference, e.amount_fen FROM transfers t
            JOIN entries e ON e.transfer_id = t.id
            JOIN ledger_accounts l ON l.id = e.ledger_account_id AND l.kind = 'clearing'
            WHERE t.kind = 'settlement'
        ) AS given ON given.reference = b.reference
        WHERE b.fen <> COALESCE(given.amount_fen, 0)""",
    "SETTLED-IS-BILLED (no settlement without its lines)": """
        SELECT t.id AS row_id, t.reference AS detail FROM transfers t
        WHERE t.kind = 'settlement' AND NOT EXISTS (
            SELECT 1 FROM bill_lines b WHERE b.is_settled AND t.reference =
                'settlement:' || b.channel || ':' || CAST(b.day AS TEXT))""",
    "CODE-BUDGET (a batch holds what its active codes are worth)": """
        SELECT b.id AS row_id, COALESCE(l.balance_fen, 0) AS detail FROM code_batches b
        LEFT JOIN ledger_accounts l ON l.name = 'promotion/' || b.id
        LEFT JOIN codes c ON c.batch_id = b.id AND c.state = 'active'
        GROUP BY b.id, b.amount_fen, l.balance_fen
        HAVING COALESCE(l.balance_fen, 0) <> b.amount_fen * COUNT(c.id)""",
    "CODE-BUDGET (no budget without its batch)": """
        SELECT l.name AS row_id, l.balance_fen AS detail FROM ledger_accounts l
        WHERE l.kind = 'promotion' AND NOT EXISTS (
            SELECT 1 FROM code_batches b WHERE l.name = 'promotion/' || b.id)""",
    "ONE-CREDIT-PER-CODE": """
        SELECT c.id AS row_id, c.state AS detail FROM codes c
        LEFT JOIN transfers t ON t.reference = 'code:' || c.id
        WHERE (c.state = 'redeemed') <> (t.id IS NOT NULL)
            OR (t.id IS NOT NULL AND t.account_id <> c.account_id)""",
    "ONE-CREDIT-PER-CODE (no credit without its code)": """
        SELECT t.id AS row_id, t.reference AS detail FROM transfers t
        WHERE t.kind = 'code' AND NOT EXISTS (
            SELECT 1 FROM codes c WHERE t.reference = 'code:' || c.id)""",
    "HOLD-LIFECYCLE (frozen is the sum of open holds)": """
        SELECT a.id AS row_id, COALESCE(l.balance_fen, 0) AS detail FROM accounts a
        LEFT JOIN ledger_accounts l ON l.name = 'customer/' || a.id || '/frozen'
        LEFT JOIN holds h ON h.account_id = a.id AND h.state = 'open'
        GROUP BY a.id, l.balance_fen
        HAVING COALESCE(l.balance_fen, 0) <> COALESCE(SUM(h.amount_fen), 0)""",
    "HOLD-LIFECYCLE (captured is at most what was held)": """
        SELECT id AS row_id, captured_fen AS detail FROM holds
        WHERE captured_fen < 0 OR captured_fen > amount_fen
            OR (state = 'captured') <> (captured_fen > 0)""",
    "HOLD-LIFECYCLE (one beginning, one end)": """
        SELECT h.id AS row_id, h.state AS detail FROM holds h
        LEFT JOIN transfers b ON b.reference = 'hold:' || h.account_id || ':' || h.id || ':place'
        LEFT JOIN transfers e ON e.reference = 'hold:' || h.account_id || ':' || h.id || ':end'
        WHERE b.id IS NULL OR (h.state = 'open') <> (e.id IS NULL)
            OR (e.id IS NOT NULL AND e.kind <> 'hold_' || h.state)""",
    "HOLD-LIFECYCLE (revenue is what was captured)": """
        SELECT h.id AS row_id, h.captured_fen AS detail FROM holds h
        JOIN transfers t ON t.reference = 'hold:' || h.account_id || ':' || h.id || ':end'
        LEFT JOIN (
            SELECT e.transfer_id, e.amount_fen FROM entries e
            JOIN ledger_accounts l ON l.id = e.ledger_account_id WHERE l.name = 'revenue'
        ) AS taken ON taken.transfer_id = t.id
        WHERE h.captured_fen <> COALESCE(taken.amount_fen, 0)""",
    "HOLD-LIFECYCLE (no movement without its hold)": """
        SELECT t.id AS row_id, t.reference AS detail FROM transfers t
        WHERE t.kind IN ('hold_placed', 'hold_captured', 'hold_released', 'hold_expired')
            AND NOT EXISTS (
                SELECT 1 FROM holds h
                WHERE h.id = t.shown_reference AND h.account_id = t.account_id)""",
}


def check_all(tx: Tx) -> None:
    """Raise `BooksBroken`, naming the invariant and its first broken row."""
    for name, query in INVARIANTS.items():
        if (row := tx.driver_sql(query).first()) is not None:
            raise BooksBroken(f"{name}: row {row.row_id} ({row.detail})")
