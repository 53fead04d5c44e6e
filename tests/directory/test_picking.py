"""What a child may pick from (D21, D22, D24): this year's groups, the children that the school shows."""

from datetime import date
from ipaddress import ip_address

from sqlalchemy import delete, insert, update

from directory import classroom, picking
from directory import names as names_of
from directory.models import Enrolment, Group, Person
from directory.names import Named
from directory.standing import Standing
from tests.house import House
from tests.journeys.stories import add_child, add_group, add_school, change_enrolment, change_school

TODAY = date(2026, 11, 23)


async def names(house: House, group: str) -> list[str]:
    found = await picking.children(house.floor.database.hot, house.school.id, house.groups[group], today=TODAY)
    return sorted(child.first_name or "" for child in found)


async def test_the_stamgroepen_of_this_year_youngest_first(house: House) -> None:
    hot = house.floor.database.hot
    async with house.floor.database.begin() as db:
        more = {"school_id": house.school.id, "las_key": "x", "name": "Plusgroep"}
        rows = [
            {**more, "kind": "subgroep", "school_year": "2026-2027"},
            {**more, "kind": "stamgroep", "school_year": "2025-2026"},
        ]
        for row in rows:
            await db.execute(insert(Group).values(**row))
    found = await picking.groups(hot, house.school.id, school_year="2026-2027")
    assert [group.name for group in found] == ["Groep 2", "Groep 6"]
    assert [g.name for g in await picking.groups(hot, house.school.id, school_year="2025-2026")] == ["Plusgroep"]
    async with house.floor.database.begin() as db:
        await db.execute(update(Group).where(Group.id == house.groups["Groep 2"]).values(active=False))
    found = await picking.groups(hot, house.school.id, school_year="2026-2027")
    assert [group.name for group in found] == ["Groep 6"]


async def test_children_of_the_group_who_are_there_today(house: House) -> None:
    assert await names(house, "Groep 6") == ["Finn", "Noor"]
    await change_enrolment(house, "Finn", ends_on=TODAY)
    assert await names(house, "Groep 6") == ["Finn", "Noor"], "the last day is a school day"
    await change_enrolment(house, "Finn", ends_on=date(2026, 11, 22))
    await change_enrolment(house, "Noor", hidden=True)
    assert await names(house, "Groep 6") == []


async def test_children_who_are_called_the_same_keep_their_places(house: House) -> None:
    group_id = house.groups["Groep 6"]
    two = [await add_child(house, house.school, group_id, "Bo", surname) for surname in ("Bos", "Bosch")]
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == two[1]).values(surname="Bos"))
    for _ in two:
        shown = await picking.children(house.floor.database.hot, house.school.id, group_id, today=TODAY)
        assert [child.person_id for child in shown] == [*two, house.people["Finn"], house.people["Noor"]]
        async with house.floor.database.begin() as db:
            taught = await classroom.children(db, house.school.id, group_id, today=TODAY)
            assert [child.person_id for child in taught] == [child.person_id for child in shown]
            # Who came back is found behind the other one.
            gone = delete(Enrolment).where(Enrolment.person_id == two[0]).returning(Enrolment.las_key)
            row = {"las_key": (await db.execute(gone)).scalar_one(), "group_id": group_id, "year_group": "5"}
            await db.execute(
                insert(Enrolment).values(school_id=house.school.id, person_id=two[0], picture="bee", **row)
            )


async def test_a_group_of_another_school_is_empty(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    group_id = await add_group(house, other, "Groep 5")
    await add_child(house, other, group_id, "Mila", "Bos")
    hot = house.floor.database.hot
    assert await picking.children(hot, house.school.id, group_id, today=TODAY) == []
    [mila] = await picking.children(hot, other.id, group_id, today=TODAY)
    assert (mila.first_name, mila.secret_kind, bool(mila.hidden)) == ("Mila", "pin", False)


async def test_a_child_with_its_classmates_also_when_it_is_hidden_itself(house: House) -> None:
    hot = house.floor.database.hot

    async def mates(name: str) -> list[str]:
        found = await picking.classmates(hot, house.school.id, house.people[name], today=TODAY)
        return sorted((child.first_name or "") for child in found)

    assert await mates("Noor") == ["Finn", "Noor"]
    await change_enrolment(house, "Noor", hidden=True)
    assert await mates("Noor") == ["Finn", "Noor"]
    assert await mates("Finn") == ["Finn"]
    await change_enrolment(house, "Noor", active=False)
    assert await mates("Noor") == []
    assert await mates("juf") == []


async def test_one_child_with_the_roepnamen_beside_it_is_what_the_list_of_classmates_says(house: House) -> None:
    hot = house.floor.database.hot

    async def beside(name: str, *, standing: Standing | None = None) -> list[str] | None:
        known = await picking.one(hot, house.school.id, house.people[name], today=TODAY, standing=standing)
        if known is None:
            return None
        mates = await picking.classmates(hot, house.school.id, house.people[name], today=TODAY)
        assert known.child in mates
        beside = [(c.first_name or "", c.prefix or "", c.surname or "") for c in mates if c != known.child]
        assert sorted(known.others) == sorted(beside)
        labels = names_of.display_names([Named(c.person_id, c.first_name, c.prefix, c.surname) for c in mates])
        assert known.label == labels[known.child.person_id]
        return sorted(first_name for first_name, _, _ in known.others)

    assert await beside("Noor") == ["Finn"]
    assert await beside("Noor", standing=Standing(ip_address("192.0.2.1"))) == ["Finn"]
    assert await beside("Noor", standing=Standing(ip_address("203.0.113.1"))) is None
    assert await beside("Sam") == [], "alone in its group"
    await change_enrolment(house, "Noor", hidden=True)
    assert await beside("Noor") == ["Finn"], "itself also when it is hidden"
    assert await beside("Finn") == [], "others not"
    await change_enrolment(house, "Noor", active=False)
    assert await beside("Noor") is None
    assert await beside("juf") is None
    await change_enrolment(house, "Noor", active=True, hidden=False)
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["Finn"]).values(first_name="Noör", prefix=None))
    noor = await picking.one(hot, house.school.id, house.people["Noor"], today=TODAY)
    assert noor is not None
    assert noor.label == "Noor v. B."


async def test_a_school_says_whether_it_shows_names(house: House) -> None:
    hot = house.floor.database.hot
    group_id = house.groups["Groep 6"]
    assert not any(c.names_hidden for c in await picking.children(hot, house.school.id, group_id, today=TODAY))
    await change_school(house, house.school, hide_names=True)
    assert all(c.names_hidden for c in await picking.children(hot, house.school.id, group_id, today=TODAY))


async def test_a_shortcut_leads_to_one_school(house: House) -> None:
    hot = house.floor.database.hot
    assert await picking.school_of_shortcut(hot, house.school.instelling_ref.upper()) == picking.ShortcutSchool(
        house.school.id, open=True, merged=False
    )
    for other in ("", "99ZZ", house.school.instelling_ref[:-1]):
        assert await picking.school_of_shortcut(hot, other) is None


async def test_children_without_a_group_are_on_no_list(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(update(Enrolment).where(Enrolment.person_id == house.people["Finn"]).values(group_id=None))
    assert await names(house, "Groep 6") == ["Noor"]
    found = await picking.classmates(house.floor.database.hot, house.school.id, house.people["Finn"], today=TODAY)
    assert [child.first_name for child in found] == ["Finn"]
