"""Who has a place at both schools has one afterwards: what was ended at either comes back by no reorganisation, and a seat is nobody's own place."""

import pytest
from sqlalchemy import delete, insert, select, update

from consent import exclusions
from directory import roles
from directory.lifecycle import employments, held_mails, named, staff, substitutes
from directory.lifecycle import roles as given
from directory.lifecycle.models import HeldMail, SubstituteBinding
from directory.lifecycle.reorganisation_requests import Merger, Split, Transfer
from directory.lifecycle.substitutes import Substitute
from directory.models import Employment, EmploymentRole, GroupTeacher
from directory.schools import KnownSchool
from idp.core.db import Database, Db
from idp.core.models import Ending
from idp.credentials import home_codes, parents
from tests.clock import Clock
from tests.directory.eckids import KEYRING, add_pupil
from tests.directory.reorganisation import world

EMAIL = "juf@oud.example"


async def ended(db: Db, clock: Clock, at: KnownSchool, person_id: int) -> None:
    employment_id = await employments.of_person(db, at.id, person_id)
    assert employment_id is not None
    await staff.end(db, at.id, employment_id, by="test", now=clock.now)


async def substitutes_in(db: Db, clock: Clock, at: KnownSchool, group_id: int) -> int:
    who = Substitute(EMAIL, "Jo", None, "Jansen")
    bound = await substitutes.bind(db, at.id, group_id, who, days=7, contact=world.CONTACT, by="test", now=clock.now)
    return bound.person_id


async def merged(db: Db, clock: Clock, old: KnownSchool, new: KnownSchool) -> int:
    return await world.carried_out(db, clock, Merger((old.id,), new.id), world.HELPDESK, world.coordinator(old, new))


async def place(db: Db, at: KnownSchool, person_id: int) -> tuple[bool, bool, set[str], set[int]]:
    """Whether somebody works at a school, whether as a substitute, with which roles and groups."""
    here = Employment.school_id == at.id, Employment.person_id == person_id
    row = (await db.execute(select(Employment).where(*here))).one()
    held = select(EmploymentRole.role).where(EmploymentRole.employment_id == row.id)
    linked = select(GroupTeacher.group_id).where(GroupTeacher.employment_id == row.id)
    found = set((await db.execute(held)).scalars()), set((await db.execute(linked)).scalars())
    return row.active, row.seat_id is not None, *found


@pytest.mark.parametrize("gone", ["old", "new"])
async def test_a_right_that_was_ended_at_one_is_not_held_at_the_one_that_stays(
    database: Database, clock: Clock, gone: str
) -> None:
    """D20: coordinating is given anew, by name; so says taking up again, and so does a merger."""
    async with database.begin() as db:
        schools = {name: await world.school(db, clock, name, None, coordinated=True) for name in ("old", "new")}
        six = await world.group(db, schools["old"], "6a")
        (other,) = {"old", "new"} - {gone}
        juf = await world.colleague(db, clock, schools[gone], EMAIL, roles.ICT_COORDINATOR, source="platform")
        await world.colleague(db, clock, schools[other], EMAIL, roles.TEACHER, *([six] if other == "old" else []))
        await ended(db, clock, schools[gone], juf)
        before = await world.everything(db)
        made = await merged(db, clock, schools["old"], schools["new"])
        assert await place(db, schools["new"], juf) == (
            True,
            False,
            {roles.TEACHER},
            {six} if other == "old" else set(),
        )
        await world.undone(db, clock, made)
        assert await world.everything(db) == before


