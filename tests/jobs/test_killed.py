"""kill -9 of a worker in the middle of the new school year, of deletion, of a night's imports: every school is as before or as after, and the
next worker finishes."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from directory.imports.models import Coupling, ImportRun
from directory.models import Employment, Enrolment, Group, GroupTeacher, Person, School
from directory.schools import KnownSchool
from idp.core import floor
from idp.core.models import LedgerEntry
from idp.core.settings import Settings
from idp.demo.las import Las, SchoolThere
from idp.jobs import loop, timetable
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.directory.uwlr.standing import KEY, edexml, serving
from tests.jobs import country, dying
from tests.jobs.coupled import couple
from tests.stopping import Program, own_database, program, stop_half_way

SECRET = "a secret of thirty-two characters or more"
JUNE = datetime(2026, 6, 15, 8, tzinfo=UTC)
MIDNIGHT = datetime(2026, 7, 31, 22, tzinfo=UTC)
OLD, NEW = "2025-2026", "2026-2027"


def worker(shift: Shift, ending: str, *, turn: str = "jobs") -> AbstractContextManager[Program]:
    """A worker on the same database, at the same moment, that will not come to its end."""
    url, at = shift.floor.settings.database_url, shift.now.isoformat()
    return program(dying.work, url, SECRET, at, turn, ending)


async def killed(shift: Shift, ending: str, *, turn: str = "jobs") -> None:
    """A worker came and was killed."""
    with worker(shift, ending, turn=turn) as started:
        assert await started.ended() == (-9, "")


async def whole(shift: Shift, school: KnownSchool) -> list[Any]:
    """Everything of a school that these jobs may change."""
    here = school.id
    mine = select(Employment.id).where(Employment.school_id == here)
    return [
        await country.ask(shift, question)
        for question in (
            select(School.school_year).where(School.id == here),
            select(Group.id, Group.active, Group.school_year).where(Group.school_id == here).order_by(Group.id),
            select(Enrolment.id, Enrolment.active, Enrolment.group_id, Enrolment.inactive_since)
            .where(Enrolment.school_id == here)
            .order_by(Enrolment.id),
            select(Employment.id, Employment.active).where(Employment.school_id == here).order_by(Employment.id),
            select(GroupTeacher.employment_id, GroupTeacher.group_id)
            .where(GroupTeacher.employment_id.in_(mine))
            .order_by(GroupTeacher.employment_id, GroupTeacher.group_id),
            select(ImportRun.id, ImportRun.state).where(ImportRun.school_id == here).order_by(ImportRun.id),
            select(LedgerEntry.action).where(LedgerEntry.school_id == here).order_by(LedgerEntry.id),
        )
    ]


@asynccontextmanager
async def behind(shift: Shift, clock: Clock) -> AsyncIterator[list[KnownSchool]]:
    """Three schools on the last evening of a school year; data of the new one wait for the second."""
    clock.now = JUNE
    found = [await country.open_school(shift, brin, year=OLD) for brin in ("99AA", "99BB", "99CC")]
    await country.take_in(shift, found[1], year=NEW)
    clock.now = MIDNIGHT
    await timetable.make_due(shift.floor.database, timetable.job_named("school-year"), now=clock.now)
    yield found


async def _finish(shift: Shift, schools: list[KnownSchool]) -> None:
    """The next worker does the rest; then every school is in the new year, and was brought there once."""
    await loop.jobs(shift)
    assert [await country.year_of(shift, school) for school in schools] == [NEW] * 3
    assert [(await country.active(shift, school))["pupils"] for school in schools] == [0, 12, 0]
    begun = select(LedgerEntry.school_id).where(LedgerEntry.action == "school_year.begun")
    entries = [row[0] for row in await country.ask(shift, begun)]
    assert sorted(entries) == [school.id for school in schools]


# The second school's import is most of the statements; commits: the first school, the evidence, the second school, ...
@pytest.mark.parametrize("ending", ["statement:50", "commit:3", "commit:5"])
async def test_a_new_year_whose_worker_was_killed_goes_on_where_it_was(shift: Shift, clock: Clock, ending: str) -> None:
    async with behind(shift, clock) as schools:
        before = [await whole(shift, school) for school in schools]
        await killed(shift, ending)
        years = [await country.year_of(shift, school) for school in schools]
        assert years != [NEW] * 3
        for school, year, was in zip(schools, years, before, strict=True):
            now = await whole(shift, school)
            if year == OLD:
                assert now == was
            else:
                assert now[-1][-1] == ("school_year.begun",)
                assert not any(row.active and row.school_year == OLD for row in now[1])
        await _finish(shift, schools)


async def test_a_database_killed_in_the_middle_of_a_new_year_comes_back_and_the_year_goes_on(
    settings: Settings, clock: Clock
) -> None:
    """A PostgreSQL of its own, with fsync, that stops without ceremony while the second school is half-way."""
    if settings.embedded:
        pytest.skip("the embedded database dies with its process")
    async with own_database() as server:
        shift = await _shift(settings, clock, server.url)
        async with behind(shift, clock) as schools:
            await shift.floor.database.engine.dispose()
            with worker(shift, "stop:45") as waiting:
                assert await stop_half_way(server, waiting) == 1
            assert await country.year_of(shift, schools[1]) == OLD
            assert [run[1] for run in (await whole(shift, schools[1]))[5]] == ["applied", "waiting"]
            # The worker outlived its database and put the job off.
            clock.move(minutes=5)
            await _finish(shift, schools)
        await shift.floor.close()


async def _shift(settings: Settings, clock: Clock, url: str) -> Shift:
    chosen = settings.model_copy(update={"database_url": url, "secret_key": SECRET})
    return Shift(await floor.lay(chosen, clock=clock), ("cat", "dog", "owl", "frog"))


async def _deletable(shift: Shift, clock: Clock) -> list[KnownSchool]:
    """Three schools; of each everybody left more than three months ago."""
    found = [await country.open_school(shift, brin, year=NEW) for brin in ("99AA", "99BB", "99CC")]
    gone = {"active": False, "inactive_since": clock.now}
    await country.change(shift, update(Enrolment).values(gone))
    clock.move(days=100)
    await timetable.make_due(shift.floor.database, timetable.job_named("inactivity"), now=clock.now)
    return found


@pytest.mark.parametrize("ending", ["statement:20", "commit:4"])
async def test_deletion_whose_worker_was_killed_goes_on_where_it_was(shift: Shift, clock: Clock, ending: str) -> None:
    schools = await _deletable(shift, clock)
    await killed(shift, ending)
    left = [len((await whole(shift, school))[2]) for school in schools]
    assert set(left) <= {0, 12} != {0}
    assert sum(left) > 0
    told = await country.told(shift, "people.deleted")
    assert sum(entry["pupils"] for entry in told) == 36 - sum(left)
    pupils = select(func.count()).select_from(Person).where(Person.kind == "pupil")
    assert (await country.ask(shift, pupils))[0][0] == sum(left)
    # The one who died had the job to itself; it is believed for a while.
    assert await loop.jobs(shift) == 0
    clock.move(minutes=16)
    assert await loop.jobs(shift) == 1
    assert (await country.ask(shift, pupils))[0][0] == 0
    assert sum(entry["pupils"] for entry in await country.told(shift, "people.deleted")) == 36


async def test_a_database_killed_in_the_middle_of_deletion_comes_back_and_deletion_goes_on(
    settings: Settings, clock: Clock
) -> None:
    """Who is gone is counted, who is not is whole: with a PostgreSQL of its own that stops without ceremony."""
    if settings.embedded:
        pytest.skip("the embedded database dies with its process")
    async with own_database() as server:
        shift = await _shift(settings, clock, server.url)
        schools = await _deletable(shift, clock)
        await shift.floor.database.engine.dispose()
        with worker(shift, "stop:20") as waiting:
            await stop_half_way(server, waiting)
        left = [len((await whole(shift, school))[2]) for school in schools]
        assert set(left) <= {0, 12}
        assert sum(left) > 0
        told = await country.told(shift, "people.deleted")
        assert sum(entry["pupils"] for entry in told) == 36 - sum(left)
        clock.move(minutes=16)
        await loop.jobs(shift)
        assert await country.ask(shift, select(Enrolment.id)) == []
        assert sum(entry["pupils"] for entry in await country.told(shift, "people.deleted")) == 36
        await shift.floor.close()


@pytest.mark.parametrize("ending", ["statement:45"])
async def test_a_night_whose_worker_was_killed_goes_on_when_its_lease_is_over(
    shift: Shift, clock: Clock, ending: str
) -> None:
    las = Las()
    las.add(SchoolThere("99XX", "", KEY, edexml(), datetime(2026, 11, 20, tzinfo=UTC)))
    async with serving(las) as endpoint:
        school = await couple(shift, endpoint, "99XX")
        clock.move(days=1)
        await killed(shift, ending, turn="imports")
        assert (await country.active(shift, school)) == {"groups": 0, "pupils": 0, "staff": 0}
        assert await country.ask(shift, select(ImportRun.id)) == []
        ((until,),) = await country.ask(shift, select(Coupling.claimed_until))
        clock.now = until or clock.now
        assert await loop.imports(shift) == 1
        assert (await country.active(shift, school))["pupils"] == 24
        assert await loop.imports(shift) == 0
