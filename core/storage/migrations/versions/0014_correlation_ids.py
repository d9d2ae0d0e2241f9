"""What a job belongs to, through logs and messages."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("correlation_id", sa.String(length=40)))


def downgrade() -> None:
    op.drop_column("jobs", "correlation_id")
