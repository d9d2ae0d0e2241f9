"""bills and their comparison with the books."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import Document, RowId, UtcTime

revision = "0005"
down_revision = "0013"
branch_labels = None
depends_on = None

SETTLED = sa.text("is_settled")


def upgrade() -> None:
    op.create_index("ix_trades_day", "trades", ["channel", "occurred_at"])
    _create_lines()
    op.create_table(
        "reconciliations",
        sa.Column("id", RowId, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ran_at", UtcTime(), nullable=False),
        sa.Column("ran_by", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("outcomes", Document, nullable=False),
        sa.Column("breaks_left", sa.Integer(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index("ix_reconciliations_day", "reconciliations", ["channel", "day"])


def _create_lines() -> None:
    op.create_table(
        "bill_lines",
        sa.Column("id", RowId, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("order_no", sa.String(length=64), nullable=False),
        sa.Column("trade_no", sa.String(length=64), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=True),
        sa.Column("occurred_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("trade_id", RowId, nullable=True),
        sa.Column("refund_id", sa.String(length=32), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('payment','refund')", name=op.f("ck_bill_lines_kind")),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_bill_lines_trade_id")),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_bill_lines_refund_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_bill_lines_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_lines")),
    )
    op.create_index("ix_bill_lines_day", "bill_lines", ["channel", "day"])
    op.create_index("ix_bill_lines_number", "bill_lines", ["channel", "kind", "number"])
    op.create_index("ix_bill_lines_trade_id", "bill_lines", ["trade_id"])
    op.create_index("ix_bill_lines_refund_id", "bill_lines", ["refund_id"])
    op.create_index(
        "uq_bill_lines_settled",
        "bill_lines",
        ["channel", "kind", "number"],
        unique=True,
        sqlite_where=SETTLED,
        postgresql_where=SETTLED,
    )


def downgrade() -> None:
    op.drop_table("reconciliations")
    op.drop_table("bill_lines")
    op.drop_index("ix_trades_day", table_name="trades")
