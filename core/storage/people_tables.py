"""The tables of requests to pay, step-up secrets, and groups that moved."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from core.storage.tables import metadata
from core.storage.types import UtcTime

pay_requests = Table(
    "pay_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_by", BigInteger),
    Column("ended_at", UtcTime),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("state IN ('open','paid','declined','expired')", name="state"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    Index("ix_pay_requests_person", "account_id", "person_id", "state"),
)

# Top-ups that were begun to serve a request; one may be given up for another.
pay_request_wishes = Table(
    "pay_request_wishes",
    metadata,
    Column("top_up_id", String(32), primary_key=True),
    Column("request_id", ForeignKey("pay_requests.id"), nullable=False),
)

step_up_secrets = Table(
    "step_up_secrets",
    metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed", Text, nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("limit_fen", BigInteger),
    Column("last_step", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcTime),
    Column("passed_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    CheckConstraint("failures >= 0", name="failures"),
    CheckConstraint("limit_fen > 0", name="limit"),
)

moved_chats = Table(
    "moved_chats",
    metadata,
    Column("old_id", BigInteger, primary_key=True, autoincrement=False),
    Column("new_id", BigInteger, nullable=False),
    Column("moved_at", UtcTime, nullable=False),
)
