"""All tables, with every constraint named: the names are what errors are mapped from."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.storage.types import Document, RowId, UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# --- access -------------------------------------------------------------------------------------

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("display_name", String(200), nullable=False),
    Column("language", String(8), nullable=False),
    Column("language_chosen", Boolean, nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    Column("unreachable_since", UtcTime),
    Column("first_seen_at", UtcTime, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("linked_at", UtcTime, nullable=False),
    Column("last_active_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    CheckConstraint("role IN ('creator','finance','viewer','member')", name="role"),
    Index(
        "uq_members_live",
        "account_id",
        "person_id",
        unique=True,
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
    Index("ix_members_person_id", "person_id"),
)

link_tokens = Table(
    "link_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("code_hash", String(64)),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_by", BigInteger),
    Column("used_at", UtcTime),
    CheckConstraint("role IN ('creator','finance','viewer','member')", name="role"),
    CheckConstraint("state IN ('issued','used','expired','revoked')", name="state"),
    UniqueConstraint("code_hash"),
)

staff = Table(
    "staff",
    metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role", String(16), primary_key=True),
    Column("added_at", UtcTime, nullable=False),
    CheckConstraint("role IN ('reviewer','operator')", name="role"),
)

# --- ledger -------------------------------------------------------------------------------------

ledger_accounts = Table(
    "ledger_accounts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("balance_fen", BigInteger),
    Column("version", BigInteger),
    UniqueConstraint("name"),
    CheckConstraint("balance_fen >= 0", name="not_negative"),
    CheckConstraint(
        "(kind IN ('customer','promotion')) = (balance_fen IS NOT NULL AND version IS NOT NULL)",
        name="kept_balance",
    ),
)

transfers = Table(
    "transfers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("reference", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("channel", String(16)),
    Column("account_id", ForeignKey("accounts.id")),
    Column("shown_reference", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("occurred_at", UtcTime, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    UniqueConstraint("reference"),
    Index("ix_transfers_when", "account_id", "recorded_at", "id"),
    Index("ix_transfers_kind", "account_id", "kind", "recorded_at", "id"),
    Index("ix_transfers_channel", "account_id", "channel", "recorded_at", "id"),
    Index("ix_transfers_shown", "account_id", "shown_reference"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("transfer_id", ForeignKey("transfers.id"), nullable=False),
    Column("ledger_account_id", ForeignKey("ledger_accounts.id"), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("balance_after_fen", BigInteger),
    Column("version", BigInteger),
    UniqueConstraint("ledger_account_id", "version"),
    CheckConstraint("amount_fen <> 0", name="moves_money"),
    CheckConstraint("balance_after_fen >= 0", name="not_negative"),
    Index("ix_entries_transfer_id", "transfer_id"),
)

# --- top-up -------------------------------------------------------------------------------------

top_ups = Table(
    "top_ups",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("state IN ('open','funded','cancelled','expired')", name="state"),
    Index("ix_top_ups_person", "account_id", "person_id", "created_at"),
)

payments = Table(
    "payments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("top_up_id", ForeignKey("top_ups.id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("form", String(8), nullable=False),
    Column("order_no", String(32), nullable=False),
    Column("request_key", String(100), nullable=False),
    Column("merchant", String(64), nullable=False),
    Column("app", String(64), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(16), nullable=False),
    Column("mark", String(16)),
    Column("qr_text", Text),
    Column("address", Text),
    Column("address_expires_at", UtcTime),
    Column("bridge_token", String(64), nullable=False),
    Column("bank", String(16)),
    Column("provider_reference", String(128)),
    Column("reason", String(64)),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    UniqueConstraint("order_no"),
    UniqueConstraint("request_key"),
    UniqueConstraint("bridge_token"),
    UniqueConstraint("top_up_id", "attempt"),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint(
        "state IN ('creating','waiting','authorised','paid','closed','failed')", name="state"
    ),
    CheckConstraint("mark IN ('late','extra','mismatch','currency')", name="mark"),
)

card_customers = Table(
    "card_customers",
    metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("app", String(64), primary_key=True),
    Column("customer", String(128), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

provider_calls = Table(
    "provider_calls",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_success_at", UtcTime),
    Column("last_failure_at", UtcTime),
    Column("last_failure", String(200)),
)

trades = Table(
    "trades",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("merchant", String(64), nullable=False),
    Column("trade_no", String(64), nullable=False),
    Column("order_no", String(32), nullable=False),
    Column("payment_id", ForeignKey("payments.id")),
    Column("transfer_id", ForeignKey("transfers.id")),
    Column("amount_fen", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("mark", String(16)),
    Column("occurred_at", UtcTime, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    UniqueConstraint("channel", "merchant", "trade_no"),
    Index("ix_trades_payment_id", "payment_id"),
    Index("ix_trades_day", "channel", "occurred_at"),
    Index("ix_trades_transfer_id", "transfer_id"),
)

provider_events = Table(
    "provider_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("order_no", String(64), nullable=False),
    Column("facts", Document, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    UniqueConstraint("channel", "event_id"),
    Index("ix_provider_events_order_no", "order_no"),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("dedupe_key", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    Column("payment_id", ForeignKey("payments.id")),
    Column("amount_fen", BigInteger),
    Column("facts", Document, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("claimed_by", BigInteger),
    Column("claimed_until", UtcTime),
    Column("flag", String(32)),
    Column("decision", String(32)),
    Column("note", String(500)),
    Column("resolved_by", BigInteger),
    Column("resolved_at", UtcTime),
    UniqueConstraint("dedupe_key"),
    CheckConstraint("state IN ('open','claimed','resolved')", name="state"),
    CheckConstraint(
        "(state = 'claimed') = (claimed_by IS NOT NULL)"
        " AND (claimed_by IS NULL) = (claimed_until IS NULL)",
        name="claimed",
    ),
    CheckConstraint(
        "(state = 'resolved') = (resolved_at IS NOT NULL)"
        " AND (resolved_at IS NULL) = (decision IS NULL)",
        name="resolved",
    ),
    Index("ix_cases_waiting", "state", "opened_at"),
)

# --- holds --------------------------------------------------------------------------------------

holds = Table(
    "holds",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("captured_fen", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("product", String(200), nullable=False),
    Column("requested_by", String(200)),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("ended_at", UtcTime),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("captured_fen >= 0 AND captured_fen <= amount_fen", name="captured"),
    CheckConstraint("(state = 'captured') = (captured_fen > 0)", name="captured_state"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    CheckConstraint("state IN ('open','captured','released','expired')", name="state"),
    Index("ix_holds_account_id", "account_id", "state"),
)

# --- notices, jobs, inbox -----------------------------------------------------------------------

notices = Table(
    "notices",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("person_id", BigInteger, nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    Column("kind", String(32), nullable=False),
    Column("dedupe_key", String(240), nullable=False),
    Column("facts", Document, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(200)),
    Column("created_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    UniqueConstraint("dedupe_key"),
    CheckConstraint("state IN ('pending','sent','undeliverable','dropped','read')", name="state"),
    Index("ix_notices_person_id", "person_id", "state"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("dedupe_key", String(240)),
    Column("ordering_key", String(100)),
    Column("payload", Document, nullable=False),
    Column("state", String(8), nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", UtcTime),
    Column("lease_no", Integer, nullable=False),
    Column("last_error", Text),
    Column("correlation_id", String(40)),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("dedupe_key"),
    CheckConstraint("state IN ('ready','dead')", name="state"),
    Index("ix_jobs_due", "state", "run_at"),
    Index("ix_jobs_ordering_key", "ordering_key", "id"),
)

updates = Table(
    "updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("queue", String(40), nullable=False),
    Column("payload", Text),
    Column("state", String(8), nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", UtcTime),
    Column("lease_no", Integer, nullable=False),
    Column("last_error", Text),
    CheckConstraint("state IN ('new','done','dead')", name="state"),
    Index(
        "ix_updates_oldest",
        "received_at",
        "update_id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
    Index(
        "ix_updates_new",
        "queue",
        "received_at",
        "update_id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
)

dialogues = Table(
    "dialogues",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("conversation", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("facts", Document, nullable=False),
    Column("screen", Document, nullable=False),
    Column("version", Integer, nullable=False),
    Column("last_event", String(100), nullable=False),
    Column("message_id", BigInteger),
    Column("saved_at", UtcTime, nullable=False),
)

cards = Table(
    "cards",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", String(80), primary_key=True),
    Column("reference", String(16), nullable=False),
    Column("message_id", BigInteger),
    Column("has_photo", Boolean, nullable=False),
    Column("shown", Text),
    Column("saved_at", UtcTime, nullable=False),
    UniqueConstraint("reference"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("lease_until", UtcTime, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Document, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

# --- audit --------------------------------------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("account_id", String(64)),
    Column("facts", Document, nullable=False),
    Index("ix_audit_subject", "subject"),
    Index("ix_audit_account_id", "account_id", "id"),
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("audit_id", ForeignKey("audit.id"), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("audit_id"),
)

# Rows of these tables are never changed or removed: a trigger of the same name refuses it.
APPEND_ONLY = ("transfers", "entries", "trades", "provider_events", "audit", "audit_seals")
