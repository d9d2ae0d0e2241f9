"""Alembic's entry: runs the revisions on the connection that `core.storage.schema` hands over."""

from alembic import context

from core.storage import (  # noqa: F401 - their tables are part of the metadata
    alert_tables,
    bankline_tables,
    case_tables,
    code_tables,
    people_tables,
    platform_tables,
    reconciliation_tables,
    recovery_tables,
    remittance_tables,
    shortfall_tables,
)
from core.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
