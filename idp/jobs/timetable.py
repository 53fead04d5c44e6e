"""The durable timetable: which jobs there are, when each is due, and that it is done once, by whichever worker is free.

A job that did not run at its hour, because nothing ran at that hour, runs as soon as something does. One that fails is tried again, after five
minutes, doubling to six hours. Every job may be begun twice and killed at any moment: what it did is committed in small portions, and doing
it again does the rest.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from typing import Final

from sqlalchemy import bindparam, or_, select, text, update

from idp.core.clock import AMSTERDAM
from idp.core.db import Database, Db, Moment
from idp.jobs.evidence import LEASE, Report
from idp.jobs.models import Appointment
from idp.jobs.shift import Shift

log = logging.getLogger("poortwachter.jobs")

Work = Callable[[Shift, Report], Awaitable[bool]]
"""Does a job and returns whether everything is done; not, when other workers are still at a part of it."""


def _of_module(name: str) -> Work:
    """The function `work` of the module that has the job's name, loaded when it is needed (D43)."""
    found: Work = import_module(f"idp.jobs.{name.replace('-', '_')}").work
    return found


@dataclass(frozen=True, slots=True)
class Job:
    """Done every day at this hour in Amsterdam. Of a shared one every free worker takes a part; others have one worker at a time.

    `load` gives what the job of a name does.
    """

    name: str
    at: time
    shared: bool = False
    load: Callable[[str], Work] = _of_module

    def after(self, moment: datetime) -> datetime:
        """The first time later than this moment."""
        day = moment.astimezone(AMSTERDAM).date()
        while (due := datetime.combine(day, self.at, AMSTERDAM).astimezone(UTC)) <= moment:
            day += timedelta(days=1)
        return due


# No hour lies between two and three, which one night of the year does not have and another one has twice.
JOBS: Final = (
    Job("school-year", time(0, 0), shared=True),
    Job("eckids", time(0, 10)),
    Job("reorganisations", time(0, 20)),
    Job("inactivity", time(3, 15)),
    Job("retention", time(4, 15)),
    Job("staff", time(6, 30)),
    Job("certificates", time(6, 45)),
    Job("agreements", time(6, 50)),
    Job("school-year-notices", time(7, 0)),
)


@dataclass(frozen=True, slots=True)
class KnownAppointment:
    """When a job is due next. `claimed_until` is later than now while a worker has it to itself; `attempts` counts failures in a row."""

    job: str
    due_at: datetime
    claimed_until: datetime | None
    attempts: int


def job_named(name: str) -> Job:
    """The job of this name. Raises `LookupError`."""
    found = next((job for job in JOBS if job.name == name), None)
    if found is None:
        raise LookupError(f"no job {name}; there are {', '.join(job.name for job in JOBS)}")
    return found


async def listed(db: Db) -> Sequence[KnownAppointment]:
    """The timetable, what is due first first."""
    columns = Appointment.job, Appointment.due_at, Appointment.claimed_until, Appointment.attempts
    rows = await db.execute(select(*columns).order_by(Appointment.due_at, Appointment.job))
    return [KnownAppointment(**row._mapping) for row in rows]


async def turn(shift: Shift, *, jobs: Sequence[Job] = JOBS) -> int:
    """Does every job that is due; returns how many were finished. Raises what a job raised, after the others had their turn."""
    finished, failed = 0, []
    for job in await _due(shift.floor.database, jobs, now=shift.now):
        outcome = (await asyncio.gather(take_part(shift, job), return_exceptions=True))[0]
        if isinstance(outcome, BaseException):
            failed.append(outcome)
        elif outcome is not None:
            finished += outcome.finished
    if failed:
        raise failed[0]
    return finished


@dataclass(frozen=True, slots=True)
class Outcome:
    """What this worker did of a job, and whether the job is done until its next hour."""

    finished: bool
    counts: Mapping[str, int]


