"""People as accounts and as staff (D15, D20)."""

from datetime import date

import pytest
from sqlalchemy import delete, func, select, update

from consent import known_as
from directory import people, roles
from directory.models import Employment, EmploymentRole, Person, SubjectSeed
from directory.people import Workplace
from tests.house import House
from tests.journeys.stories import add_school, add_staff, give_role

JUF = "juf@regenboog.example"


async def test_an_account_is_found_by_its_address_however_written(house: House) -> None:
    async with house.floor.database.read() as db:
        for written in (JUF, " JUF@Regenboog.Example\n"):
            found = await people.account(db, written)
            assert found is not None
            assert (found.person_id, found.email, found.first_name) == (house.people["juf"], JUF, "Juf")
        for other in ("", "juf", "noor@regenboog.example", "juf@regenboog.example.nl"):
            assert await people.account(db, other) is None


async def test_a_disabled_account_has_its_address_but_is_none(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["juf"]).values(disabled=True))
        assert await people.account(db, JUF) is None
        assert await people.address_in_use(db, JUF.upper())
        assert not await people.address_in_use(db, "wie@regenboog.example")


async def test_every_person_has_a_seed_of_their_own(house: House) -> None:
    async with house.floor.database.read() as db:
        seeds = list((await db.execute(select(SubjectSeed.seed))).scalars())
        everybody = (await db.execute(select(func.count()).select_from(Person))).scalar_one()
        assert len(seeds) == len(set(seeds)) == everybody
        assert {len(seed) for seed in seeds} == {32}
        assert await known_as.seed(db, house.people["Noor"], house.school.id, house.party_id) in seeds
        with pytest.raises(LookupError):
            await known_as.seed(db, 999_999, house.school.id, house.party_id)


async def test_an_id_is_never_used_again(house: House) -> None:
    async def new() -> int:
        async with house.floor.database.begin() as db:
            return await people.new_person(
                db, kind="pupil", first_name="Tim", prefix=None, surname="Vos", email=None, now=house.clock.now
            )

    first = await new()
    async with house.floor.database.begin() as db:
        await db.execute(delete(Person).where(Person.id == first))
    assert await new() > first


async def test_ending_sessions_raises_the_epoch_of_one_person(house: House) -> None:
    async with house.floor.database.begin() as db:
        before, ledger_id = await people.identity(db, house.people["juf"])
        others = await people.identity(db, house.people["ict"])
        await people.end_sessions(db, house.people["juf"])
        assert await people.identity(db, house.people["juf"]) == (before + 1, ledger_id)
        assert await people.identity(db, house.people["ict"]) == others
        with pytest.raises(LookupError):
            await people.identity(db, 999_999)


async def test_workplaces_are_schools_where_somebody_works_now(house: House) -> None:
    other = await add_school(house, "De Ark", "98ZZ")
    await add_staff(house, "duo", roles.TEACHER, roles.IB, at=[house.school, other])
    duo, today = house.people["duo"], house.clock.now.date()
    ark = Workplace(other.id, "De Ark", ("ib", "teacher"))
    regenboog = Workplace(house.school.id, "De Regenboog", ("ib", "teacher"))
    async with house.floor.database.begin() as db:
        assert await people.workplaces(db, duo, today=today) == [ark, regenboog]
        here = Employment.person_id == duo, Employment.school_id == other.id
        await db.execute(update(Employment).where(*here).values(ends_on=today))
        assert await people.workplaces(db, duo, today=today) == [ark, regenboog], "the last day is a working day"
        await db.execute(update(Employment).where(*here).values(ends_on=date(2026, 11, 22)))
        assert await people.workplaces(db, duo, today=today) == [regenboog]
        await db.execute(update(Employment).where(Employment.person_id == duo).values(active=False))
        assert await people.workplaces(db, duo, today=today) == []
    assert await people.workplace_ids(house.floor.database.hot, duo, today=today) == ()
    assert await people.workplace_ids(house.floor.database.hot, house.people["juf"], today=today) == (house.school.id,)


async def test_employing_twice_adds_roles_and_takes_none_away(house: House) -> None:
    await give_role(house, "juf", roles.RT)
    await give_role(house, "juf", roles.RT)
    async with house.floor.database.begin() as db:
        held = select(EmploymentRole.role).join(Employment).where(Employment.person_id == house.people["juf"])
        assert set((await db.execute(held)).scalars()) == {roles.TEACHER, roles.RT}
        with pytest.raises(ValueError, match="unknown role 'directeur'"):
            await people.employ(db, house.school.id, house.people["juf"], ["directeur"])


async def test_employing_who_had_left_takes_him_back(house: House) -> None:
    mine = Employment.person_id == house.people["juf"]
    async with house.floor.database.begin() as db:
        await db.execute(update(Employment).where(mine).values(active=False, inactive_since=house.clock.now))
    await give_role(house, "juf", roles.TEACHER)
    async with house.floor.database.read() as db:
        row = (await db.execute(select(Employment.active, Employment.inactive_since).where(mine))).one()
    assert tuple(row) == (True, None)


async def test_coordinators_are_those_of_this_school_and_of_today(house: House) -> None:
    other = await add_school(house, "De Ark", "98ZZ")
    await add_staff(house, "elders", roles.ICT_COORDINATOR, at=[other])
    await add_staff(house, "tweede", roles.ICT_COORDINATOR)
    today = house.clock.now.date()
    async with house.floor.database.begin() as db:
        found = await people.coordinator_addresses(db, house.school.id, today=today)
        assert found == ["ict@regenboog.example", "tweede@regenboog.example"]
        await db.execute(update(Person).where(Person.id == house.people["tweede"]).values(disabled=True))
        await db.execute(
            update(Employment).where(Employment.person_id == house.people["ict"]).values(ends_on=date(2026, 11, 22))
        )
        assert await people.coordinator_addresses(db, house.school.id, today=today) == []


async def test_a_pupil_is_found_by_the_key_of_its_own_administration(house: House) -> None:
    async with house.floor.database.read() as db:
        assert await people.pupil_by_key(db, house.school.id, "Noor") == house.people["Noor"]
        for school_id, key in ((house.school.id + 1, "Noor"), (house.school.id, "noor"), (house.school.id, "")):
            with pytest.raises(LookupError):
                await people.pupil_by_key(db, school_id, key)


async def test_a_managing_role_is_known_as_one() -> None:
    assert set(roles.ROLES) >= roles.MANAGING == {roles.ICT_COORDINATOR}
