"""The table of refunds, beside the cases in `core.storage.tables`."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from core.storage.tables import metadata
from core.storage.types import UtcTime

LIVE = text("state IN ('asked','approved','sending')")

refunds = Table(
    "refunds",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("request_key", String(100), nullable=False),
    Column("trade_id", ForeignKey("trades.id"), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("refunded_before_fen", BigInteger, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("asked_by", BigInteger, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("decided_by", BigInteger),
    Column("decided_at", UtcTime),
    Column("answer", String(500)),
    Column("provider_refund_no", String(64)),
    Column("tries", Integer, nullable=False),
    Column("sent_at", UtcTime),
    Column("ended_at", UtcTime),
    UniqueConstraint("request_key"),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("refunded_before_fen + amount_fen <= total_fen", name="within_trade"),
    CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
    CheckConstraint(
        "(state IN ('done','failed','refused')) = (ended_at IS NOT NULL)", name="ended"
    ),
    CheckConstraint(
        "state IN ('asked','approved','sending','done','failed','refused')", name="state"
    ),
    Index("ix_refunds_trade_id", "trade_id"),
    Index("uq_refunds_live", "trade_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
)