async def test_a_split_gives_nobody_back_what_was_ended_at_the_other_school(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Poort", "De Uithof")]
        six, seven = [await world.group(db, old, name) for name in ("6a", "7a")]
        juf = await world.colleague(db, clock, new, EMAIL, roles.ICT_COORDINATOR, source="platform")
        await ended(db, clock, new, juf)
        await world.colleague(db, clock, old, EMAIL, roles.TEACHER, six, seven)
        before = await world.everything(db)
        made = await world.carried_out(
            db, clock, Split(old.id, {str(six): new.id}), world.HELPDESK, world.coordinator(old, new)
        )
        assert await place(db, old, juf) == (True, False, {roles.TEACHER}, {seven})
        assert await place(db, new, juf) == (True, False, {roles.TEACHER}, {six})
        await world.undone(db, clock, made)
        assert await world.everything(db) == before


@pytest.mark.parametrize("seat_at", ["old", "new"])
async def test_a_colleague_who_substituted_at_the_other_school_stays_a_colleague(
    database: Database, clock: Clock, seat_at: str
) -> None:
    """D4: a seat is for who does not work there. The substitution is over, and the place does not end with its last day."""
    async with database.begin() as db:
        schools = {name: await world.school(db, clock, name, None, coordinated=True) for name in ("old", "new")}
        (other,) = {"old", "new"} - {seat_at}
        groups = {name: await world.group(db, schools[name], f"6 {name}") for name in schools}
        juf = await world.colleague(db, clock, schools[other], EMAIL, roles.ICT_COORDINATOR, groups[other])
        assert await substitutes_in(db, clock, schools[seat_at], groups[seat_at]) == juf
        before = await world.everything(db)
        made = await merged(db, clock, schools["old"], schools["new"])
        own = True, False, {roles.ICT_COORDINATOR}, {groups[other]}
        assert await place(db, schools["new"], juf) == own
        over = select(SubstituteBinding.ended_at)
        assert (await db.execute(over)).scalars().all() == [clock.now]
        await world.undone(db, clock, made)
        assert await world.everything(db) == before
        await merged(db, clock, schools["old"], schools["new"])
        clock.move(days=8)
        await substitutes.tidy(db, now=clock.now)
        assert await place(db, schools["new"], juf) == own


async def test_who_substituted_at_both_sits_in_one_seat(database: Database, clock: Clock) -> None:
    """An employment knows one seat: what could be ended at one only must not give the other's group away."""
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Oude", "De Nieuwe")]
        six, seven = await world.group(db, old, "6a"), await world.group(db, new, "7a")
        ina = await substitutes_in(db, clock, old, six)
        await substitutes_in(db, clock, new, seven)
        await merged(db, clock, old, new)
        assert await place(db, new, ina) == (True, True, {roles.SUBSTITUTE}, {seven})
        await substitutes.end_for(db, new.id, seven, by="test", now=clock.now)
        assert await place(db, new, ina) == (False, False, set(), set())
        with pytest.raises(LookupError):
            await substitutes.end_for(db, new.id, six, by="test", now=clock.now)


async def test_who_has_said_yes_at_one_need_not_say_it_for_the_other(database: Database, clock: Clock) -> None:
    """D15: the file of the school that stays named somebody who works at the one that goes up in it."""
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Oude", "De Nieuwe")]
        juf = await world.colleague(db, clock, new, EMAIL, roles.TEACHER)
        await db.execute(update(Employment).where(Employment.person_id == juf).values(unanswered=True))
        await world.colleague(db, clock, old, EMAIL, roles.IB)
        await merged(db, clock, old, new)
        assert await employments.schools_of(db, juf, today=clock.now.date()) == [new.id]


@pytest.mark.parametrize("twice", [False, True])
async def test_whom_somebody_dismissed_since_then_stays_dismissed_when_it_is_undone(
    database: Database, clock: Clock, twice: bool
) -> None:
    """What changed otherwise since then stays: neither the place comes back nor the right (D17, D20)."""
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Oude", "De Nieuwe")]
        juf = await world.colleague(db, clock, old, EMAIL, roles.ICT_COORDINATOR)
        if twice:
            await world.colleague(db, clock, new, EMAIL, roles.TEACHER)
        made = await merged(db, clock, old, new)
        clock.move(hours=1)
        await ended(db, clock, new, juf)
        await world.undone(db, clock, made)
        assert await employments.schools_of(db, juf, today=clock.now.date()) == []


async def test_a_right_that_was_taken_since_then_does_not_come_back_when_it_is_undone(
    database: Database, clock: Clock
) -> None:
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Oude", "De Nieuwe")]
        juf = await world.colleague(db, clock, old, EMAIL, roles.ICT_COORDINATOR)
        await world.colleague(db, clock, old, EMAIL, roles.TEACHER)
        await world.colleague(db, clock, new, EMAIL, roles.TEACHER)
        made = await merged(db, clock, old, new)
        clock.move(hours=1)
        employment_id = await employments.of_person(db, new.id, juf)
        assert employment_id is not None
        act = {"contact": world.CONTACT, "by": "test", "now": clock.now}
        await given.take(db, new.id, employment_id, roles.ICT_COORDINATOR, **act)  # type: ignore[arg-type]
        await world.undone(db, clock, made)
        assert [(await place(db, at, juf))[2] for at in (old, new)] == [{roles.TEACHER}, {roles.TEACHER}]


async def test_what_lets_a_child_in_at_home_goes_along(database: Database, clock: Clock) -> None:
    """R128, R150: a parent's address stands at a place, and so does the code."""
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Oude", "De Nieuwe")]
        noor = await add_pupil(db, old.id, "Noor", clock, has="noor", key="1")
        clock.move(days=1)
        double = await add_pupil(db, new.id, "Noor", clock, has="noor", key="77")
        for at, who, email in ((old, noor, "een"), (old, noor, "twee"), (new, double, "twee"), (new, double, "drie")):
            entered = {"permission_on": clock.now.date(), "now": clock.now}
            await parents.enter(db, at.id, who, f"{email}@gezin.example", **entered)  # type: ignore[arg-type]
            clock.move(seconds=1)
        await parents.remove(db, new.id, double, (await parents_at(db, new, double))["drie@gezin.example"])
        await home_codes.renew(db, KEYRING, old.id, [noor], now=clock.now)
        code = await home_codes.opened(db, KEYRING, old.id, [noor], today=clock.now.date())
        before = await world.everything(db)
        made = await merged(db, clock, old, new)
        assert set(await parents_at(db, new, noor)) == {"een@gezin.example", "twee@gezin.example"}
        assert await home_codes.opened(db, KEYRING, new.id, [noor], today=clock.now.date()) == code
        await world.undone(db, clock, made)
        assert await world.everything(db) == before


async def parents_at(db: Db, at: KnownSchool, person_id: int) -> dict[str, int]:
    found = (await parents.of_children(db, at.id, [person_id])).get(person_id, [])
    return {one.email: one.parent_id for one in found}


async def test_parties_hear_of_everybody_who_goes_there_and_back(database: Database, clock: Clock) -> None:
    """C-078, D26: of both accounts of a child too, and when it is undone of whoever goes back."""
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Oude", "De Nieuwe")]
        noor = await add_pupil(db, old.id, "Noor", clock, has="noor", key="1")
        finn = await add_pupil(db, old.id, "Finn", clock, key="2")
        juf = await world.colleague(db, clock, old, EMAIL, roles.TEACHER)
        clock.move(days=1)
        double = await add_pupil(db, new.id, "Noor", clock, has="noor", key="77")
        stays = await add_pupil(db, new.id, "Sam", clock, key="78")
        made = await merged(db, clock, old, new)
        assert await told_of(db) >= {noor, double, finn, juf}
        await db.execute(delete(Ending))
        clock.move(hours=1)
        await world.undone(db, clock, made)
        assert await told_of(db) >= {noor, double, finn, juf}
        assert stays not in await told_of(db)


async def told_of(db: Db) -> set[int]:
    return {who for who in (await db.execute(select(Ending.person_id))).scalars() if who is not None}


async def test_whom_a_school_kept_away_since_then_stays_away_where_it_goes_back(
    database: Database, clock: Clock
) -> None:
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Oude", "De Nieuwe")]
        finn = await add_pupil(db, old.id, "Finn", clock, key="2")
        publisher = await world.party(db, clock, "Rekenrijk", old, new)
        made = await merged(db, clock, old, new)
        await exclusions.exclude(db, new.id, publisher, finn, now=clock.now, by="test")
        await world.undone(db, clock, made)
        assert [one.person_id for one in await exclusions.of_party(db, old.id, publisher)] == [finn]


@pytest.mark.parametrize("whole", [True, False])
async def test_of_two_accounts_that_were_one_the_right_one_stays_away(
    database: Database, clock: Clock, whole: bool
) -> None:
    """By a merger, or by a transfer of one child: there the other school decides for itself."""
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Oude", "De Nieuwe")]
        noor = await add_pupil(db, old.id, "Noor", clock, has="noor", key="1")
        clock.move(days=1)
        double = await add_pupil(db, new.id, "Noor", clock, has="noor", key="77")
        publisher = await world.party(db, clock, "Rekenrijk", old, new)
        if whole:
            made = await merged(db, clock, old, new)
        else:
            there, here = world.coordinator(old), world.coordinator(new)
            made = await world.carried_out(db, clock, Transfer(old.id, new.id, double, noor), here, there)
        await exclusions.exclude(db, new.id, publisher, noor, now=clock.now, by="test")
        await world.undone(db, clock, made)
        away = {at.id: {one.person_id for one in await exclusions.of_party(db, at.id, publisher)} for at in (old, new)}
        assert double in away[new.id]
        assert (noor in away[old.id]) is whole


@pytest.mark.parametrize("twice", [False, True])
async def test_who_waits_for_a_mail_waits_at_the_school_that_stays(
    database: Database, clock: Clock, twice: bool
) -> None:
    """Nobody else could say yes to it: the school that is gone has no desk."""
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Oude", "De Nieuwe")]
        six = await world.group(db, old, "6a")
        juf = await world.colleague(db, clock, old, EMAIL, roles.TEACHER, six)
        if twice:
            await world.colleague(db, clock, new, EMAIL, roles.TEACHER)
        place_id = await employments.of_person(db, old.id, juf)
        await db.execute(insert(HeldMail).values(employment_id=place_id, school_id=old.id, held_at=clock.now))
        before = await world.everything(db)
        made = await merged(db, clock, old, new)
        assert await held_mails.of_school(db, new.id) == (await employments.of_person(db, new.id, juf),)
        await world.undone(db, clock, made)
        assert await world.everything(db) == before
        both = world.HELPDESK, world.coordinator(old, new)
        await world.carried_out(db, clock, Split(old.id, {str(six): new.id}), *both)
        assert await held_mails.of_school(db, new.id) == (await employments.of_person(db, new.id, juf),)


async def test_who_has_not_said_yes_has_not_said_it_to_the_other_school_of_a_split(
    database: Database, clock: Clock
) -> None:
    """D15: a file named somebody first, and the owner of the address has not answered."""
    async with database.begin() as db:
        old, new = [await world.school(db, clock, name, None, coordinated=True) for name in ("De Poort", "De Uithof")]
        six, seven = [await world.group(db, old, name) for name in ("6a", "7a")]
        juf = await world.colleague(db, clock, old, EMAIL, roles.TEACHER, six, seven)
        await db.execute(update(Employment).where(Employment.person_id == juf).values(unanswered=True))
        both = world.HELPDESK, world.coordinator(old, new)
        await world.carried_out(db, clock, Split(old.id, {str(six): new.id}), *both)
        assert await employments.schools_of(db, juf, today=clock.now.date()) == []
        await named.answer(db, juf, now=clock.now)
        assert await employments.schools_of(db, juf, today=clock.now.date()) == [old.id, new.id]
        assert [(await place(db, at, juf))[2:] for at in (old, new)] == [
            ({roles.TEACHER}, {seven}),
            ({roles.TEACHER}, {six}),
        ]
