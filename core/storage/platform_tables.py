"""The tables of what the platform is told by webhook."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from core.storage.tables import metadata
from core.storage.types import Document, RowId, UtcTime

platform_events = Table(
    "platform_events",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("type", String(32), nullable=False),
    Column("data", Document, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("happened_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    CheckConstraint("state IN ('waiting','delivered','given_up','unsent')", name="state"),
    CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
    Index("ix_platform_events_happened_at", "happened_at"),
)

platform_deliveries = Table(
    "platform_deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("event_id", ForeignKey("platform_events.id", ondelete="CASCADE"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("status", Integer),
    Column("fault", String(200)),
    Column("took_ms", Integer, nullable=False),
    Index("ix_platform_deliveries_event_id", "event_id"),
    CheckConstraint("(status IS NULL) = (fault IS NOT NULL)", name="outcome"),
)
