"""What a history is searched by, and alerts."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_transfers_when", "transfers", ["account_id", "recorded_at", "id"]),
    ("ix_transfers_kind", "transfers", ["account_id", "kind", "recorded_at", "id"]),
    ("ix_transfers_channel", "transfers", ["account_id", "channel", "recorded_at", "id"]),
    ("ix_transfers_shown", "transfers", ["account_id", "shown_reference"]),
    ("ix_trades_transfer_id", "trades", ["transfer_id"]),
    ("ix_provider_events_order_no", "provider_events", ["order_no"]),
    ("ix_audit_subject", "audit", ["subject"]),
    ("ix_audit_account_id", "audit", ["account_id", "id"]),
)


def upgrade() -> None:
    op.drop_index("ix_transfers_account_id", table_name="transfers")
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    _create_thresholds()
    _create_choices()


def _create_thresholds() -> None:
    op.create_table(
        "thresholds",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("below_since", UtcTime(), nullable=True),
        sa.Column("days_told", sa.Integer(), nullable=False),
        sa.Column("last_told_on", sa.String(length=10), nullable=True),
        sa.Column("taken_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_thresholds_not_negative")),
        sa.CheckConstraint("days_told >= 0 AND days_told <= 5", name=op.f("ck_thresholds_days")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_thresholds_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thresholds")),
        sa.UniqueConstraint(
            "account_id", "amount_fen", name=op.f("uq_thresholds_account_id_amount_fen")
        ),
    )


def _create_choices() -> None:
    op.create_table(
        "alert_choices",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("arrivals", sa.Boolean(), nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=True),
        sa.Column("low_balance", sa.Boolean(), nullable=True),
        sa.Column("above_fen", sa.BigInteger(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=8), nullable=False),
        sa.Column("snoozed_until", UtcTime(), nullable=True),
        sa.CheckConstraint("above_fen >= 0", name=op.f("ck_alert_choices_above")),
        sa.CheckConstraint("digest IN ('off','day','week')", name=op.f("ck_alert_choices_digest")),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_alert_choices_quiet")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_alert_choices_account_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "account_id", name=op.f("pk_alert_choices")),
    )


def downgrade() -> None:
    op.drop_table("alert_choices")
    op.drop_table("thresholds")
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.create_index("ix_transfers_account_id", "transfers", ["account_id", "id"])
