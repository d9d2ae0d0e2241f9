"""Tables of bank statements: their lines, and which column of a bank's table is what."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from core.storage.tables import metadata
from core.storage.types import Document, RowId, UtcTime

bank_statements = Table(
    "bank_statements",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("bank_account", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("sent_by", BigInteger, nullable=False),
    Column("sent_at", UtcTime, nullable=False),
    Column("lines", Integer, nullable=False),
)

bank_lines = Table(
    "bank_lines",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("statement_id", ForeignKey("bank_statements.id"), nullable=False),
    Column("bank_account", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("booked_on", Date, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("payer_name", String(200), nullable=False),
    Column("plain_payer", String(200), nullable=False),
    Column("payer_account", String(64), nullable=False),
    Column("remark", String(500), nullable=False),
    Column("bank_id", String(100), nullable=False),
    Column("plain_id", String(100), nullable=False),
    Column("refs", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("claim_id", String(32)),
    Column("note", String(500)),
    Column("decided_by", BigInteger),
    Column("decided_at", UtcTime),
    UniqueConstraint("bank_account", "fingerprint"),
    UniqueConstraint("claim_id"),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("state IN ('new','matched','credited','ignored','returned')", name="state"),
    CheckConstraint("(state IN ('matched','credited')) = (claim_id IS NOT NULL)", name="claimed"),
    Index("ix_bank_lines_amount", "state", "amount_fen"),
    Index("ix_bank_lines_plain_id", "plain_id"),
    Index("ix_bank_lines_statement_id", "statement_id"),
)

bank_columns = Table(
    "bank_columns",
    metadata,
    Column("bank_account", String(64), primary_key=True),
    Column("columns", Document, nullable=False),
    Column("saved_by", BigInteger, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
)
