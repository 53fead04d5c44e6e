"""Which groups somebody sees, the children in them, and pictures that stay apart (D20, D21, D22)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from directory import classroom
from directory.classroom import GroupChild, SeenGroup
from directory.models import Employment, Enrolment, Group, Person, SubgroupMember
from tests.house import House
from tests.journeys.stories import add_child, add_school, add_staff, change_enrolment

YEAR = "2026-2027"


async def seen(house: House, name: str, school_id: int | None = None) -> tuple[SeenGroup, ...]:
    today = house.clock.now.date()
    async with house.floor.database.read() as db:
        return await classroom.groups_seen(
            db, school_id or house.school.id, house.people[name], school_year=YEAR, today=today
        )


async def children(house: House, group: str = "Groep 6") -> list[GroupChild]:
    today = house.clock.now.date()
    async with house.floor.database.read() as db:
        return await classroom.children(db, house.school.id, house.groups[group], today=today)


async def one(house: House, name: str) -> GroupChild:
    return next(child for child in await children(house) if child.person_id == house.people[name])


async def add_group(house: House, name: str, **more: object) -> int:
    row = {"school_id": house.school.id, "school_year": YEAR, "kind": "stamgroep", "las_key": name, "name": name}
    async with house.floor.database.begin() as db:
        found: int = (await db.execute(insert(Group).values(**(row | more)).returning(Group.id))).scalar_one()
    return found


async def test_a_group_is_told_with_its_children_and_whether_it_is_the_own(house: House) -> None:
    group = house.groups["Groep 6"]
    assert await seen(house, "juf") == (SeenGroup(group, "Groep 6", "stamgroep", "pin", 2, own=True),)
    assert [(found.name, found.own) for found in await seen(house, "ict")] == [("Groep 2", False), ("Groep 6", False)]
    assert await seen(house, "Noor") == ()


async def test_groups_stand_as_on_the_pick_list_and_subgroups_after_them(house: House) -> None:
    await add_group(house, "De Kikkers", kind="subgroep")
    await add_group(house, "Groep 1", year_group="1")
    mixed = await add_group(house, "Bovenbouw", year_group="C")
    await add_child(house, house.school, mixed, "Bo", "Vis")  # of year group 5
    names = [found.name for found in await seen(house, "ict")]
    assert names == ["Groep 1", "Groep 2", "Bovenbouw", "Groep 6", "De Kikkers"]


async def test_who_is_in_a_subgroup_counts_there_and_in_no_other_group(house: House) -> None:
    frogs = await add_group(house, "De Kikkers", kind="subgroep")
    async with house.floor.database.begin() as db:
        sam = select(Enrolment.id).where(Enrolment.person_id == house.people["Sam"]).scalar_subquery()
        await db.execute(insert(SubgroupMember).values(enrolment_id=sam, group_id=frogs))
    counted = {found.name: found.pupils for found in await seen(house, "ict")}
    assert counted == {"Groep 2": 1, "Groep 6": 2, "De Kikkers": 1}


async def test_groups_of_another_year_or_no_longer_in_use_are_not_seen(house: House) -> None:
    await add_group(house, "Oud", school_year="2025-2026")
    await add_group(house, "Weg", active=False)
    assert [found.name for found in await seen(house, "ict")] == ["Groep 2", "Groep 6"]


async def test_a_role_at_one_school_opens_nothing_at_another(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await add_staff(house, "ibber", "ib", at=[other])
    assert await seen(house, "ibber") == ()
    assert await seen(house, "ibber", other.id) == ()
    await add_staff(house, "tweede", "ib", at=[house.school])
    assert len(await seen(house, "tweede")) == 2
    assert await seen(house, "tweede", other.id) == ()


async def test_children_are_sorted_on_roepnaam_and_hidden_ones_are_there(house: House) -> None:
    await add_child(house, house.school, house.groups["Groep 6"], "Élodie", "Bos")
    await change_enrolment(house, "Noor", hidden=True)
    assert [(child.full_name, child.hidden) for child in await children(house)] == [
        ("Élodie Bos", False),
        ("Finn van Beek", False),
        ("Noor van Beek", True),
    ]


@pytest.mark.parametrize("how", ["inactive", "left", "disabled"])
async def test_who_cannot_sign_in_is_not_in_the_group(house: House, how: str) -> None:
    yesterday = house.clock.now.date() - timedelta(days=1)
    if how == "disabled":
        async with house.floor.database.begin() as db:
            await db.execute(update(Person).where(Person.id == house.people["Noor"]).values(disabled=True))
    else:
        await change_enrolment(house, "Noor", **({"active": False} if how == "inactive" else {"ends_on": yesterday}))
    assert [child.first_name for child in await children(house)] == ["Finn"]
    assert (await seen(house, "juf"))[0].pupils == 1


async def test_a_child_of_the_last_day_is_still_there(house: House) -> None:
    await change_enrolment(house, "Noor", ends_on=house.clock.now.date())
    assert len(await children(house)) == 2


async def test_a_picture_is_changed_unless_somebody_of_the_group_has_it(house: House) -> None:
    noor = await one(house, "Noor")
    async with house.floor.database.begin() as db:
        assert await classroom.pictures_taken(db, house.school.id, noor) == {"dog": house.people["Finn"]}
        assert not await classroom.change_picture(db, house.school.id, noor, "dog")
        assert await classroom.change_picture(db, house.school.id, noor, "bee"), "Sam of another group has it"
    assert (await one(house, "Noor")).picture == "bee"


async def test_of_two_children_who_want_one_picture_at_once_one_gets_it(house: House) -> None:
    both = [await one(house, name) for name in ("Noor", "Finn")]

    async def wants(child: GroupChild) -> bool:
        async with house.floor.database.begin() as db:
            return await classroom.change_picture(db, house.school.id, child, "sun")

    assert sorted(await asyncio.gather(*map(wants, both))) == [False, True]
    async with house.floor.database.read() as db:
        query = select(Enrolment.person_id).where(Enrolment.picture == "sun")
        assert len((await db.execute(query)).scalars().all()) == 1


async def test_after_the_last_day_nothing_is_seen(house: House) -> None:
    today = house.clock.now.date()
    for last, groups in ((today, 1), (today - timedelta(days=1), 0)):
        async with house.floor.database.begin() as db:
            mine = Employment.person_id == house.people["juf"]
            await db.execute(update(Employment).where(mine).values(ends_on=last))
        assert len(await seen(house, "juf")) == groups
