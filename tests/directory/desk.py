"""A school and the desk at which its data are received, on a real database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from directory import schools
from directory.imports import runs, undo
from directory.imports.apply import Applied
from directory.imports.load import load_snapshot
from directory.imports.records import Administration
from directory.imports.runs import Origin, Planned, Run
from directory.imports.snapshot import Snapshot
from directory.imports.undo import Undone
from directory.models import (
    EckId,
    Employment,
    EmploymentRole,
    Enrolment,
    Group,
    GroupTeacher,
    Person,
    School,
    SubgroupMember,
)
from directory.schools import KnownSchool
from idp.core import floor
from idp.core.db import Database
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.web.pictures import TILE_PICTURES
from tests.clock import Clock

BY = "operator:test"


@dataclass
class Desk:
    """A school, whoever sits at its desk, and what time it is there."""

    floor: Floor
    school: KnownSchool
    now: datetime

    async def receive(self, administration: Administration, origin: Origin = "night") -> Run:
        async with self.floor.database.begin() as db:
            return await runs.receive(
                db, self.school, administration, source="edexml", origin=origin, by=BY, **self.context
            )

    async def take(self, administration: Administration) -> Run:
        """Receives it and lets everybody go who leaves."""
        run = await self.receive(administration)
        if run.state == "held":
            await self.let_go(run)
        return run

    async def carry_out(self, run: Run, *, fingerprint: str | None = None) -> Applied:
        shown = fingerprint or run.fingerprint or ""
        async with self.floor.database.begin() as db:
            return await runs.carry_out(db, self.school, run.id, fingerprint=shown, by=BY, **self.context)

    async def let_go(self, run: Run) -> Applied:
        fingerprint = (await self.replan(run)).fingerprint
        async with self.floor.database.begin() as db:
            return await runs.let_go(db, self.school, run.id, fingerprint=fingerprint, by=BY, **self.context)

    async def undo(self, run: Run) -> Undone:
        async with self.floor.database.begin() as db:
            return await undo.undo(db, self.school, run.id, by=BY, now=self.now, keyring=self.floor.keyring)

    async def replan(self, run: Run) -> Planned:
        async with self.floor.database.read() as db:
            return await runs.replan(db, self.school, run.id, now=self.now, keyring=self.floor.keyring)

    async def run(self, run: Run) -> Run:
        """The run as it is now."""
        async with self.floor.database.read() as db:
            return await runs.of(db, self.school.id, run.id, now=self.now)

    async def states(self) -> list[str]:
        """What became of every run, the oldest first."""
        async with self.floor.database.read() as db:
            return [run.state for run in await runs.listed(db, self.school.id, now=self.now)][::-1]

    async def snapshot(self, administration: Administration) -> Snapshot:
        async with self.floor.database.read() as db:
            return await load_snapshot(db, self.school.id, administration)

    async def rows(self, *columns: Any, where: Sequence[Any] = ()) -> list[Any]:
        async with self.floor.database.read() as db:
            return list(await db.execute(select(*columns).where(*where)))

    async def whole(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that an import could change at this school, as rows."""
        here = {model: model.school_id == self.school.id for model in (Group, Enrolment, Employment)}
        places = select(Enrolment.id).where(here[Enrolment])
        jobs = select(Employment.id).where(here[Employment])
        people = (
            select(Enrolment.person_id)
            .where(here[Enrolment])
            .union(select(Employment.person_id).where(here[Employment]))
        )
        queries = {
            "schools": select(School.school_year).where(School.id == self.school.id),
            "groups": select(Group.__table__).where(here[Group]),
            "enrolments": select(Enrolment.__table__).where(here[Enrolment]),
            "employments": select(Employment.__table__).where(here[Employment]),
            "roles": select(EmploymentRole.__table__).where(EmploymentRole.employment_id.in_(jobs)),
            "subgroups": select(SubgroupMember.__table__).where(SubgroupMember.enrolment_id.in_(places)),
            "teachers": select(GroupTeacher.__table__).where(GroupTeacher.employment_id.in_(jobs)),
            "persons": select(Person.id, Person.first_name, Person.prefix, Person.surname, Person.email).where(
                Person.id.in_(people)
            ),
            "eck_ids": select(EckId.__table__).where(EckId.person_id.in_(people)),
        }
        async with self.floor.database.read() as db:
            return {name: sorted(map(tuple, await db.execute(query)), key=repr) for name, query in queries.items()}

    @property
    def context(self) -> dict[str, Any]:
        return {"now": self.now, "keyring": self.floor.keyring, "pictures": TILE_PICTURES}

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@asynccontextmanager
async def opened(settings: Settings, clock: Clock, database: Database | None = None) -> AsyncIterator[Desk]:
    """The desk of school 99XX, in a database that is open already if one is given."""
    laid = await floor.lay(settings, clock=clock, database=database)
    async with laid.database.begin() as db:
        school = await schools.add(db, name="De Regenboog", brin="99XX", location="", now=clock.now)
    yield Desk(laid, school, clock.now)
    await laid.close()
