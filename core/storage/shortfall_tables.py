"""The tables of purchases that wait for funds."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    text,
)

from core.storage.tables import metadata
from core.storage.types import RowId, UtcTime

LIVING = text("state IN ('waiting','fundable')")

blocked_purchases = Table(
    "blocked_purchases",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("hold_id", String(64), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("product", String(200), nullable=False),
    Column("requested_by", String(200)),
    Column("state", String(16), nullable=False),
    Column("blocked_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    UniqueConstraint("hold_id", "account_id"),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint(
        "state IN ('waiting','fundable','placed','dismissed','expired')", name="state"
    ),
    CheckConstraint("(state IN ('waiting','fundable')) = (ended_at IS NULL)", name="ended"),
    Index(
        "ix_blocked_purchases_living",
        "account_id",
        "blocked_at",
        "id",
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    ),
)

shortfall_pushes = Table(
    "shortfall_pushes",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("pushed_at", UtcTime, nullable=False),
)
