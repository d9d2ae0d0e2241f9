"""remittances."""

import sqlalchemy as sa
from alembic import op

from core.storage.types import RowId, UtcTime

revision = "0007"
down_revision = "0008"
branch_labels = None
depends_on = None

STATES = (
    "state IN ('draft','submitted','in_review','approved_once','needs_info',"
    "'approved','rejected','withdrawn')"
)
FINAL = sa.text("is_final AND undone_at IS NULL")
LIVE_REVERSAL = sa.text("state IN ('asked','done')")


def upgrade() -> None:
    _create_remittances()
    _create_remittance_decisions()
    _create_remittance_events()
    _create_remittance_files()
    _create_remittance_reversals()


def _create_remittances() -> None:
    op.create_table(
        "remittances",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_key", sa.String(length=100), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_by", sa.BigInteger(), nullable=True),
        sa.Column("way", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("declared_fen", sa.BigInteger(), nullable=True),
        sa.Column("payer_name", sa.String(length=100), nullable=True),
        sa.Column("payer_account", sa.String(length=8), nullable=True),
        sa.Column("transfer_date", sa.Date(), nullable=True),
        sa.Column("bank_serial", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("submitted_at", UtcTime(), nullable=True),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("half_at", UtcTime(), nullable=True),
        sa.Column("due_is_estimated", sa.Boolean(), nullable=False),
        sa.Column("paused_at", UtcTime(), nullable=True),
        sa.Column("clock_stage", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", UtcTime(), nullable=True),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("received_fen", sa.BigInteger(), nullable=True),
        sa.Column("reject_code", sa.String(length=32), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("post_at", UtcTime(), nullable=True),
        sa.Column("credited_at", UtcTime(), nullable=True),
        sa.Column("reversed_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'needs_info') = (paused_at IS NOT NULL)", name=op.f("ck_remittances_paused")
        ),
        sa.CheckConstraint(
            "credited_at IS NULL OR state = 'approved'", name=op.f("ck_remittances_credited")
        ),
        sa.CheckConstraint(
            "state <> 'in_review' OR claimed_by IS NOT NULL", name=op.f("ck_remittances_in_review")
        ),
        sa.CheckConstraint(STATES, name=op.f("ck_remittances_state")),
        sa.CheckConstraint(
            "way IN ('tenpay','cash','cheque','wire','online')", name=op.f("ck_remittances_way")
        ),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name=op.f("ck_remittances_claimed")
        ),
        sa.CheckConstraint("declared_fen > 0", name=op.f("ck_remittances_declared")),
        sa.CheckConstraint("received_fen > 0", name=op.f("ck_remittances_received")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_remittances_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["remittances.id"], name=op.f("fk_remittances_replaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittances")),
        sa.UniqueConstraint("reference", name=op.f("uq_remittances_reference")),
        sa.UniqueConstraint("request_key", name=op.f("uq_remittances_request_key")),
    )
    op.create_index(
        "ix_remittances_account_id", "remittances", ["account_id", "created_at"], unique=False
    )
    op.create_index("ix_remittances_bank_serial", "remittances", ["bank_serial"], unique=False)
    op.create_index("ix_remittances_waiting", "remittances", ["state", "due_at"], unique=False)


def _create_remittance_decisions() -> None:
    op.create_table(
        "remittance_decisions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("remittance_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(length=8), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("received_fen", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("undone_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('approve','approve_once','reject')",
            name=op.f("ck_remittance_decisions_decision"),
        ),
        sa.CheckConstraint(
            "seat IN ('first','second')", name=op.f("ck_remittance_decisions_seat")
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["remittances.id"],
            name=op.f("fk_remittance_decisions_remittance_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_decisions")),
        sa.UniqueConstraint(
            "remittance_id",
            "round",
            "person_id",
            name=op.f("uq_remittance_decisions_remittance_id_round_person_id"),
        ),
        sa.UniqueConstraint(
            "remittance_id",
            "round",
            "seat",
            name=op.f("uq_remittance_decisions_remittance_id_round_seat"),
        ),
    )
    op.create_index(
        "uq_remittance_decisions_final",
        "remittance_decisions",
        ["remittance_id"],
        unique=True,
        sqlite_where=FINAL,
        postgresql_where=FINAL,
    )


def _create_remittance_events() -> None:
    op.create_table(
        "remittance_events",
        sa.Column("id", RowId, nullable=False),
        sa.Column("remittance_id", sa.String(length=32), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["remittance_id"], ["remittances.id"], name=op.f("fk_remittance_events_remittance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_events")),
    )
    op.create_index(
        "ix_remittance_events_remittance_id", "remittance_events", ["remittance_id"], unique=False
    )


def _create_remittance_files() -> None:
    op.create_table(
        "remittance_files",
        sa.Column("id", RowId, nullable=False),
        sa.Column("remittance_id", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("look", sa.String(length=16), nullable=True),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["remittance_id"], ["remittances.id"], name=op.f("fk_remittance_files_remittance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_files")),
        sa.UniqueConstraint(
            "remittance_id", "sha256", name=op.f("uq_remittance_files_remittance_id_sha256")
        ),
    )
    op.create_index("ix_remittance_files_sha256", "remittance_files", ["sha256"], unique=False)


def _create_remittance_reversals() -> None:
    op.create_table(
        "remittance_reversals",
        sa.Column("id", RowId, nullable=False),
        sa.Column("remittance_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked','done','refused')", name=op.f("ck_remittance_reversals_state")
        ),
        sa.CheckConstraint(
            "ended_by <> asked_by", name=op.f("ck_remittance_reversals_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["remittances.id"],
            name=op.f("fk_remittance_reversals_remittance_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_reversals")),
    )
    op.create_index(
        "uq_remittance_reversals_live",
        "remittance_reversals",
        ["remittance_id"],
        unique=True,
        sqlite_where=LIVE_REVERSAL,
        postgresql_where=LIVE_REVERSAL,
    )


def downgrade() -> None:
    op.drop_table("remittance_reversals")
    op.drop_table("remittance_files")
    op.drop_table("remittance_events")
    op.drop_table("remittance_decisions")
    op.drop_table("remittances")
