"""Tables of alerts: an account's thresholds, and what each person chose to be told."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from core.storage.tables import metadata
from core.storage.types import UtcTime

thresholds = Table(
    "thresholds",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("below_since", UtcTime),
    Column("days_told", Integer, nullable=False),
    Column("last_told_on", String(10)),
    Column("taken_by", BigInteger),
    UniqueConstraint("account_id", "amount_fen"),
    CheckConstraint("amount_fen >= 0", name="not_negative"),
    CheckConstraint("days_told >= 0 AND days_told <= 5", name="days"),
)

alert_choices = Table(
    "alert_choices",
    metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("arrivals", Boolean),  # unset: what the role has by default
    Column("blocked", Boolean),
    Column("low_balance", Boolean),
    Column("above_fen", BigInteger, nullable=False),
    Column("quiet_from", Integer),
    Column("quiet_until", Integer),
    Column("digest", String(8), nullable=False),
    Column("snoozed_until", UtcTime),
    CheckConstraint("above_fen >= 0", name="above"),
    CheckConstraint("digest IN ('off','day','week')", name="digest"),
    CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet"),
)
