"""Coordinators give and take roles; a school that has a coordinator keeps one (R11, R79, D16, D20)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from directory import rights
from directory.lifecycle import employments, roles, staff, substitutes
from directory.lifecycle.refusals import Refused
from directory.lifecycle.substitutes import Substitute
from tests.directory.lifecycle.staffroom import CONTACT, Staffroom


async def give(room: Staffroom, name: str, role: str) -> None:
    async with room.database.begin() as db:
        await roles.give(db, room.school_id, room.employed[name], role, contact=CONTACT, **room.act)


async def take(room: Staffroom, name: str, role: str) -> None:
    async with room.database.begin() as db:
        await roles.take(db, room.school_id, room.employed[name], role, contact=CONTACT, **room.act)


async def test_a_teacher_of_the_administration_gets_a_role_more(room: Staffroom) -> None:
    await room.hires("juf", "teacher", source="las", las_key="M1")
    await give(room, "juf", "ib")
    await give(room, "juf", "ib")
    assert (await room.of("juf")).roles == {"teacher", "ib"}
    assert await room.ledger() == ["staff.role_given"]
    await take(room, "juf", "ib")
    await take(room, "juf", "ib")
    assert (await room.of("juf")).roles == {"teacher"}
    assert await room.ledger() == ["staff.role_given", "staff.role_taken"]


async def test_a_substitute_is_one_until_the_substitution_ends(room: Staffroom) -> None:
    six = await room.group("Groep 6")
    ina = Substitute("ina@pool.example", "Ina", None, "Val")
    async with room.database.begin() as db:
        bound = await substitutes.bind(db, room.school_id, six, ina, days=7, contact=CONTACT, **room.act)
        room.employed["ina"] = await employments.of_person(db, room.school_id, bound.person_id) or 0
    for act in (give(room, "ina", "ib"), take(room, "ina", "substitute")):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.code == "substitute"


async def test_a_new_coordinator_is_made_known_to_all(room: Staffroom) -> None:
    await room.hires("rob", "teacher")
    await give(room, "rob", "ict-coordinator")
    told = [recipient for recipient, subject in await room.mails() if "Nieuwe ICT-coördinator" in subject]
    assert sorted(told) == ["ict@poort.example", "rob@poort.example"]


@pytest.mark.parametrize("role", ["substitute", "board-director", "TEACHER", ""])
async def test_some_roles_cannot_be_given_by_hand(room: Staffroom, role: str) -> None:
    await room.hires("juf", "teacher")
    with pytest.raises(Refused) as refused:
        await give(room, "juf", role)
    assert refused.value.code == "no_such_role"


@pytest.mark.parametrize(("values", "code"), [({"active": False}, "not_working"), ({"email": None}, "no_address")])
async def test_who_cannot_coordinate_does_not(room: Staffroom, values: dict[str, Any], code: str) -> None:
    await room.hires("weg", "teacher", **values)
    with pytest.raises(Refused) as refused:
        await give(room, "weg", "ict-coordinator")
    assert refused.value.code == code


async def test_staff_of_another_school_do_not_exist_here(room: Staffroom) -> None:
    other = await room.school("98XX")
    await room.hires("elders", "teacher", school_id=other)
    with pytest.raises(LookupError):
        await give(room, "elders", "ict-coordinator")
    with pytest.raises(LookupError):
        await take(room, "elders", "teacher")


async def lose(room: Staffroom, name: str, how: str) -> str | None:
    """Tries to make somebody coordinator no more; the code of the refusal, or None."""
    who = room.school_id, room.employed[name]
    try:
        async with room.database.begin() as db:
            if how == "role":
                await roles.take(db, *who, "ict-coordinator", contact=CONTACT, **room.act)
            elif how == "end":
                await staff.end(db, *who, **room.act)
            else:
                await staff.change_last_day(db, *who, room.today + timedelta(days=3), **room.act)
    except Refused as error:
        return error.code
    return None


@pytest.mark.parametrize("how", ["role", "end", "last day"])
async def test_the_last_coordinator_stays(room: Staffroom, how: str) -> None:
    await room.hires("juf", "teacher")
    assert await lose(room, "ict", how) == "last_coordinator"
    assert "ict-coordinator" in (await room.of("ict")).roles
    assert (await room.of("ict")).ends_on is None
    await give(room, "juf", "ict-coordinator")
    assert await lose(room, "ict", how) is None


@pytest.mark.parametrize("how", ["role", "end", "last day"])
@pytest.mark.parametrize("other", ["with a last day", "switched off", "gone"])
async def test_a_coordinator_who_will_be_gone_does_not_count(room: Staffroom, how: str, other: str) -> None:
    ends_on = room.today + timedelta(days=90) if other == "with a last day" else None
    await room.hires("rob", "ict-coordinator", active=other != "gone", ends_on=ends_on)
    if other == "switched off":
        await room.disable("rob")
    assert await lose(room, "ict", how) == "last_coordinator"


async def test_two_who_dismiss_each_other_at_once_leave_one(room: Staffroom) -> None:
    await room.hires("rob", "ict-coordinator")
    outcomes = await asyncio.gather(lose(room, "ict", "end"), lose(room, "rob", "role"))
    assert sorted(map(str, outcomes)) == ["None", "last_coordinator"]
    async with room.database.read() as db:
        day, left = room.today, (room.persons["ict"], room.persons["rob"])
        still = [await rights.manages(db, one, room.school_id, today=day) for one in left]
    assert sorted(still) == [False, True]


async def test_who_coordinates_where(room: Staffroom) -> None:
    other = await room.school("98XX")
    await room.hires("juf", "teacher")
    async with room.database.read() as db:
        ict, juf = room.persons["ict"], room.persons["juf"]
        assert await rights.manages(db, ict, room.school_id, today=room.today)
        assert await rights.decides_somewhere(db, ict, today=room.today)
        assert not await rights.manages(db, ict, other, today=room.today)
        assert not await rights.decides_somewhere(db, juf, today=room.today)
