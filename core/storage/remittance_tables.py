"""Tables of remittances: what was declared, receipts, the timeline, decisions, reversals."""

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
    UniqueConstraint,
    text,
)

from core.storage.tables import metadata
from core.storage.types import RowId, UtcTime

STATES = (
    "state IN ('draft','submitted','in_review','approved_once','needs_info',"
    "'approved','rejected','withdrawn')"
)
FINAL = text("is_final AND undone_at IS NULL")
LIVE_REVERSAL = text("state IN ('asked','done')")

remittances = Table(
    "remittances",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("request_key", String(100), nullable=False),
    Column("reference", String(24), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("submitted_by", BigInteger),
    Column("way", String(16)),
    Column("state", String(16), nullable=False),
    Column("replaces", ForeignKey("remittances.id")),
    Column("declared_fen", BigInteger),
    Column("payer_name", String(100)),
    Column("payer_account", String(8)),
    Column("transfer_date", Date),
    Column("bank_serial", String(64)),
    Column("note", String(500)),
    Column("created_at", UtcTime, nullable=False),
    Column("submitted_at", UtcTime),
    Column("due_at", UtcTime),
    Column("half_at", UtcTime),
    Column("due_is_estimated", Boolean, nullable=False),
    Column("paused_at", UtcTime),
    Column("clock_stage", Integer, nullable=False),
    Column("claimed_by", BigInteger),
    Column("claimed_until", UtcTime),
    Column("asked_by", BigInteger),
    Column("round", Integer, nullable=False),
    Column("received_fen", BigInteger),
    Column("reject_code", String(32)),
    Column("answer", String(500)),
    Column("post_at", UtcTime),
    Column("credited_at", UtcTime),
    Column("reversed_at", UtcTime),
    UniqueConstraint("request_key"),
    UniqueConstraint("reference"),
    CheckConstraint("declared_fen > 0", name="declared"),
    CheckConstraint("received_fen > 0", name="received"),
    CheckConstraint(STATES, name="state"),
    CheckConstraint("way IN ('tenpay','cash','cheque','wire','online')", name="way"),
    CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claimed"),
    CheckConstraint("state <> 'in_review' OR claimed_by IS NOT NULL", name="in_review"),
    CheckConstraint("credited_at IS NULL OR state = 'approved'", name="credited"),
    CheckConstraint("(state = 'needs_info') = (paused_at IS NOT NULL)", name="paused"),
    Index("ix_remittances_account_id", "account_id", "created_at"),
    Index("ix_remittances_waiting", "state", "due_at"),
    Index("ix_remittances_bank_serial", "bank_serial"),
)

remittance_files = Table(
    "remittance_files",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("remittance_id", ForeignKey("remittances.id"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(32), nullable=False),
    Column("size", Integer, nullable=False),
    Column("look", String(16)),
    Column("name", String(128), nullable=False),
    Column("added_by", BigInteger, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    UniqueConstraint("remittance_id", "sha256"),
    Index("ix_remittance_files_sha256", "sha256"),
)

remittance_events = Table(
    "remittance_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("remittance_id", ForeignKey("remittances.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("what", String(24), nullable=False),
    Column("person_id", BigInteger),
    Column("text", String(500)),
    Index("ix_remittance_events_remittance_id", "remittance_id"),
)

remittance_decisions = Table(
    "remittance_decisions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("remittance_id", ForeignKey("remittances.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("seat", String(8), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("received_fen", BigInteger),
    Column("reason", String(500)),
    Column("is_final", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("undone_at", UtcTime),
    UniqueConstraint("remittance_id", "round", "seat"),
    UniqueConstraint("remittance_id", "round", "person_id"),
    CheckConstraint("seat IN ('first','second')", name="seat"),
    CheckConstraint("decision IN ('approve','approve_once','reject')", name="decision"),
    Index(
        "uq_remittance_decisions_final",
        "remittance_id",
        unique=True,
        sqlite_where=FINAL,
        postgresql_where=FINAL,
    ),
)

remittance_reversals = Table(
    "remittance_reversals",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("remittance_id", ForeignKey("remittances.id"), nullable=False),
    Column("state", String(8), nullable=False),
    Column("asked_by", BigInteger, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("ended_by", BigInteger),
    Column("ended_at", UtcTime),
    CheckConstraint("state IN ('asked','done','refused')", name="state"),
    CheckConstraint("ended_by <> asked_by", name="two_people"),
    Index(
        "uq_remittance_reversals_live",
        "remittance_id",
        unique=True,
        sqlite_where=LIVE_REVERSAL,
        postgresql_where=LIVE_REVERSAL,
    ),
)
