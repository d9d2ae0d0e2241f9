"""The tables of top-up codes: batches, codes, and the guesses that failed."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from core.storage.tables import metadata
from core.storage.types import RowId, UtcTime

code_batches = Table(
    "code_batches",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("per_account", Integer),
    Column("expires_at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("maker", BigInteger),
    Column("releaser", BigInteger),
    Column("created_at", UtcTime, nullable=False),
    Column("released_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("request_key", String(100)),
    Column("sealed_codes", Text),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("count > 0", name="count"),
    CheckConstraint("per_account > 0", name="per_account"),
    CheckConstraint("state IN ('draft','released','revoked','expired')", name="state"),
    CheckConstraint("(state IN ('revoked','expired')) = (ended_at IS NOT NULL)", name="ended"),
    CheckConstraint("state <> 'released' OR released_at IS NOT NULL", name="released"),
    CheckConstraint("maker IS NULL OR releaser IS NULL OR maker <> releaser", name="two_people"),
    Index("ix_code_batches_created_at", "created_at"),
)

codes = Table(
    "codes",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("batch_id", ForeignKey("code_batches.id"), nullable=False),
    Column("under_key", String(8), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("last_four", String(4), nullable=False),
    Column("state", String(16), nullable=False),
    Column("redeemed_by", BigInteger),
    Column("account_id", ForeignKey("accounts.id")),
    Column("ended_at", UtcTime),
    UniqueConstraint("digest"),
    CheckConstraint("state IN ('active','redeemed','revoked','expired')", name="state"),
    CheckConstraint("(state = 'active') = (ended_at IS NULL)", name="ended"),
    CheckConstraint(
        "(state = 'redeemed') = (redeemed_by IS NOT NULL)"
        " AND (redeemed_by IS NULL) = (account_id IS NULL)",
        name="redeemed",
    ),
    Index("ix_codes_batch_id", "batch_id", "state"),
    Index("ix_codes_account_id", "account_id", "batch_id"),
)

code_failures = Table(
    "code_failures",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("person_id", BigInteger, nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_code_failures_person_id", "person_id", "at"),
    Index("ix_code_failures_account_id", "account_id", "at"),
    Index("ix_code_failures_at", "at"),
)

# One row per person, account and for all together: whoever counts failures holds its row.
code_brakes = Table(
    "code_brakes",
    metadata,
    Column("subject", String(80), primary_key=True),
    Column("level", Integer, nullable=False),
    Column("since", UtcTime),
    Column("until", UtcTime),
)
