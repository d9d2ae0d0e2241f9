"""SQL of jobs: enqueue in the caller's transaction, claim with a lease, finish by fence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Executable, Integer, bindparam, delete, func, or_, select, text, update

from core import correlation
from core.ids import JobId
from core.storage.tables import jobs
from core.storage.transaction import Tx

TOPIC = "jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Claimed work; `lease_no` is the fence: a later claim makes this one's result void."""

    job_id: JobId
    kind: str
    payload: Mapping[str, object]
    attempts: int
    lease_no: int
    correlation_id: str | None = None


def enqueue(
    tx: Tx,
    kind: str,
    payload: Mapping[str, object],
    *,
    at: datetime,
    dedupe_key: str | None = None,
    ordering_key: str | None = None,
) -> bool:
    """Have a job run from `at` on; jobs of one `ordering_key` run one by one, oldest first.

    Says false, and does nothing, when a live job has the `dedupe_key` already.
    """
    values = {
        "kind": kind,
        "dedupe_key": dedupe_key,
        "ordering_key": ordering_key,
        "payload": dict(payload),
        "state": "ready",
        "run_at": at,
        "attempts": 0,
        "lease_no": 0,
        "correlation_id": correlation.current(),
        "created_at": at,
    }
    added = tx.insert_once(jobs, values)
    if added:
        tx.signal(TOPIC)
    return added


def hasten(tx: Tx, dedupe_key: str, *, at: datetime) -> None:
    """Have a waiting job run from `at` on; one that runs at this moment is left alone."""
    tx.execute(
        update(jobs)
        .where(jobs.c.dedupe_key == dedupe_key, jobs.c.state == "ready", jobs.c.run_at > at)
        .values(run_at=at)
    )
    tx.signal(TOPIC)


def claim(tx: Tx, *, now: datetime, lease: timedelta, limit: int) -> list[Job]:
    """Take due jobs whose order lets them run; their attempts count from here."""
    rows = tx.execute(_CLAIM, {"now": now, "until": now + lease, "most": limit}).all()
    return [
        Job(
            job_id=JobId(row.id),
            kind=row.kind,
            payload=row.payload,
            attempts=row.attempts,
            lease_no=row.lease_no,
            correlation_id=row.correlation_id,
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]


def _claim_statement() -> Executable:
    """Made once: building it costs more than running it."""
    older = jobs.alias("older")
    in_turn = ~(
        select(older.c.id)
        .where(
            older.c.ordering_key == jobs.c.ordering_key,
            text("older.state = 'ready'"),
            older.c.id < jobs.c.id,
        )
        .exists()
    )
    now = bindparam("now", type_=jobs.c.run_at.type)
    due = (
        select(jobs.c.id)
        .where(
            text("jobs.state = 'ready'"),  # in words, as the partial index has it
            jobs.c.run_at <= now,
            or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now),
            or_(jobs.c.ordering_key.is_(None), in_turn),
        )
        .order_by(jobs.c.run_at, jobs.c.id)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True)
    )
    return (
        update(jobs)
        .where(jobs.c.id.in_(due.scalar_subquery()))
        .values(
            lease_until=bindparam("until", type_=jobs.c.lease_until.type),
            lease_no=jobs.c.lease_no + 1,
            attempts=jobs.c.attempts + 1,
        )
        .returning(
            jobs.c.id,
            jobs.c.kind,
            jobs.c.payload,
            jobs.c.attempts,
            jobs.c.lease_no,
            jobs.c.correlation_id,
        )
    )


_CLAIM = _claim_statement()


def _mine(job: Job) -> dict[str, object]:
    return {"id": job.job_id, "lease_no": job.lease_no}


def finish(tx: Tx, job: Job) -> bool:
    """Remove a done job; false when somebody else took it over meanwhile."""
    done = tx.execute(_FINISH, {"job": job.job_id, "lease": job.lease_no})
    tx.signal(TOPIC)  # the next of its order may run now
    return done.rowcount == 1


_FINISH = delete(jobs).where(jobs.c.id == bindparam("job"), jobs.c.lease_no == bindparam("lease"))


def postpone(
    tx: Tx, job: Job, *, until: datetime, error: str | None = None, count: bool = True
) -> bool:
    """Give a job back until later; `count=False` forgets this attempt."""
    attempts = job.attempts if count else max(job.attempts - 1, 0)
    back = tx.change(
        jobs, _mine(job), run_at=until, lease_until=None, last_error=error, attempts=attempts
    )
    return back == 1


def prolong(tx: Tx, job: Job, *, until: datetime) -> None:
    """Keep a job that takes longer than others."""
    tx.change(jobs, _mine(job), lease_until=until)


def bury(tx: Tx, job: Job, *, error: str) -> None:
    """Set a job aside for people to look at; it no longer holds up its order."""
    tx.change(jobs, _mine(job), state="dead", lease_until=None, last_error=error)
    tx.signal(TOPIC)


def backlog(tx: Tx, *, now: datetime) -> tuple[int, int, datetime | None]:
    """How many are due, how many are dead, and since when the oldest due one waits."""
    due = tx.first(
        select(func.count().label("waiting"), func.min(jobs.c.run_at).label("since")).where(
            jobs.c.state == "ready", jobs.c.run_at <= now
        )
    )
    dead = tx.scalar(select(func.count()).where(jobs.c.state == "dead"))
    return (due.waiting, dead or 0, due.since) if due else (0, dead or 0, None)


def release_all(tx: Tx) -> None:
    """Forget every lease: right only when no other process can hold one."""
    tx.execute(update(jobs).where(jobs.c.lease_until.is_not(None)).values(lease_until=None))
