"""codes of links, requests to pay, step-up secrets, groups that moved."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import UtcTime

revision = "0011"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("link_tokens") as table:
        table.add_column(sa.Column("code_hash", sa.String(length=64), nullable=True))
        table.create_unique_constraint(op.f("uq_link_tokens_code_hash"), ["code_hash"])
    _create_requests()
    op.create_table(
        "step_up_secrets",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("limit_fen", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcTime(), nullable=True),
        sa.Column("passed_at", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_step_up_secrets_failures")),
        sa.CheckConstraint("limit_fen > 0", name=op.f("ck_step_up_secrets_limit")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_step_up_secrets")),
    )
    op.create_table(
        "moved_chats",
        sa.Column("old_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("new_id", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("old_id", name=op.f("pk_moved_chats")),
    )


def _create_requests() -> None:
    op.create_table(
        "pay_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_pay_requests_amount")),
        sa.CheckConstraint(
            "state IN ('open','paid','declined','expired')", name=op.f("ck_pay_requests_state")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_pay_requests_ended")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_pay_requests_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_requests")),
    )
    op.create_index("ix_pay_requests_person", "pay_requests", ["account_id", "person_id", "state"])
    op.create_table(
        "pay_request_wishes",
        sa.Column("top_up_id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["pay_requests.id"], name=op.f("fk_pay_request_wishes_request_id")
        ),
        sa.PrimaryKeyConstraint("top_up_id", name=op.f("pk_pay_request_wishes")),
    )


def downgrade() -> None:
    op.drop_table("moved_chats")
    op.drop_table("step_up_secrets")
    op.drop_table("pay_request_wishes")
    op.drop_index("ix_pay_requests_person", table_name="pay_requests")
    op.drop_table("pay_requests")
    with op.batch_alter_table("link_tokens") as table:
        table.drop_constraint(op.f("uq_link_tokens_code_hash"), type_="unique")
        table.drop_column("code_hash")
