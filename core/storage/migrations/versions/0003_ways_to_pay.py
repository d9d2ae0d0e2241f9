"""banks, cards and the provider's own name of an order."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("payments") as table:
        table.add_column(sa.Column("bank", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("provider_reference", sa.String(length=128), nullable=True))
        table.add_column(sa.Column("reason", sa.String(length=64), nullable=True))
    op.create_table(
        "card_customers",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("app", sa.String(length=64), nullable=False),
        sa.Column("customer", sa.String(length=128), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "app", name=op.f("pk_card_customers")),
    )
    op.create_table(
        "provider_calls",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_success_at", UtcTime(), nullable=True),
        sa.Column("last_failure_at", UtcTime(), nullable=True),
        sa.Column("last_failure", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_provider_calls")),
    )


def downgrade() -> None:
    op.drop_table("provider_calls")
    op.drop_table("card_customers")
    with op.batch_alter_table("payments") as table:
        table.drop_column("reason")
        table.drop_column("provider_reference")
        table.drop_column("bank")
