"""What an import leaves alone: other schools, and what the school itself arranged (D14, D16)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import func, insert

from directory import people, schools
from directory.imports.refusals import ImportRefused
from directory.models import Employment, Group, GroupTeacher, Person
from idp.core import floor
from idp.core.db import Database
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory.test_apply import FIRST, Office
from tests.directory.test_plan import colleague, file


@pytest.fixture
async def office(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Office]:
    laid = await floor.lay(settings, clock=clock, database=database)
    async with laid.database.begin() as db:
        school = await schools.add(db, name="De Regenboog", brin="99XX", location="", now=clock.now)
    yield Office(laid, school, clock.now)
    await laid.close()


async def test_another_school_is_never_touched(office: Office) -> None:
    """D14: the same ECK-iD and the same keys at two schools are two enrolments of two people, and neither plan tells of the other."""
    async with office.floor.database.begin() as db:
        neighbour = await schools.add(db, name="De Linde", brin="99XX", location="01", now=office.now)
    here = await office.take(FIRST)
    there_file = replace(FIRST, school=replace(FIRST.school, location="01"), staff=())
    there = Office(office.floor, neighbour, office.now)
    made, applied = await there.take(there_file)
    assert made.counts()["pupils"] == here[0].counts()["pupils"]
    assert made.doubts == tuple(doubt for doubt in here[0].doubts if doubt.about == "pupil")
    assert set(applied.new_pupils).isdisjoint(here[1].new_pupils)
    await there.take(replace(there_file, pupils=there_file.pupils[:1]))
    assert (await office.plan(FIRST)).changes_nothing


async def test_a_file_of_another_school_changes_nothing(office: Office) -> None:
    other = replace(FIRST, school=replace(FIRST.school, location="01"))
    with pytest.raises(ImportRefused, match="another school"):
        await office.take(other)
    made = replace(await office.plan(FIRST), school=other.school)
    async with office.floor.database.begin() as db:
        with pytest.raises(ImportRefused, match="another school"):
            await office.apply(db, made)
    assert await office.rows(func.count(Person.id)) == [(0,)]


async def test_an_address_with_an_account_elsewhere_is_invited_and_shows_nowhere(office: Office) -> None:
    """D14, D15: the plan, the counts and the place are those of any new colleague; only who has the address is asked."""
    plain, _ = await office.plan(file(colleague())), None
    async with office.floor.database.begin() as db:
        await people.new_person(
            db, kind="staff", first_name="Els", prefix=None, surname="Wit", email="els@school.example", now=office.now
        )
    made, applied = await office.take(file(colleague()))
    assert made == plain
    (place,) = await office.rows(Employment)
    assert applied.new_staff == (place.person_id,)
    assert applied.invited == ((place.id, "els@school.example"),)
    assert "els@" not in repr(applied)
    assert await office.rows(Person.email, where=[Person.id == place.person_id]) == [(None,)]
    assert (await office.plan(file(colleague()))).changes_nothing


async def test_a_group_that_the_school_linked_here_survives_every_file(office: Office) -> None:
    """D16: an import ends only what an import began."""
    await office.take(FIRST)
    (els,) = await office.rows(Employment.id, where=[Employment.las_key == "m2"])
    (plus,) = await office.rows(Group.id, where=[Group.las_key == "s1"])
    async with office.floor.database.begin() as db:
        await db.execute(insert(GroupTeacher).values(employment_id=els.id, group_id=plus.id, source="platform"))
    assert (await office.plan(FIRST)).changes_nothing
    moved = colleague("m2", email="bo@school.example", groups=("g4",))
    await office.take(replace(FIRST, staff=(FIRST.staff[0], moved, FIRST.staff[2])))
    linked = await office.rows(
        Group.las_key,
        GroupTeacher.source,
        where=[Group.id == GroupTeacher.group_id, GroupTeacher.employment_id == els.id],
    )
    assert sorted(map(tuple, linked)) == [("g4", "las"), ("s1", "platform")]
    await office.take(replace(FIRST, staff=(FIRST.staff[0], FIRST.staff[2])))
    assert await office.rows(Employment.active, where=[Employment.id == els.id]) == [(True,)]


async def test_a_coordinator_who_was_here_first_becomes_a_teacher_too(office: Office) -> None:
    async with office.floor.database.begin() as db:
        person_id = await people.new_person(
            db, kind="staff", first_name="Els", prefix=None, surname="Wit", email="els@school.example", now=office.now
        )
        await people.employ(db, office.school.id, person_id, ["ict-coordinator"])
    made, applied = await office.take(file(colleague()))
    assert (made.counts()["staff"]["moved"], applied.new_staff) == (1, ())
    (known,) = (await office.snapshot(file(colleague()))).staff
    assert (known.person_id, known.key) == (person_id, "m1")
    assert known.roles == {"ict-coordinator", "teacher"}
    # And no file ends what the school began itself.
    await office.take(file(colleague("m9", email="bo@school.example")))
    assert {row.active for row in await office.rows(Employment.active, where=[Employment.person_id == person_id])} == {
        True
    }
