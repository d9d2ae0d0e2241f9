"""refunds and cases."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import Document, RowId, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('asked','approved','sending')")


CLAIMED = (
    "(state = 'claimed') = (claimed_by IS NOT NULL)"
    " AND (claimed_by IS NULL) = (claimed_until IS NULL)"
)
RESOLVED = (
    "(state = 'resolved') = (resolved_at IS NOT NULL)"
    " AND (resolved_at IS NULL) = (decision IS NULL)"
)
CHECKS = {"ck_cases_claimed": CLAIMED, "ck_cases_resolved": RESOLVED}


def upgrade() -> None:
    with op.batch_alter_table("cases", copy_from=_cases()) as table:
        for column in _columns():
            table.add_column(column)
        for name, rule in CHECKS.items():
            table.create_check_constraint(op.f(name), rule)
    op.create_index("ix_cases_waiting", "cases", ["state", "opened_at"])
    _create_refunds()


def _create_refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_key", sa.String(length=100), nullable=False),
        sa.Column("trade_id", RowId, nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_before_fen", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("provider_refund_no", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint(
            "refunded_before_fen + amount_fen <= total_fen", name=op.f("ck_refunds_within_trade")
        ),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_refunds_decided")
        ),
        sa.CheckConstraint(
            "(state IN ('done','failed','refused')) = (ended_at IS NOT NULL)",
            name=op.f("ck_refunds_ended"),
        ),
        sa.CheckConstraint(
            "state IN ('asked','approved','sending','done','failed','refused')",
            name=op.f("ck_refunds_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_refunds_account_id")
        ),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_refunds_trade_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("request_key", name=op.f("uq_refunds_request_key")),
    )
    op.create_index("ix_refunds_trade_id", "refunds", ["trade_id"])
    op.create_index(
        "uq_refunds_live",
        "refunds",
        ["trade_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def downgrade() -> None:
    op.drop_table("refunds")
    op.drop_index("ix_cases_waiting", table_name="cases")
    checks = [sa.CheckConstraint(rule, name=name) for name, rule in CHECKS.items()]
    with op.batch_alter_table("cases", copy_from=_cases(*_columns(), *checks)) as table:
        for name in CHECKS:
            table.drop_constraint(op.f(name), type_="check")
        for column in _columns():
            table.drop_column(column.name)


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", UtcTime(), nullable=True),
        sa.Column("flag", sa.String(length=32), nullable=True),
        sa.Column("decision", sa.String(length=32), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("resolved_by", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", UtcTime(), nullable=True),
    ]


def _cases(*more: sa.Column[object] | sa.CheckConstraint) -> sa.Table:
    """The table as 0001 made it, and more: SQLite copies the table, and would lose CHECKs it only reflects."""
    held = sa.MetaData()
    sa.Table("accounts", held, sa.Column("id", sa.String(length=64), primary_key=True))
    sa.Table("payments", held, sa.Column("id", sa.String(length=32), primary_key=True))
    return sa.Table(
        "cases",
        held,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=True),
        sa.Column("payment_id", sa.String(length=32), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("facts", Document, nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.CheckConstraint("state IN ('open','claimed','resolved')", name="ck_cases_state"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_cases_account_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_cases_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("dedupe_key", name="uq_cases_dedupe_key"),
        *more,
    )
