"""The table of copies that were brought back."""

from sqlalchemy import CheckConstraint, Column, String, Table

from core.storage.tables import metadata
from core.storage.types import RowId, UtcTime

recoveries = Table(
    "recoveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("copied_at", UtcTime, nullable=False),
    Column("restored_at", UtcTime),
    Column("reconciled_at", UtcTime),
    Column("state", String(16), nullable=False),
    CheckConstraint("state IN ('copied','restored','reconciled')", name="state"),
)
