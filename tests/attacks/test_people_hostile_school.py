"""A hostile coordinator who enters other schools' people by hand changes nothing there and learns nothing (D14, D15)."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from directory.lifecycle import addresses, employments, memberships, review, roles, search, seats, staff, staff_list
from directory.lifecycle import substitutes as binding
from directory.lifecycle.models import PendingMembership
from directory.lifecycle.refusals import Refused
from directory.lifecycle.substitutes import Substitute
from directory.models import Employment, EmploymentRole, GroupTeacher, Person
from idp.core.db import Database, Db
from idp.core.models import LedgerEntry
from tests.clock import Clock
from tests.directory.lifecycle.staffroom import CONTACT, Staffroom, newcomer, open_staffroom

Act = Callable[[Db], Awaitable[object]]

VICTIM = "fatima@poort.example"
TYPED = Substitute(VICTIM, "Getypte", None, "Naam")


@pytest.fixture
async def room(database: Database, clock: Clock) -> Staffroom:
    """The hostile school, and `fatima` who coordinates and teaches at a school of another board."""
    opened = await open_staffroom(database, clock)
    other = await opened.school("98XX", "De Brug")
    await opened.hires("fatima", "ict-coordinator", "teacher", school_id=other, surname="El Amrani")
    await opened.hires("nobody", "teacher", surname="Ongekend")
    return opened


async def theirs(room: Staffroom) -> list[Any]:
    """Everything about the victim that somebody could change."""
    async with room.database.read() as db:
        person = select(Person).where(Person.email == VICTIM)
        works = select(Employment).where(Employment.school_id != room.school_id)
        found = [list(await db.execute(query)) for query in (person, works)]
        ids = [row.id for row in found[1]]
        found.append(list(await db.execute(select(EmploymentRole).where(EmploymentRole.employment_id.in_(ids)))))
        found.append(list(await db.execute(select(GroupTeacher).where(GroupTeacher.employment_id.in_(ids)))))
        return [[tuple(row) for row in rows] for rows in found]


async def seen(room: Staffroom) -> str:
    """All that the lists of the hostile school show."""
    school_id, today = room.school_id, room.today
    async with room.database.read() as db:
        shown: list[Any] = [
            [(one.first_name, one.surname) for one in await staff_list.page(db, school_id, today=today, which="all")],
            [(one.first_name, one.surname) for one in await search.staff(db, school_id)],
            [(one.first_name, one.surname) for one in await memberships.of_school(db, school_id)],
            [(one.first_name, one.surname) for one in await review.due(db, school_id, now=room.now)],
            [(one.group_name, one.email) for one in await seats.of_school(db, school_id, today=today)],
            [(one.group_name, one.email) for one in await seats.history(db, school_id)],
            await staff_list.counts(db, school_id, today=today),
        ]
    return repr(shown)


async def attempt(room: Staffroom, act: Act) -> str:
    """How an act ended, in one word."""
    try:
        async with room.database.begin() as db:
            await act(db)
    except Refused as error:
        return error.code
    except LookupError:
        return "not found"
    return "done"


async def test_an_invitation_looks_the_same_for_an_account_and_for_nobody(room: Staffroom) -> None:
    before = await theirs(room)
    for email in (VICTIM, "bestaat.niet@poort.example"):
        who = newcomer(email, roles=("ict-coordinator",), ends_on=None)
        async with room.database.begin() as db:
            await memberships.invite(db, room.keyring, room.school_id, who, **room.mailing)
    rows = await room.rows(PendingMembership.first_name, PendingMembership.surname, PendingMembership.roles)
    assert len({tuple(row) for row in rows}) == 1
    assert "Amrani" not in await seen(room)
    assert await theirs(room) == before


async def test_a_substitution_gives_no_name_and_nothing_to_hold_on_to(room: Staffroom) -> None:
    """During it and after it: no name, no new address, no role, no employment."""
    six = await room.group("Groep 6")
    before = await theirs(room)
    victim = await room.account(VICTIM)
    assert victim is not None
    async with room.database.begin() as db:
        bound = await binding.bind(db, room.school_id, six, TYPED, days=14, contact=CONTACT, **room.act)
        place = await employments.of_person(db, room.school_id, victim)
    assert place is not None
    await nothing_to_hold_on_to(room, victim, place)
    async with room.database.begin() as db:
        await binding.end(db, room.school_id, bound.binding_id, **room.act)
    await nothing_to_hold_on_to(room, victim, place)
    assert [row[1:] for row in (await theirs(room))[1]] == [row[1:] for row in before[1]]
    assert (await theirs(room))[2:] == before[2:]
    assert await room.account(VICTIM) == victim
    assert await room.rows(LedgerEntry.id, where=[LedgerEntry.action == "address.proposed"]) == []


async def nothing_to_hold_on_to(room: Staffroom, victim: int, place: int) -> None:
    shown = await seen(room)
    assert "Amrani" not in shown
    assert "Fatima" not in shown
    with pytest.raises(LookupError):
        async with room.database.read() as db:
            await staff_list.one(db, room.school_id, place, today=room.today)
    at, day = (room.school_id, place), date(2027, 7, 31)
    acts: list[Act] = [
        lambda db: roles.give(db, *at, "ict-coordinator", contact=CONTACT, **room.act),
        lambda db: staff.take_up(db, *at, day, **room.act),
        lambda db: staff.change_last_day(db, *at, day, **room.act),
        lambda db: staff.link_groups(db, *at, (), **room.act),
        lambda db: review.confirm(db, *at, day, **room.act),
        lambda db: seats.delegate(db, *at, contact=CONTACT, **room.act),
    ]
    assert "done" not in [await attempt(room, act) for act in acts]
    async with room.database.begin() as db:
        who = room.school_id, victim
        assert not await addresses.propose(db, room.keyring, *who, "dief@poort.example", **room.mailing)


async def test_another_schools_numbers_are_no_numbers(room: Staffroom) -> None:
    theirs_before = await theirs(room)
    at = room.school_id, room.employed["fatima"]
    acts: list[Act] = [
        lambda db: roles.give(db, *at, "ib", contact=CONTACT, **room.act),
        lambda db: roles.take(db, *at, "teacher", contact=CONTACT, **room.act),
        lambda db: staff.end(db, *at, **room.act),
        lambda db: staff.take_up(db, *at, None, **room.act),
        lambda db: staff.change_last_day(db, *at, date(2027, 7, 31), **room.act),
        lambda db: staff.link_groups(db, *at, (), **room.act),
        lambda db: review.confirm(db, *at, None, **room.act),
        lambda db: seats.delegate(db, *at, contact=CONTACT, **room.act),
        lambda db: memberships.invite_to_place(db, room.keyring, *at, "dief@poort.example", **room.mailing),
        lambda db: addresses.propose(
            db, room.keyring, room.school_id, room.persons["fatima"], "dief@poort.example", **room.mailing
        ),
    ]
    assert {await attempt(room, act) for act in acts} == {"not found"}
    assert await theirs(room) == theirs_before
    assert await room.mails() == []


async def test_an_address_that_belongs_to_somebody_else_is_not_told_apart(room: Staffroom) -> None:
    """Proposed for one's own colleague: the answer is the same for a free address and for the victim's."""
    for email in ("vrij@poort.example", VICTIM):
        async with room.database.begin() as db:
            who = room.school_id, room.persons["nobody"]
            assert await addresses.propose(db, room.keyring, *who, email, **room.mailing)
            [open_one] = await addresses.of_school(db, room.school_id, now=room.now)
        assert (open_one.needs_approval, open_one.confirmed) == (False, False)
    assert await room.account(VICTIM) == room.persons["fatima"]


async def test_a_substitution_gives_no_say_over_the_account(room: Staffroom) -> None:
    """Anybody can be bound, without a yes: neither the own school's coordinators nor the person may notice it at the account (D15)."""
    six = await room.group("Groep 6")
    home = (await room.works_at(VICTIM))[0][0]
    await room.hires("colleague", "teacher", school_id=home)
    await room.hires("second", "ict-coordinator", school_id=home)
    typed = Substitute("colleague@poort.example", "Getypte", None, "Naam")
    async with room.database.begin() as db:
        await binding.bind(db, room.school_id, six, typed, days=14, contact=CONTACT, **room.act)
        who = home, room.persons["colleague"]
        assert await addresses.propose(db, room.keyring, *who, "nieuw@poort.example", **room.mailing)
        [waits] = await addresses.of_school(db, home, now=room.now)
        assert not waits.needs_approval, "a substitution is no second school"
        assert await addresses.of_school(db, room.school_id, now=room.now) == []
    hostile: dict[str, Any] = {"approver": room.persons["ict"], "by": "ledger of ict", "now": room.now}
    assert await attempt(room, lambda db: addresses.approve(db, waits.id, contact=CONTACT, **hostile)) == "not found"
    assert await attempt(room, lambda db: addresses.refuse(db, waits.id, **hostile)) == "not found"
    own: dict[str, Any] = {"approver": room.persons["second"], "by": "ledger of second", "now": room.now}
    assert await attempt(room, lambda db: addresses.approve(db, waits.id, contact=CONTACT, **own)) == "done"
