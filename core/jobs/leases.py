"""SQL of named leases: one process at a time does what must not be done twice at once."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from core.storage.tables import leases
from core.storage.transaction import Tx


def take(tx: Tx, name: str, holder: str, *, now: datetime, life: timedelta) -> bool:
    """Take or keep the lease; false while somebody else's is alive."""
    values = {"name": name, "holder": holder, "lease_until": now + life}
    if tx.insert_once(leases, values):
        return True
    taken = tx.execute(
        update(leases)
        .where(
            leases.c.name == name,
            or_(leases.c.holder == holder, leases.c.lease_until < now),
        )
        .values(holder=holder, lease_until=now + life)
    )
    return taken.rowcount == 1


def alive(tx: Tx, prefix: str, *, now: datetime) -> int:
    """How many leases with names that begin so are held."""
    query = (
        select(func.count())
        .select_from(leases)
        .where(leases.c.name.startswith(prefix, autoescape=True), leases.c.lease_until >= now)
    )
    return int(tx.scalar(query) or 0)


def sweep(tx: Tx, prefix: str, *, before: datetime) -> None:
    """Forget leases with such names that ended long ago."""
    tx.execute(
        delete(leases).where(
            leases.c.name.startswith(prefix, autoescape=True), leases.c.lease_until < before
        )
    )


def drop(tx: Tx, name: str, holder: str) -> None:
    tx.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def drop_all(tx: Tx) -> None:
    tx.execute(delete(leases))
