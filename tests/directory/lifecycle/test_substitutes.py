"""A seat per group, bound for 2, 7 or 14 days: at once, until the day is over, and to a person (R57, R86 to R90, D4)."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from directory import people
from directory.lifecycle import seats, substitutes
from directory.lifecycle.models import SubstituteSeat
from directory.lifecycle.refusals import Refused
from directory.lifecycle.substitutes import Bound, Substitute
from directory.models import Employment, EmploymentRole, GroupTeacher
from tests.directory.lifecycle.staffroom import CONTACT, Staffroom

INA = Substitute("ina@pool.example", "Ina", "van", "Val")


async def bind(room: Staffroom, group_id: int, who: Substitute = INA, *, days: int = 7, school_id: int = 0) -> Bound:
    async with room.database.begin() as db:
        return await substitutes.bind(
            db, school_id or room.school_id, group_id, who, days=days, contact=CONTACT, **room.act
        )


async def refusal(room: Staffroom, group_id: int, who: Substitute = INA, *, days: int = 7) -> str | None:
    try:
        await bind(room, group_id, who, days=days)
    except Refused as error:
        return error.code
    return None


async def overview(room: Staffroom) -> dict[str, tuple[str | None, date | None]]:
    async with room.database.read() as db:
        found = await seats.of_school(db, room.school_id, today=room.today)
    return {seat.group_name: (seat.email, seat.ends_on) for seat in found}


async def test_every_group_has_a_seat_that_names_nobody(room: Staffroom) -> None:
    await room.group("Groep 6")
    await room.group("Plusklas", kind="subgroep")
    await room.group("Vorig jaar", active=False)
    assert await overview(room) == {"Groep 6": (None, None)}


@pytest.mark.parametrize("days", [2, 7, 14])
async def test_bound_until_the_end_of_the_last_day(room: Staffroom, days: int) -> None:
    six = await room.group("Groep 6")
    bound = await bind(room, six, days=days)
    assert bound.ends_on == room.today + timedelta(days=days - 1)
    assert await room.works_at(INA.email) == [(room.school_id, ("substitute",))]
    assert await overview(room) == {"Groep 6": (INA.email, bound.ends_on)}
    room.clock.move(days=days - 1)
    assert len(await room.works_at(INA.email)) == 1
    room.clock.move(days=1)
    assert await room.works_at(INA.email) == []
    assert await overview(room) == {"Groep 6": (None, None)}


async def test_the_substitute_is_mailed_and_the_ledger_names_nobody(room: Staffroom) -> None:
    await bind(room, await room.group("Groep 6"))
    assert await room.mails() == [(INA.email, "U valt in bij De Poort")]
    assert await room.ledger() == ["substitute.bound"]


async def test_what_cannot_be_bound(room: Staffroom) -> None:
    six = await room.group("Groep 6")
    await room.hires("juf", "teacher")
    await room.hires("uit", "teacher")
    await room.disable("uit")
    assert await refusal(room, six, days=5) == "no_such_duration"
    assert await refusal(room, six, replace(INA, surname="")) == "name_needed"
    assert await refusal(room, six, replace(INA, email="juf@poort.example")) == "works_here"
    assert await refusal(room, six, replace(INA, email="uit@poort.example")) == "works_here"
    for group_id in (await room.group("Subgroep", kind="subgroep"), 999_999):
        with pytest.raises(LookupError):
            await bind(room, group_id)
    foreign = await room.group("Groep 6", school_id=await room.school("98XX"))
    with pytest.raises(LookupError):
        await bind(room, foreign)
    assert await room.mails() == []


async def test_one_substitute_at_a_time(room: Staffroom) -> None:
    six = await room.group("Groep 6")
    first = await bind(room, six)
    other = Substitute("bo@pool.example", "Bo", None, "Val")
    assert await refusal(room, six, other) == "seat_taken"
    longer = await bind(room, six, days=14)
    assert (longer.person_id, longer.ends_on) == (first.person_id, room.today + timedelta(days=13))
    async with room.database.read() as db:
        past = await seats.history(db, room.school_id)
    assert [one.ended_at is None for one in past] == [True, False], "the longer one took the place of the first"
    assert {(one.name, one.email) for one in past} == {("Ina van Val", "ina@pool.example")}, (
        "as the school entered them"
    )
    async with room.database.begin() as db:
        await substitutes.end(db, room.school_id, longer.binding_id, **room.act)
    assert await refusal(room, six, other) is None


async def test_two_at_the_same_moment(room: Staffroom) -> None:
    six = await room.group("Groep 6")
    other = Substitute("bo@pool.example", "Bo", None, "Val")
    outcomes = await asyncio.gather(refusal(room, six), refusal(room, six, other))
    assert sorted(map(str, outcomes)) == ["None", "seat_taken"]


async def test_a_pool_substitute_keeps_one_account_over_schools_and_groups(room: Staffroom) -> None:
    other = await room.school("98XX", "De Brug")
    here, there = await room.group("Groep 6"), await room.group("Groep 3", school_id=other)
    one = await bind(room, here)
    two = await bind(room, there, school_id=other)
    assert one.person_id == two.person_id
    assert {school_id for school_id, _ in await room.works_at(INA.email)} == {room.school_id, other}


async def test_two_schools_that_enter_the_same_newcomer_at_once_make_one_account(room: Staffroom) -> None:
    other = await room.school("98XX", "De Brug")
    here, there = await room.group("Groep 6"), await room.group("Groep 3", school_id=other)
    one, two = await asyncio.gather(bind(room, here), bind(room, there, school_id=other))
    assert one.person_id == two.person_id
    assert {school_id for school_id, _ in await room.works_at(INA.email)} == {room.school_id, other}


async def test_another_group_of_the_school_takes_the_place_of_the_first(room: Staffroom) -> None:
    six, seven = await room.group("Groep 6"), await room.group("Groep 7")
    await bind(room, six)
    moved = await bind(room, seven, days=2)
    assert moved.left == six
    assert {name: email for name, (email, _) in (await overview(room)).items()} == {
        "Groep 6": None,
        "Groep 7": INA.email,
    }
    linked = await room.rows(GroupTeacher.group_id)
    assert [row.group_id for row in linked] == [seven]


async def test_ended_means_at_once(room: Staffroom) -> None:
    six = await room.group("Groep 6")
    bound = await bind(room, six)
    other = await room.school("98XX")
    async with room.database.read() as db:
        before = (await people.identity(db, bound.person_id))[0]
    async with room.database.begin() as db:
        with pytest.raises(LookupError):
            await substitutes.end(db, other, bound.binding_id, **room.act)
        await substitutes.end_for(db, room.school_id, six, **room.act)
        with pytest.raises(LookupError):
            await substitutes.end(db, room.school_id, bound.binding_id, **room.act)
    assert await room.works_at(INA.email) == []
    async with room.database.read() as db:
        assert (await people.identity(db, bound.person_id))[0] > before
        with pytest.raises(LookupError):
            await substitutes.end_for(db, room.school_id, six, **room.act)


async def test_the_seat_keeps_its_subject_whoever_takes_it(room: Staffroom) -> None:
    six = await room.group("Groep 6")
    bound = await bind(room, six)
    [before] = await room.rows(SubstituteSeat.id, SubstituteSeat.seed)
    async with room.database.begin() as db:
        await substitutes.end(db, room.school_id, bound.binding_id, **room.act)
    await bind(room, six, Substitute("bo@pool.example", "Bo", None, "Val"))
    [after] = await room.rows(SubstituteSeat.id, SubstituteSeat.seed)
    assert tuple(before) == tuple(after)


async def test_a_former_colleague_brings_nothing_of_before(room: Staffroom) -> None:
    six, seven = await room.group("Groep 6"), await room.group("Groep 7")
    await room.hires("ina", "ict-coordinator", "teacher", source="las", las_key="M1", email=INA.email, active=False)
    async with room.database.begin() as db:
        await db.execute(insert(GroupTeacher).values(employment_id=room.employed["ina"], group_id=seven, source="las"))
    bound = await bind(room, six)
    assert await room.works_at(INA.email) == [(room.school_id, ("substitute",))]
    assert [row.group_id for row in await room.rows(GroupTeacher.group_id)] == [six]
    assert (await room.of("ina")).source == "platform", "no file ends a substitution"
    async with room.database.begin() as db:
        await substitutes.end(db, room.school_id, bound.binding_id, **room.act)
    who = await room.of("ina")
    assert (who.source, who.las_key, who.seat_id, who.roles) == ("las", "M1", None, frozenset())
    assert who.ends_on is None, "whom a file brings back does not end with a substitution of before"


async def test_what_ended_by_itself_is_written_down(room: Staffroom) -> None:
    await bind(room, await room.group("Groep 6"), days=2)
    async with room.database.begin() as db:
        assert await substitutes.tidy(db, now=room.now + timedelta(days=1)) == 0
        assert await substitutes.tidy(db, now=room.now + timedelta(days=2)) == 1
        assert await substitutes.tidy(db, now=room.now + timedelta(days=2)) == 0
    [row] = await room.rows(Employment.active, Employment.seat_id, where=[Employment.person_id != room.persons["ict"]])
    assert tuple(row) == (False, None)
    assert await room.rows(EmploymentRole.role, where=[EmploymentRole.role == "substitute"]) == []


async def test_every_use_of_a_seat_has_a_person(room: Staffroom) -> None:
    six = await room.group("Groep 6")
    bound = await bind(room, six)
    async with room.database.begin() as db:
        await substitutes.end(db, room.school_id, bound.binding_id, **room.act)
    await bind(room, six, Substitute("bo@pool.example", "Bo", None, "Val"))
    async with room.database.read() as db:
        page = await seats.history(db, room.school_id, limit=1)
        rest = await seats.history(db, room.school_id, before=page[-1].id)
        _, ledger_id = await people.identity(db, bound.person_id)
    assert [(past.email, past.group_name, past.ended_at is None) for past in page] == [
        ("bo@pool.example", "Groep 6", True)
    ]
    assert [(past.email, past.ledger_id, past.ended_at is None) for past in rest] == [(INA.email, ledger_id, False)]
    other = await room.school("98XX")
    async with room.database.read() as db:
        assert await seats.history(db, other) == []
