"""top-up codes."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import RowId, UtcTime

revision = "0010"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_batches()
    _create_codes()
    _create_guesses()


def _create_batches() -> None:
    op.create_table(
        "code_batches",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("per_account", sa.Integer(), nullable=True),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("maker", sa.BigInteger(), nullable=True),
        sa.Column("releaser", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("released_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("request_key", sa.String(length=100), nullable=True),
        sa.Column("sealed_codes", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_code_batches_amount")),
        sa.CheckConstraint("count > 0", name=op.f("ck_code_batches_count")),
        sa.CheckConstraint("per_account > 0", name=op.f("ck_code_batches_per_account")),
        sa.CheckConstraint(
            "state IN ('draft','released','revoked','expired')",
            name=op.f("ck_code_batches_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('revoked','expired')) = (ended_at IS NOT NULL)",
            name=op.f("ck_code_batches_ended"),
        ),
        sa.CheckConstraint(
            "state <> 'released' OR released_at IS NOT NULL",
            name=op.f("ck_code_batches_released"),
        ),
        sa.CheckConstraint(
            "maker IS NULL OR releaser IS NULL OR maker <> releaser",
            name=op.f("ck_code_batches_two_people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_batches")),
    )
    op.create_index("ix_code_batches_created_at", "code_batches", ["created_at"])


def _create_codes() -> None:
    op.create_table(
        "codes",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("under_key", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("redeemed_by", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.String(length=64), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('active','redeemed','revoked','expired')", name=op.f("ck_codes_state")
        ),
        sa.CheckConstraint("(state = 'active') = (ended_at IS NULL)", name=op.f("ck_codes_ended")),
        sa.CheckConstraint(
            "(state = 'redeemed') = (redeemed_by IS NOT NULL)"
            " AND (redeemed_by IS NULL) = (account_id IS NULL)",
            name=op.f("ck_codes_redeemed"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_codes_account_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["code_batches.id"], name=op.f("fk_codes_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_codes_digest")),
    )
    op.create_index("ix_codes_batch_id", "codes", ["batch_id", "state"])
    op.create_index("ix_codes_account_id", "codes", ["account_id", "batch_id"])


def _create_guesses() -> None:
    op.create_table(
        "code_failures",
        sa.Column("id", RowId, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_code_failures_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_failures")),
    )
    op.create_index("ix_code_failures_person_id", "code_failures", ["person_id", "at"])
    op.create_index("ix_code_failures_account_id", "code_failures", ["account_id", "at"])
    op.create_index("ix_code_failures_at", "code_failures", ["at"])
    op.create_table(
        "code_brakes",
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("since", UtcTime(), nullable=True),
        sa.Column("until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_code_brakes")),
    )


def downgrade() -> None:
    for table in ("code_brakes", "code_failures", "codes", "code_batches"):
        op.drop_table(table)
