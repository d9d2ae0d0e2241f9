"""Triggers that make tables append-only, in both dialects."""

from collections.abc import Iterator


def create_append_only(dialect: str, tables: tuple[str, ...]) -> Iterator[str]:
    """Statements after which UPDATE and DELETE of these tables are refused."""
    if dialect == "postgresql":
        yield (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME; END $$"
        )
        for table in tables:
            yield (
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
            yield (
                f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table in tables:
        for verb in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
            )


def drop_append_only(dialect: str, tables: tuple[str, ...]) -> Iterator[str]:
    """The way back, for downgrades; SQLite's triggers go with their tables."""
    if dialect == "postgresql":
        for table in tables:
            yield f"DROP TRIGGER append_only ON {table}"
            yield f"DROP TRIGGER append_only_truncate ON {table}"
        yield "DROP FUNCTION refuse_change()"
