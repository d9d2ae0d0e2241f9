"""bank statements, their lines and columns."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import Document, RowId, UtcTime

revision = "0008"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_statements",
        sa.Column("id", RowId, nullable=False),
        sa.Column("bank_account", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sent_by", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
    )
    _create_lines()
    op.create_table(
        "bank_columns",
        sa.Column("bank_account", sa.String(length=64), nullable=False),
        sa.Column("columns", Document, nullable=False),
        sa.Column("saved_by", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("bank_account", name=op.f("pk_bank_columns")),
    )


def _create_lines() -> None:
    op.create_table(
        "bank_lines",
        sa.Column("id", RowId, nullable=False),
        sa.Column("statement_id", RowId, nullable=False),
        sa.Column("bank_account", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payer_name", sa.String(length=200), nullable=False),
        sa.Column("plain_payer", sa.String(length=200), nullable=False),
        sa.Column("payer_account", sa.String(length=64), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("bank_id", sa.String(length=100), nullable=False),
        sa.Column("plain_id", sa.String(length=100), nullable=False),
        sa.Column("refs", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("claim_id", sa.String(length=32), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bank_lines_amount")),
        sa.CheckConstraint(
            "state IN ('new','matched','credited','ignored','returned')",
            name=op.f("ck_bank_lines_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('matched','credited')) = (claim_id IS NOT NULL)",
            name=op.f("ck_bank_lines_claimed"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statements.id"], name=op.f("fk_bank_lines_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
        sa.UniqueConstraint(
            "bank_account", "fingerprint", name=op.f("uq_bank_lines_bank_account_fingerprint")
        ),
        sa.UniqueConstraint("claim_id", name=op.f("uq_bank_lines_claim_id")),
    )
    op.create_index("ix_bank_lines_amount", "bank_lines", ["state", "amount_fen"])
    op.create_index("ix_bank_lines_plain_id", "bank_lines", ["plain_id"])
    op.create_index("ix_bank_lines_statement_id", "bank_lines", ["statement_id"])


def downgrade() -> None:
    for table in ("bank_columns", "bank_lines", "bank_statements"):
        op.drop_table(table)
