"""Undoing a merger or a split after an administration told of the schools again: whole again, and nobody in another school's groups."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from directory import people, schools
from directory.imports.records import Administration
from directory.lifecycle.reorganisation_requests import Merger, Split, Transfer
from directory.models import Employment, Enrolment, Group, GroupTeacher, Person, SubgroupMember
from directory.schools import KnownSchool
from idp.core.db import Database, Db
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory.desk import Desk, opened
from tests.directory.eckids import value_of
from tests.directory.reorganisation import world
from tests.directory.test_plan import colleague, file, pupil

OLD = file(
    pupil("a", first_name="Aad"),
    pupil("b", first_name="Bea", group_key="g4"),
    colleague("m1", groups=("g3", "g4")),
)


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as desk:
        yield desk


async def other_school(desk: Desk) -> Desk:
    async with desk.floor.database.begin() as db:
        made = await schools.add(db, name="De Ander", brin="98XX", location="", now=desk.now)
    return Desk(desk.floor, made, desk.now)


def of(school: KnownSchool, told: Administration) -> Administration:
    return replace(told, school=replace(told.school, brin=school.brin))


def regrouped(told: Administration) -> Administration:
    """The same people in groups that the administration made anew."""
    return replace(
        told,
        groups=tuple(replace(group, key=f"new-{group.key}") for group in told.groups),
        pupils=tuple(replace(one, group_key=f"new-{one.group_key}") for one in told.pupils),
        staff=tuple(
            replace(one, groups=tuple(replace(link, group_key=f"new-{link.group_key}") for link in one.groups))
            for one in told.staff
        ),
    )


async def whole(db: Db, school_id: int) -> tuple[list[tuple[object, ...]], ...]:
    """Who sits in which group of which school and who teaches it, of one school."""
    columns = Person.first_name, Enrolment.las_key, Enrolment.active, Group.las_key, Group.school_id, Group.active
    sitting = select(*columns).join(Person, Person.id == Enrolment.person_id)
    sitting = sitting.outerjoin(Group, Group.id == Enrolment.group_id).where(Enrolment.school_id == school_id)
    teaching = select(Employment.las_key, Employment.active, Group.las_key, Group.school_id)
    teaching = teaching.join(GroupTeacher, GroupTeacher.employment_id == Employment.id)
    teaching = teaching.join(Group, Group.id == GroupTeacher.group_id).where(Employment.school_id == school_id)
    found = [(await db.execute(query)).all() for query in (sitting, teaching)]
    return tuple(sorted((tuple(row) for row in rows), key=repr) for rows in found)


async def across(db: Db) -> int:
    """How many links lead from a place at one school to a group of another."""
    sitting = select(Enrolment.id).join(Group, Group.id == Enrolment.group_id)
    apart = select(Enrolment.id).join(SubgroupMember, SubgroupMember.enrolment_id == Enrolment.id)
    apart = apart.join(Group, Group.id == SubgroupMember.group_id)
    teaching = select(Employment.id).join(GroupTeacher, GroupTeacher.employment_id == Employment.id)
    teaching = teaching.join(Group, Group.id == GroupTeacher.group_id)
    found = 0
    for query, here in ((sitting, Enrolment), (apart, Enrolment), (teaching, Employment)):
        found += len((await db.execute(query.where(Group.school_id != here.school_id))).all())
    return found


@pytest.mark.parametrize("keys", ["kept", "renewed"])
async def test_a_merger_is_undone_after_an_import_at_the_school_that_stayed(
    desk: Desk, clock: Clock, keys: str
) -> None:
    target = await other_school(desk)
    own = of(target.school, file(pupil("x", first_name="Xan"), pupil("y", first_name="Yara")))
    await desk.receive(OLD)
    await target.receive(own)
    async with desk.floor.database.begin() as db:
        before = await whole(db, desk.school.id)
        wanted = Merger((desk.school.id,), target.school.id, "kept" if keys == "kept" else "renewed")
        made = await world.carried_out(db, clock, wanted)
    target.later(days=3)
    told = replace(own, pupils=(*own.pupils, *OLD.pupils), staff=OLD.staff)
    await target.take(of(target.school, regrouped(told)))
    clock.move(days=3)
    async with desk.floor.database.begin() as db:
        await world.undone(db, clock, made)
        assert await whole(db, desk.school.id) == before
        assert await across(db) == 0


@pytest.mark.parametrize("has", [None, "aad"])
async def test_a_split_is_undone_after_an_import_at_the_school_that_was_split(
    desk: Desk, clock: Clock, has: str | None
) -> None:
    target = await other_school(desk)
    told = replace(OLD, pupils=(replace(OLD.pupils[0], eckid=value_of(has) if has else None), *OLD.pupils[1:]))
    await desk.receive(told)
    async with desk.floor.database.begin() as db:
        before = await whole(db, desk.school.id)
        persons = (await db.execute(select(func.count(Person.id)))).scalar_one()
        third = (await db.execute(select(Group.id).where(Group.las_key == "g3"))).scalar_one()
        made = await world.carried_out(db, clock, Split(desk.school.id, {str(third): target.school.id}))
    desk.later(days=1)
    # The administration does not know of the split yet.
    await desk.receive(told)
    clock.move(days=2)
    async with desk.floor.database.begin() as db:
        await world.undone(db, clock, made)
        assert await whole(db, desk.school.id) == before
        assert await across(db) == 0
        assert (await db.execute(select(func.count(Person.id)))).scalar_one() == persons
    desk.later(days=2)
    assert (await desk.receive(told)).state == "nothing"


async def test_two_children_whom_only_the_key_makes_one_stay_two(desk: Desk, clock: Clock) -> None:
    target = await other_school(desk)
    first, second = (
        replace(OLD, pupils=(replace(OLD.pupils[0], eckid=value_of(name)), *OLD.pupils[1:])) for name in ("aad", "ada")
    )
    await desk.receive(first)
    async with desk.floor.database.begin() as db:
        third = (await db.execute(select(Group.id).where(Group.las_key == "g3"))).scalar_one()
        made = await world.carried_out(db, clock, Split(desk.school.id, {str(third): target.school.id}))
    desk.later(days=1)
    # The key of a child who went makes nobody new; a newcomer whose ECK-iD is known may get it all the same.
    await desk.receive(replace(second, pupils=(replace(second.pupils[0], key="z"), *second.pupils[1:])))
    await desk.receive(second)
    clock.move(days=2)
    async with desk.floor.database.begin() as db:
        await world.undone(db, clock, made)
        keys = select(Enrolment.las_key).where(Enrolment.school_id == desk.school.id).order_by(Enrolment.id)
        found = (await db.execute(keys)).scalars().all()
        assert found[:2] == ["a", "b"]
        assert found[2].startswith("dubbel-")
        assert await across(db) == 0


async def test_a_child_whose_place_was_deleted_in_between_does_not_stay_behind(desk: Desk, clock: Clock) -> None:
    target = await other_school(desk)
    ids = []
    async with desk.floor.database.begin() as db:
        for at, age in ((desk.school, 300), (target.school, 0)):
            born = clock.now - timedelta(days=age)
            name = {"first_name": "Noor", "prefix": None, "surname": "X", "email": None}
            ids.append(await people.new_person(db, kind="pupil", **name, now=born))
            place = {"school_id": at.id, "person_id": ids[-1], "las_key": "1", "picture": "cat"}
            await db.execute(insert(Enrolment).values(**place))
        wanted = Transfer(desk.school.id, target.school.id, ids[1], ids[0])
        made = await world.carried_out(db, clock, wanted)
        # Three months after it left the old school the child's place there is deleted.
        await db.execute(update(Enrolment).where(Enrolment.school_id == desk.school.id).values(active=False))
        await db.execute(Enrolment.__table__.delete().where(Enrolment.school_id == desk.school.id))  # type: ignore[attr-defined]
        await world.undone(db, clock, made)
        left = (await db.execute(select(Person.id))).scalars().all()
        placed = (await db.execute(select(Enrolment.person_id))).scalars().all()
        assert list(left) == list(placed)
        assert len(left) == 1
