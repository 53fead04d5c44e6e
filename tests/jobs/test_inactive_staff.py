"""Staff who left: mailed before they are deleted, and the last coordinator stays (R40, D16)."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from directory.lifecycle.models import Notice
from directory.models import Employment, EmploymentRole, Person, School
from directory.schools import KnownSchool
from idp.credentials.models import Password
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.jobs import country
from tests.jobs.test_inactivity import NOVEMBER, YEAR, _night, _persons


async def _idle_colleague(shift: Shift, school: KnownSchool, *, since: datetime) -> int:
    """A teacher who no longer works there; the person's id."""
    person_id = await country.coordinator(shift, school, "juf@school.example")
    mine = select(Employment.id).where(Employment.person_id == person_id).scalar_subquery()
    await country.change(
        shift,
        update(EmploymentRole).where(EmploymentRole.employment_id == mine).values(role="teacher"),
        update(Employment).where(Employment.person_id == person_id).values(active=False, inactive_since=since),
        insert(Password).values(person_id=person_id, hash="x", changed_at=since),
    )
    return person_id


async def test_staff_are_mailed_two_weeks_before_once_and_then_deleted(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift, year=YEAR)
    await country.coordinator(shift, school)
    juf = await _idle_colleague(shift, school, since=NOVEMBER)
    clock.now = datetime(2027, 2, 9, 2, tzinfo=UTC)
    assert await _night(shift) == {}
    clock.move(days=1)
    assert (await _night(shift))["warned"] == 1
    ((to, subject),) = await country.mails(shift)
    assert to == "juf@school.example"
    assert school.name in subject
    clock.move(days=13)
    assert await _night(shift) == {}
    clock.move(days=1)
    assert (await _night(shift))["staff"] == 1
    assert juf not in await _persons(shift, "staff")
    assert await country.ask(shift, select(Password)) == []
    assert await country.ask(shift, select(Notice)) == []


async def test_nobody_is_deleted_unwarned_however_late_the_warning_is(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift, year=YEAR)
    await country.coordinator(shift, school)
    juf = await _idle_colleague(shift, school, since=NOVEMBER)
    clock.move(days=300)
    counts = await _night(shift)
    assert (counts["warned"], counts["staff"]) == (1, 0)
    clock.move(days=13)
    assert await _night(shift) == {}
    clock.move(days=1)
    assert (await _night(shift))["staff"] == 1
    assert juf not in await _persons(shift, "staff")


async def test_a_warning_of_an_earlier_leave_is_none_of_this_one(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift, year=YEAR)
    await country.coordinator(shift, school)
    juf = await _idle_colleague(shift, school, since=NOVEMBER)
    clock.move(days=85)
    assert (await _night(shift))["warned"] == 1
    again = clock.now + timedelta(days=1)
    await country.change(shift, update(Employment).where(Employment.person_id == juf).values(inactive_since=again))
    clock.move(days=100)
    counts = await _night(shift)
    assert (counts["warned"], counts["staff"]) == (1, 0)


async def test_who_has_no_address_cannot_be_warned_and_goes(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift, year=YEAR)
    juf = await _idle_colleague(shift, school, since=NOVEMBER)
    await country.change(shift, update(Person).where(Person.id == juf).values(email=None))
    clock.move(days=100)
    assert (await _night(shift))["staff"] == 1


async def test_the_last_coordinator_of_a_school_stays(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift, year=YEAR)
    ict = await country.coordinator(shift, school)
    await country.change(shift, update(Employment).where(Employment.person_id == ict).values(ends_on=NOVEMBER.date()))
    clock.move(days=200)
    await _night(shift)
    clock.move(days=20)
    counts = await _night(shift)
    assert (counts["coordinators_kept"], counts["staff"]) == (1, 0)
    await country.coordinator(shift, school, "nieuw@school.example")
    assert (await _night(shift))["staff"] == 1
    assert ict not in await _persons(shift, "staff")


async def test_of_a_closed_school_the_last_coordinator_goes_too(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift)
    ict = await country.coordinator(shift, school)
    await country.change(
        shift,
        update(Employment).where(Employment.person_id == ict).values(active=False, inactive_since=NOVEMBER),
        update(School).values(closed_at=NOVEMBER),
    )
    clock.move(days=200)
    await _night(shift)
    clock.move(days=20)
    assert (await _night(shift))["staff"] == 1
    assert await _persons(shift, "staff") == set()