async def take_part(shift: Shift, job: Job) -> Outcome | None:
    """Does a job that is due, or a part of it; None when it is not due or another worker has it. Raises what the job raises."""
    database = shift.floor.database
    due = await _claimed(database, job, now=shift.now)
    if due is None:
        return None
    report = Report(shift, job.name)
    try:
        finished = await job.load(job.name)(shift, report)
    except BaseException as error:
        async with database.begin() as db:
            await report.end(db, error=error)
            await _put_off(db, job, due, stopped=not isinstance(error, Exception), now=shift.now)
        raise
    async with database.begin() as db:
        # Of several workers that find nothing left to do, one moves the appointment.
        moved = finished and await _move_on(db, job, due, now=shift.now)
        if moved or report.counts:
            await report.end(db)
            log.info("job", extra={"job": job.name, "finished": finished, "counts": report.counts})
    return Outcome(finished, report.counts)


async def make_due(database: Database, job: Job, *, now: datetime) -> None:
    """Makes a job due at once, whatever its hour."""
    await enter(database, [job], now=now)
    async with database.begin() as db:
        later = Appointment.job == job.name, Appointment.due_at > now
        await db.execute(update(Appointment).where(*later).values(due_at=now))


async def _due(database: Database, jobs: Sequence[Job], *, now: datetime) -> list[Job]:
    """What is due. A job that the timetable did not know yet is due at its next hour."""
    async with database.read() as db:
        known = {appointment.job: appointment for appointment in await listed(db)}
    await enter(database, [job for job in jobs if job.name not in known], now=now)
    return [job for job in jobs if job.name in known and known[job.name].due_at <= now]


_ENTER = text(
    "INSERT INTO timetable (job, due_at, attempts) VALUES (:job, :due_at, 0) ON CONFLICT (job) DO NOTHING"
).bindparams(bindparam("due_at", type_=Moment))


async def enter(database: Database, jobs: Sequence[Job], *, now: datetime) -> None:
    """Puts jobs on the timetable that are not on it yet, each for its next hour."""
    if jobs:
        async with database.begin() as db:
            await db.execute(_ENTER, [{"job": job.name, "due_at": job.after(now)} for job in jobs])


@dataclass(frozen=True, slots=True)
class _Due:
    at: datetime
    attempts: int


async def _claimed(database: Database, job: Job, *, now: datetime) -> _Due | None:
    """The appointment, kept from other workers for a while unless the job is shared."""
    columns = Appointment.due_at, Appointment.attempts
    due = Appointment.job == job.name, Appointment.due_at <= now
    free = or_(Appointment.claimed_until.is_(None), Appointment.claimed_until <= now)
    async with database.begin() as db:
        if job.shared:
            row = (await db.execute(select(*columns).where(*due))).one_or_none()
        else:
            claim = update(Appointment).where(*due, free).values(claimed_until=now + LEASE)
            row = (await db.execute(claim.returning(*columns))).one_or_none()
    return _Due(*row) if row else None


async def _move_on(db: Db, job: Job, due: _Due, *, now: datetime) -> bool:
    values = {"due_at": job.after(now), "claimed_until": None, "attempts": 0}
    same = Appointment.job == job.name, Appointment.due_at == due.at
    return bool((await db.execute(update(Appointment).where(*same).values(**values))).rowcount)


async def _put_off(db: Db, job: Job, due: _Due, *, stopped: bool, now: datetime) -> None:
    """After a failure until later; a worker that was told to stop leaves the job to the next one at once."""
    pause = min(timedelta(minutes=5) * 2 ** min(due.attempts, 10), timedelta(hours=6))
    values = (
        {"claimed_until": None}
        if stopped
        else {"claimed_until": None, "attempts": due.attempts + 1, "due_at": now + pause}
    )
    same = Appointment.job == job.name, Appointment.due_at == due.at
    await db.execute(update(Appointment).where(*same).values(**values))
