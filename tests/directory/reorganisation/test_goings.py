"""Who goes where, before it happens: the own school's people by name, the other's in numbers, and those only when all said yes."""

from sqlalchemy import insert

from directory import people, roles
from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle import reorganisation_goings as goings
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle.reorganisation_goings import Going
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import CodeChange, Merger, Split, Wanted
from directory.models import Enrolment
from directory.schools import KnownSchool
from idp.core.db import Database, Db
from tests.clock import Clock
from tests.directory.eckids import KEYRING
from tests.directory.reorganisation import world


async def child(db: Db, clock: Clock, at: KnownSchool, name: str, group_id: int | None) -> None:
    called = {"first_name": name, "prefix": "van", "surname": "Beek", "email": None}
    person_id = await people.new_person(db, kind="pupil", **called, now=clock.now)
    row = {"school_id": at.id, "person_id": person_id, "las_key": name, "picture": "cat", "group_id": group_id}
    await db.execute(insert(Enrolment).values(**row))


async def seen(db: Db, number: int, by: Asker) -> tuple[Going, ...]:
    return await goings.shown(db, await records.of(db, number), by=by, keyring=KEYRING)


async def test_of_a_merger_one_reads_the_own_names_and_the_others_numbers_when_all_said_yes(
    database: Database, clock: Clock
) -> None:
    async with database.begin() as db:
        old, new = [
            await world.school(db, clock, name, brin, coordinated=True)
            for name, brin in (("Oud", "99XX"), ("Nieuw", "98XX"))
        ]
        third = await world.group(db, old, "Groep 3")
        await child(db, clock, old, "Zoe", third)
        await child(db, clock, old, "Aad", third)
        await child(db, clock, old, "Los", None)
        await child(db, clock, new, "Hier", None)
        number = await world.agreed(db, clock, Merger((old.id,), new.id), world.coordinator(new))
        assert await seen(db, number, world.coordinator(new)) == ()
        mine = await seen(db, number, world.coordinator(old))
        assert [(one.who, one.group, one.number, one.names) for one in mine] == [
            ("pupils", "Groep 3", 2, ("Aad van Beek", "Zoe van Beek")),
            ("pupils", None, 1, ("Los van Beek",)),
            ("staff", None, 1, ("ict Jansen",)),
        ]
        await asking.agree(db, number, by=world.coordinator(old), now=clock.now, keyring=KEYRING)
        theirs = await seen(db, number, world.coordinator(new))
        assert [(one.group, one.number, one.names) for one in theirs] == [
            ("Groep 3", 2, ()),
            (None, 1, ()),
            (None, 1, ()),
        ]
        assert {(one.from_id, one.to_id) for one in theirs} == {(old.id, new.id)}


async def test_of_a_split_one_reads_whose_group_goes_and_who_goes_along(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new = await world.school(db, clock, "Oud", "99XX"), await world.school(db, clock, "Nieuw", "98XX")
        third, fourth = await world.group(db, old, "Groep 3"), await world.group(db, old, "Groep 4")
        await child(db, clock, old, "Aad", third)
        await child(db, clock, old, "Bea", fourth)
        for email, group_id in (("drie@oud.example", third), ("vier@oud.example", fourth)):
            await world.colleague(db, clock, old, email, roles.TEACHER, group_id)
        wanted: Wanted = Split(old.id, {str(third): new.id})
        number = await world.agreed(db, clock, wanted, world.coordinator(old))
        found = await seen(db, number, world.coordinator(old))
        assert [(one.who, one.group, one.names) for one in found] == [
            ("pupils", "Groep 3", ("Aad van Beek",)),
            ("staff", None, ("drie Jansen",)),
        ]
        assert await seen(db, number, world.coordinator(new)) == ()
        number = await world.agreed(db, clock, CodeChange(new.id, "97XX"), world.coordinator(new))
        assert await seen(db, number, world.coordinator(new)) == (), "a new code moves nobody"
