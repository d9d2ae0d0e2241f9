"""holds."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("captured_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("requested_by", sa.String(length=200), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_holds_amount")),
        sa.CheckConstraint(
            "captured_fen >= 0 AND captured_fen <= amount_fen", name=op.f("ck_holds_captured")
        ),
        sa.CheckConstraint(
            "(state = 'captured') = (captured_fen > 0)", name=op.f("ck_holds_captured_state")
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_holds_ended")),
        sa.CheckConstraint(
            "state IN ('open','captured','released','expired')", name=op.f("ck_holds_state")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_holds_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_account_id", "holds", ["account_id", "state"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_holds_account_id", table_name="holds")
    op.drop_table("holds")
