"""Who gives seats: the coordinators, and the one colleague whom they chose for it (D4)."""

from datetime import date

import pytest
from sqlalchemy import update

from directory import schools
from directory.lifecycle import seats, staff, substitutes
from directory.lifecycle.refusals import Refused
from directory.lifecycle.substitutes import Substitute
from directory.models import Employment
from tests.directory.lifecycle.staffroom import CONTACT, Staffroom


async def may(room: Staffroom, name: str) -> bool:
    async with room.database.read() as db:
        return await seats.may_give(db, room.school_id, room.persons[name], today=room.today)


async def choose(room: Staffroom, name: str | None) -> None:
    async with room.database.begin() as db:
        who = room.employed[name] if name else None
        await seats.delegate(db, room.school_id, who, contact=CONTACT, **room.act)


async def test_one_colleague_beside_the_coordinators(room: Staffroom) -> None:
    await room.hires("juf", "teacher")
    await room.hires("rob", "support")
    assert [await may(room, name) for name in ("ict", "juf", "rob")] == [True, False, False]
    await choose(room, "juf")
    assert [await may(room, name) for name in ("ict", "juf", "rob")] == [True, True, False]
    await choose(room, "rob")
    assert [await may(room, name) for name in ("ict", "juf", "rob")] == [True, False, True]
    await choose(room, None)
    assert [await may(room, name) for name in ("ict", "juf", "rob")] == [True, False, False]
    assert await room.ledger() == ["substitute.delegated"] * 3


async def test_it_ends_with_the_work(room: Staffroom) -> None:
    await room.hires("juf", "teacher", ends_on=room.today)
    await choose(room, "juf")
    room.clock.move(days=1)
    assert not await may(room, "juf")
    room.clock.move(days=-1)
    async with room.database.begin() as db:
        await staff.end(db, room.school_id, room.employed["juf"], **room.act)
        await staff.take_up(db, room.school_id, room.employed["juf"], date(2027, 7, 31), **room.act)
    assert not await may(room, "juf"), "what ended is given anew"


async def test_neither_a_leaver_nor_a_substitute_is_chosen(room: Staffroom) -> None:
    await room.hires("weg", "teacher", active=False)
    six = await room.group("Groep 6")
    ina = Substitute("ina@pool.example", "Ina", None, "Val")
    async with room.database.begin() as db:
        bound = await substitutes.bind(db, room.school_id, six, ina, days=7, contact=CONTACT, **room.act)
    [row] = await room.rows(Employment.id, where=[Employment.person_id == bound.person_id])
    room.employed["ina"] = row.id
    for name in ("weg", "ina"):
        with pytest.raises(Refused) as refused:
            await choose(room, name)
        assert refused.value.code == "not_working"


async def test_who_may_and_who_no_longer_may_are_mailed_and_naming_twice_changes_nothing(room: Staffroom) -> None:
    await room.hires("juf", "teacher")
    await room.hires("rob", "support")
    for name in ("juf", "juf", "rob", None, None):
        await choose(room, name)
    named, ended = "U mag invalaccounts geven bij De Poort", "U geeft geen invalaccounts meer bij De Poort"
    juf, rob = "juf@poort.example", "rob@poort.example"
    assert await room.mails() == [(juf, named), (juf, ended), (rob, named), (rob, ended)]
    assert await room.ledger() == ["substitute.delegated"] * 3


async def test_which_schools_chose_somebody(room: Staffroom) -> None:
    await room.hires("juf", "teacher", ends_on=room.today)
    await choose(room, "juf")
    for days, found in ((0, [room.school_id]), (1, [])):
        room.clock.move(days=days)
        async with room.database.read() as db:
            assert await seats.delegated_to(db, room.persons["juf"], today=room.today) == found
            assert await seats.delegated_to(db, room.persons["ict"], today=room.today) == []


async def test_who_went_along_to_another_school_gives_nothing_here_and_another_is_chosen(room: Staffroom) -> None:
    """A split or merger takes the employment along; what it was chosen for stays behind."""
    await room.hires("juf", "teacher")
    await choose(room, "juf")
    async with room.database.begin() as db:
        other = await schools.add(db, name="De Overkant", brin="98XX", location="", now=room.now)
        gone = Employment.id == room.employed["juf"]
        await db.execute(update(Employment).where(gone).values(school_id=other.id))
    assert not await may(room, "juf")
    await room.hires("rob", "support")
    await choose(room, "rob")
    assert await may(room, "rob")
    assert [to for to, _ in await room.mails()] == ["juf@poort.example", "rob@poort.example"]
