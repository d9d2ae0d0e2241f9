"""Tables of reconciliation: what the providers' bills say, and the runs that compared them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    text,
)

from core.storage.tables import metadata
from core.storage.types import Document, RowId, UtcTime

SETTLED = text("is_settled")

bill_lines = Table(
    "bill_lines",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("number", String(64), nullable=False),
    Column("order_no", String(64), nullable=False),
    Column("trade_no", String(64)),
    Column("amount_fen", BigInteger, nullable=False),
    Column("currency", String(3)),
    Column("fee_fen", BigInteger, nullable=False),
    Column("state", String(16)),
    Column("occurred_at", UtcTime),
    Column("outcome", String(32), nullable=False),
    Column("trade_id", ForeignKey("trades.id")),
    Column("refund_id", ForeignKey("refunds.id")),
    Column("case_id", ForeignKey("cases.id")),
    Column("is_settled", Boolean, nullable=False),
    CheckConstraint("kind IN ('payment','refund')", name="kind"),
    Index("ix_bill_lines_day", "channel", "day"),
    Index("ix_bill_lines_number", "channel", "kind", "number"),
    Index("ix_bill_lines_trade_id", "trade_id"),
    Index("ix_bill_lines_refund_id", "refund_id"),
    Index(
        "uq_bill_lines_settled",
        "channel",
        "kind",
        "number",
        unique=True,
        sqlite_where=SETTLED,
        postgresql_where=SETTLED,
    ),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("ran_at", UtcTime, nullable=False),
    Column("ran_by", String(64), nullable=False),
    Column("lines", Integer, nullable=False),
    Column("outcomes", Document, nullable=False),
    Column("breaks_left", Integer, nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
    Column("refunded_fen", BigInteger, nullable=False),
    Column("fee_fen", BigInteger, nullable=False),
    Column("is_settled", Boolean, nullable=False),
    Index("ix_reconciliations_day", "channel", "day"),
)
