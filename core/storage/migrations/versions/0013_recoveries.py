"""recoveries."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import RowId, UtcTime

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", RowId, nullable=False),
        sa.Column("copied_at", UtcTime(), nullable=False),
        sa.Column("restored_at", UtcTime()),
        sa.Column("reconciled_at", UtcTime()),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "state IN ('copied','restored','reconciled')", name=op.f("ck_recoveries_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
    )


def downgrade() -> None:
    op.drop_table("recoveries")
