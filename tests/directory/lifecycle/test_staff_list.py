"""The list of staff: two columns for two things, searched and paged, of one school only (R81 to R84, R163)."""

from datetime import timedelta

from sqlalchemy import insert, select, update

from consent import ticks
from directory import people
from directory.lifecycle import search, staff_list
from directory.lifecycle.staff_list import Colleague, Which
from directory.models import Employment, Enrolment, GroupTeacher
from idp.core.db import Db
from idp.credentials import passwords
from metadata import parties
from metadata.models import Party
from metadata.parties import PartyKind
from tests.directory.lifecycle.staffroom import Staffroom


async def parties_of(db: Db, kind: str) -> list[int]:
    return list((await db.execute(select(Party.id).where(Party.kind == kind))).scalars())


async def page(room: Staffroom, text: str = "", which: Which = "working") -> list[Colleague]:
    async with room.database.read() as db:
        return await staff_list.page(db, room.school_id, today=room.today, search=text, which=which)


async def names(room: Staffroom, text: str = "", which: Which = "working") -> list[str]:
    return [colleague.first_name or "" for colleague in await page(room, text, which)]


async def test_activated_and_in_the_administration_are_two_things(room: Staffroom) -> None:
    await room.hires("wel", "teacher", source="las", las_key="M1")
    await room.hires("niet", "teacher", source="las", las_key="M2")
    async with room.database.begin() as db:
        for name in ("wel", "ict"):
            await passwords.set_password(db, room.persons[name], "$argon2id$x", now=room.now)
        gone = Employment.id == room.employed["niet"]
        await db.execute(update(Employment).where(gone).values(active=False))
    found = {one.first_name: (one.activated, one.in_administration) for one in await page(room, which="all")}
    assert found == {"Wel": (True, True), "Niet": (False, False), "Ict": (True, False)}
    async with room.database.read() as db:
        counts = await staff_list.counts(db, room.school_id, today=room.today)
    assert counts == {"working": 2, "activated": 2, "left": 1}


async def test_who_works_here_and_who_left(room: Staffroom) -> None:
    await room.hires("nu", "rt", ends_on=room.today)
    await room.hires("straks", "rt", ends_on=room.today - timedelta(days=1))
    await room.hires("weg", "rt", active=False)
    assert sorted(await names(room)) == ["Ict", "Nu"]
    assert sorted(await names(room, which="left")) == ["Straks", "Weg"]
    assert len(await names(room, which="all")) == 4


async def test_found_by_any_part_of_a_name_or_address(room: Staffroom) -> None:
    await room.hires("fatima", "teacher", surname="El Amrani")
    await room.hires("bob", "teacher", surname="100%_zeker")
    assert await names(room, "amra fat") == ["Fatima"]
    assert await names(room, "BOB@poort") == ["Bob"]
    assert await names(room, "%") == ["Bob"], "a percent sign is a percent sign"
    assert await names(room, "niemand") == []


async def test_pages_follow_one_another_without_loss(room: Staffroom) -> None:
    for number in range(7):
        await room.hires(f"n{number}", "teacher", surname="Zelfde" if number % 2 else "Anders")
    seen: list[int] = []
    after = None
    async with room.database.read() as db:
        while found := await staff_list.page(db, room.school_id, today=room.today, after=after, limit=3):
            seen += [one.employment_id for one in found]
            after = found[-1].place
    assert len(seen) == len(set(seen)) == 8
    assert [one.surname for one in await page(room)] == ["Anders"] * 4 + ["Smit"] + ["Zelfde"] * 3


async def test_roles_and_groups_stand_beside_the_name(room: Staffroom) -> None:
    await room.hires("juf", "teacher", "ib")
    six = await room.group("Groep 6")
    async with room.database.begin() as db:
        await db.execute(insert(GroupTeacher).values(employment_id=room.employed["juf"], group_id=six))
        one = await staff_list.one(db, room.school_id, room.employed["juf"], today=room.today)
    assert (one.roles, one.groups) == (("ib", "teacher"), ("Groep 6",))


async def test_another_school_has_its_own_list(room: Staffroom) -> None:
    other = await room.school("98XX")
    await room.hires("elders", "teacher", school_id=other)
    assert await names(room, which="all") == ["Ict"]
    async with room.database.read() as db:
        assert await search.staff(db, room.school_id, "elders") == []
        assert [found.first_name for found in await search.staff(db, other, "ELD")] == ["Elders"]


async def test_a_ticked_network_environment_is_named(room: Staffroom) -> None:
    async with room.database.begin() as db:
        assert await staff_list.networks(db, room.school_id) == ()
        fields = frozenset({"subject"})
        kinds: tuple[PartyKind, ...] = ("network", "publisher")
        for kind, name in zip(kinds, ("Klaslokaal", "Rekenrijk"), strict=True):
            party = await parties.add_party(db, name=name, kind=kind, fields=fields, sector=name, now=room.now)
            await ticks.give(db, room.school_id, party, fields, now=room.now, by="test")
        assert await staff_list.networks(db, room.school_id) == ("Klaslokaal",)
        network = next(iter(await parties_of(db, "network")))
        await ticks.withdraw(db, room.school_id, network, now=room.now, by="test")
        assert await staff_list.networks(db, room.school_id) == ()


async def test_pupils_are_found_by_name_a_page_at_a_time(room: Staffroom) -> None:
    other = await room.school("98XX")
    six = await room.group("Groep 6")
    async with room.database.begin() as db:
        for name, at in (("Noor", room.school_id), ("Noor", room.school_id), ("Noor", other), ("Finn", room.school_id)):
            person = {"first_name": name, "prefix": "van", "surname": "Beek", "email": None}
            person_id = await people.new_person(db, kind="pupil", **person, now=room.now)
            row = {"school_id": at, "person_id": person_id, "las_key": str(person_id), "picture": "cat"}
            await db.execute(insert(Enrolment).values(**row, group_id=six if at == room.school_id else None))
    async with room.database.read() as db:
        first = await search.pupils(db, room.school_id, "noor beek", limit=1)
        rest = await search.pupils(db, room.school_id, "noor beek", after=first[0].after)
        everybody = await search.pupils(db, room.school_id)
    assert len({found.person_id for found in first + rest}) == 2
    assert [found.first_name for found in everybody] == ["Finn", "Noor", "Noor"]
    assert {found.group for found in everybody} == {"Groep 6"}
