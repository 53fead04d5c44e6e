"""What jobs did, in numbers: a row per run, written while it works, so that progress can be seen and purges can be shown (D40)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select, update

from idp.core.db import Database, Db
from idp.core.errors import Problem
from idp.jobs.models import Appointment, JobRun
from idp.jobs.shift import Shift

LEASE: Final = timedelta(minutes=15)
"""How long a worker that says nothing is still believed to be at it."""
_TELLS_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class KnownRun:
    """One run of a job. `ended_at` is None while it works; `error` is a code, None when it went well."""

    id: int
    job: str
    started_at: datetime
    ended_at: datetime | None
    counts: dict[str, Any]
    error: str | None


class Report:
    """The run of one job by one worker: counts what it does, tells the database now and then, and keeps the worker's lease alive.

    Until something was counted there is no row: workers that came to help and found nothing to do leave no trace.
    """

    def __init__(self, shift: Shift, job: str) -> None:
        self._database, self._clock, self._job = shift.floor.database, shift.floor.clock, job
        self._started_at = shift.now
        self._counts: Counter[str] = Counter()
        self._told_at = self._started_at
        self._id: int | None = None

    async def add(self, **counts: int) -> None:
        """Adds to the counts by name. Told at once when it is the first thing, afterwards every few seconds."""
        self._counts.update(counts)
        now = self._clock()
        if self._id is None or now - self._told_at >= _TELLS_EVERY:
            async with self._database.begin() as db:
                await self._tell(db, now, error=None, ended=False)

    async def end(self, db: Db, *, error: BaseException | None = None) -> None:
        """Writes the last row of this run; with the code of the error when it did not go well."""
        await self._tell(db, self._clock(), error=_code(error) if error else None, ended=True)

    @property
    def counts(self) -> dict[str, int]:
        """What was counted so far, in alphabetical order."""
        return dict(sorted(self._counts.items()))

    async def _tell(self, db: Db, now: datetime, *, error: str | None, ended: bool) -> None:
        values = {"counts": self.counts, "ended_at": now if ended else None, "error": error}
        if self._id is None:
            row = insert(JobRun).values(job=self._job, started_at=self._started_at, **values).returning(JobRun.id)
            self._id = (await db.execute(row)).scalar_one()
        else:
            await db.execute(update(JobRun).where(JobRun.id == self._id).values(**values))
        if not ended:
            held = Appointment.job == self._job, Appointment.claimed_until.is_not(None)
            await db.execute(update(Appointment).where(*held).values(claimed_until=now + LEASE))
        self._told_at = now


def _code(error: BaseException) -> str:
    match error:
        case Problem():
            return error.code
        case BaseExceptionGroup():
            return _code(error.exceptions[0])
        case _:
            return type(error).__name__[:64]


async def listed(db: Db, *, job: str | None = None, limit: int = 20) -> Sequence[KnownRun]:
    """The last runs, the newest first; of one job, or of all."""
    query = select(JobRun.id, JobRun.job, JobRun.started_at, JobRun.ended_at, JobRun.counts, JobRun.error)
    if job is not None:
        query = query.where(JobRun.job == job)
    return [KnownRun(**row._mapping) for row in await db.execute(query.order_by(JobRun.id.desc()).limit(limit))]


async def give_up_lost(database: Database, *, now: datetime) -> int:
    """Ends the rows of runs whose worker was killed: begun more than a day ago and never ended. Returns how many."""
    lost = JobRun.ended_at.is_(None), JobRun.started_at < now - timedelta(days=1)
    async with database.begin() as db:
        return (await db.execute(update(JobRun).where(*lost).values(ended_at=now, error="lost"))).rowcount
