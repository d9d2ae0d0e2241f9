"""platform events and shortfalls."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import Document, RowId, UtcTime

revision = "0009"
down_revision = "0004"
branch_labels = None
depends_on = None

LIVING = sa.text("state IN ('waiting','fundable')")


def upgrade() -> None:
    _create_events()
    _create_blocked_purchases()
    op.create_table(
        "shortfall_pushes",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("pushed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_shortfall_pushes_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_shortfall_pushes")),
    )


def _create_events() -> None:
    op.create_table(
        "platform_events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("data", Document, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("happened_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting','delivered','given_up','unsent')",
            name=op.f("ck_platform_events_state"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_platform_events_ended")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_events")),
    )
    op.create_index("ix_platform_events_happened_at", "platform_events", ["happened_at"])
    op.create_table(
        "platform_deliveries",
        sa.Column("id", RowId, nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(length=200), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status IS NULL) = (fault IS NOT NULL)", name=op.f("ck_platform_deliveries_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform_events.id"],
            name=op.f("fk_platform_deliveries_event_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_deliveries")),
    )
    op.create_index("ix_platform_deliveries_event_id", "platform_deliveries", ["event_id"])


def _create_blocked_purchases() -> None:
    op.create_table(
        "blocked_purchases",
        sa.Column("id", RowId, nullable=False),
        sa.Column("hold_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("requested_by", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("blocked_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_blocked_purchases_amount")),
        sa.CheckConstraint(
            "state IN ('waiting','fundable','placed','dismissed','expired')",
            name=op.f("ck_blocked_purchases_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('waiting','fundable')) = (ended_at IS NULL)",
            name=op.f("ck_blocked_purchases_ended"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_blocked_purchases_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_purchases")),
        sa.UniqueConstraint(
            "hold_id", "account_id", name=op.f("uq_blocked_purchases_hold_id_account_id")
        ),
    )
    op.create_index(
        "ix_blocked_purchases_living",
        "blocked_purchases",
        ["account_id", "blocked_at", "id"],
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )


def downgrade() -> None:
    op.drop_table("shortfall_pushes")
    op.drop_table("blocked_purchases")
    op.drop_table("platform_deliveries")
    op.drop_table("platform_events")
