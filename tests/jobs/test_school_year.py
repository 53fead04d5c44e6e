"""1 August: new groups, who is inactive, who comes back, who is mailed, and that a process may die in the middle (R36-R39)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select, update

from directory.imports import undo
from directory.imports.models import ImportRun
from directory.imports.runs import Run
from directory.imports.words import RunRefused
from directory.lifecycle import school_year as rules
from directory.lifecycle.models import Notice
from directory.models import EckId, Employment, EmploymentRole, Enrolment, Group, GroupTeacher, School, SubgroupMember
from directory.schools import KnownSchool
from idp.core.clock import AMSTERDAM
from idp.credentials.models import PupilSecret
from idp.jobs import school_year, school_year_notices, timetable
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.jobs import country

JUNE = datetime(2026, 6, 15, 8, tzinfo=UTC)
LAST_EVENING = datetime(2026, 7, 31, 21, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 7, 31, 22, tzinfo=UTC)
"""1 August, 00:00 in Amsterdam."""
OLD, NEW = "2025-2026", "2026-2027"


async def _rolled(shift: Shift) -> dict[str, int]:
    report = Report(shift, "school-year")
    assert await school_year.work(shift, report) is True
    return report.counts


async def test_data_that_waited_are_let_in_at_midnight_and_not_before(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD, pupils=20)
    before = await country.active(shift, school)
    waiting = await country.take_in(shift, school, year=NEW, pupils=22)
    assert waiting.state == "waiting"
    clock.now = LAST_EVENING
    assert await _rolled(shift) == {}
    assert await country.active(shift, school) == before
    clock.now = MIDNIGHT
    counts = await _rolled(shift)
    assert {name: counts[name] for name in ("schools", "with_data", "pupils_inactive", "staff_inactive")} == {
        "schools": 1,
        "with_data": 1,
        "pupils_inactive": 0,
        "staff_inactive": 0,
    }
    assert await country.year_of(shift, school) == NEW
    years = await country.ask(shift, select(Group.school_year).where(Group.active).distinct())
    assert [row[0] for row in years] == [NEW]
    assert (await country.active(shift, school))["pupils"] == 22
    states = await country.ask(shift, select(ImportRun.state, ImportRun.content).order_by(ImportRun.id))
    assert [tuple(row) for row in states] == [("applied", None), ("applied", None)]
    without = select(Enrolment.id).where(Enrolment.active, Enrolment.person_id.not_in(select(PupilSecret.person_id)))
    assert await country.ask(shift, without) == []
    assert await _rolled(shift) == {}


async def test_without_data_everybody_becomes_inactive_and_keeps_everything(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD, pupils=20)
    await country.coordinator(shift, school)
    had = await country.active(shift, school)
    secrets = await country.ask(shift, select(PupilSecret.person_id, PupilSecret.sealed))
    eckids = await country.ask(shift, select(EckId.person_id, EckId.sealed))
    clock.now = MIDNIGHT
    counts = await _rolled(shift)
    assert counts["pupils_inactive"] == had["pupils"] == 20
    assert counts["staff_inactive"] == had["staff"] - 1 > 0
    assert await country.active(shift, school) == {"groups": 0, "pupils": 0, "staff": 1}
    assert set(await country.epochs(shift, "pupil")) == {2}
    assert sorted(await country.epochs(shift, "staff"))[:2] == [1, 2]
    since = await country.ask(shift, select(Enrolment.inactive_since).distinct())
    assert [row[0] for row in since] == [MIDNIGHT]
    assert await country.ask(shift, select(PupilSecret.person_id, PupilSecret.sealed)) == secrets
    assert await country.ask(shift, select(EckId.person_id, EckId.sealed)) == eckids != []
    for places in (SubgroupMember, GroupTeacher):
        assert (await country.ask(shift, select(func.count()).select_from(places)))[0][0] == 0
    assert await country.told(shift, "school_year.begun") == [
        {"year": NEW, "with_data": False, "groups": had["groups"], "pupils": 20, "staff": had["staff"] - 1}
    ]


async def test_who_returns_in_the_administration_comes_back_unharmed(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD, pupils=20)
    secrets = await country.ask(shift, select(PupilSecret.person_id, PupilSecret.sealed))
    persons = await country.ask(shift, select(Enrolment.person_id).order_by(Enrolment.id))
    clock.now = MIDNIGHT
    await _rolled(shift)
    clock.move(days=20)
    back = await country.take_in(shift, school, year=NEW, pupils=20)
    assert back.state == "applied"
    assert (await country.active(shift, school))["pupils"] == 20
    assert await country.ask(shift, select(Enrolment.person_id).order_by(Enrolment.id)) == persons
    assert await country.ask(shift, select(PupilSecret.person_id, PupilSecret.sealed)) == secrets
    assert await _rolled(shift) == {}


async def test_staff_whom_the_school_appointed_or_entered_stay(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    await country.open_school(shift, year=OLD)
    (first,) = (await country.ask(shift, select(Employment.id).order_by(Employment.id).limit(1)))[0]
    (last,) = (await country.ask(shift, select(Employment.id).order_by(Employment.id.desc()).limit(1)))[0]
    await country.change(
        shift,
        insert(EmploymentRole).values(employment_id=first, role="ib"),
        update(Employment).where(Employment.id == last).values(source="platform"),
    )
    clock.now = MIDNIGHT
    await _rolled(shift)
    stayed = await country.ask(shift, select(Employment.id).where(Employment.active).order_by(Employment.id))
    assert [row[0] for row in stayed] == [first, last]


async def test_of_many_schools_each_goes_its_own_way(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    with_data = await country.open_school(shift, "99AA", year=OLD)
    without = await country.open_school(shift, "99BB", year=OLD)
    unused = await country.open_school(shift, "99CC")
    closed = await country.open_school(shift, "99DD", year=OLD)
    await country.take_in(shift, with_data, year=NEW)
    await country.change(shift, update(School).where(School.id == closed.id).values(closed_at=JUNE))
    clock.now = MIDNIGHT
    counts = await _rolled(shift)
    assert (counts["schools"], counts["with_data"]) == (2, 1)
    assert [await country.year_of(shift, school) for school in (with_data, without, unused, closed)] == [
        NEW,
        NEW,
        None,
        OLD,
    ]


async def test_a_school_whose_year_was_never_written_down_is_in_that_of_its_groups(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD)
    await country.change(shift, update(School).values(school_year=None))
    clock.now = MIDNIGHT
    assert (await _rolled(shift))["schools"] == 1
    assert await country.active(shift, school) == {"groups": 0, "pupils": 0, "staff": 0}


async def test_an_import_that_was_quicker_than_the_night_is_not_undone(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD)
    clock.now = MIDNIGHT
    await country.take_in(shift, school, year=NEW)
    await country.change(shift, update(School).values(school_year=OLD))
    counts = await _rolled(shift)
    assert (counts["schools"], counts["pupils_inactive"]) == (1, 0)
    assert (await country.active(shift, school))["pupils"] == 12


async def test_data_that_cannot_be_used_are_put_aside_and_the_year_begins_all_the_same(
    shift: Shift, clock: Clock
) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD)
    await country.take_in(shift, school, year=NEW)
    # Since then DUO gave the school another code.
    await country.change(shift, update(School).values(brin="99QQ"))
    clock.now = MIDNIGHT
    counts = await _rolled(shift)
    assert (counts["refused"], counts["pupils_inactive"]) == (1, 12)
    (run,) = await country.ask(
        shift, select(ImportRun.state, ImportRun.error, ImportRun.content).where(ImportRun.school_year == NEW)
    )
    assert tuple(run) == ("failed", "other_school", None)


async def test_one_school_that_cannot_be_rolled_over_keeps_no_other_one(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    broken = await country.open_school(shift, "99AA", year=OLD)
    sound = await country.open_school(shift, "99BB", year=OLD)
    await country.take_in(shift, broken, year=NEW)
    await country.change(shift, update(ImportRun).where(ImportRun.state == "waiting").values(content=b"not sealed"))
    clock.now = MIDNIGHT
    job = timetable.job_named("school-year")
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    with pytest.raises(BaseExceptionGroup):
        await timetable.take_part(shift, job)
    assert await country.year_of(shift, sound) == NEW
    assert await country.year_of(shift, broken) == OLD


async def test_coordinators_are_asked_on_15_july_and_told_on_1_august_once_each(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    silent = await country.open_school(shift, "99AA", year=OLD)
    ready = await country.open_school(shift, "99BB", year=OLD)
    await country.open_school(shift, "99CC")
    await country.coordinator(shift, silent, "ict@silent.example")
    await country.coordinator(shift, ready, "ict@ready.example")
    await country.take_in(shift, ready, year=NEW)
    mailed = []
    for moment in (JUNE, datetime(2026, 7, 15, 5, tzinfo=UTC), LAST_EVENING, MIDNIGHT, MIDNIGHT.replace(day=31)):
        clock.now = moment
        await school_year.work(shift, Report(shift, "school-year"))
        await school_year_notices.work(shift, Report(shift, "school-year-notices"))
        mailed.append([to for to, _ in await country.mails(shift)])
    assert mailed == [
        [],
        ["ict@silent.example"],
        ["ict@silent.example"],
        ["ict@silent.example"] * 2,
        ["ict@silent.example"] * 2,
    ]
    assert [row[0] for row in await country.ask(shift, select(Notice.kind).order_by(Notice.id))] == [
        rules.AWAITED,
        rules.MISSING,
    ]
    subjects = [subject for _, subject in await country.mails(shift)]
    assert all(NEW in subject for subject in subjects)


async def test_the_outlook_tells_beforehand_what_will_happen(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD, pupils=20)
    await country.coordinator(shift, school)
    unused = await country.open_school(shift, "99CC")
    async with shift.floor.database.read() as db:
        outlook = await rules.outlook(db, school.id, now=clock.now)
        nothing = await rules.outlook(db, unused.id, now=clock.now)
    assert (outlook.state, outlook.next_year, str(outlook.begins_on)) == ("awaited", NEW, "2026-08-01")
    assert (outlook.pupils, outlook.staff_kept, outlook.run_id) == (20, 1, None)
    assert outlook.staff > 0
    assert outlook.groups > 0
    assert nothing.state == "unused"
    run = await country.take_in(shift, school, year=NEW)
    async with shift.floor.database.read() as db:
        outlook = await rules.outlook(db, school.id, now=clock.now)
        assert (outlook.state, outlook.run_id) == ("waiting", run.id)
        with pytest.raises(LookupError):
            await rules.outlook(db, 10**9, now=clock.now)


async def test_the_outlook_says_when_a_year_began_without_data(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD)
    clock.now = MIDNIGHT
    await _rolled(shift)
    async with shift.floor.database.read() as db:
        assert (await rules.outlook(db, school.id, now=clock.now)).without_data
    await country.take_in(shift, school, year=NEW)
    async with shift.floor.database.read() as db:
        assert not (await rules.outlook(db, school.id, now=clock.now)).without_data


def test_years_follow_one_another() -> None:
    assert rules.following("1999-2000") == "2000-2001"
    assert rules.begins_on(NEW) == MIDNIGHT.astimezone(AMSTERDAM).date()


async def _undo(shift: Shift, school: KnownSchool, run: Run) -> None:
    async with shift.floor.database.begin() as db:
        await undo.undo(db, school, run.id, by="test", now=shift.now, keyring=shift.floor.keyring)


async def _noticed(shift: Shift) -> list[tuple[str, str]]:
    assert await school_year_notices.work(shift, Report(shift, "notices")) is True
    return await _to_coordinator(shift)


async def _to_coordinator(shift: Shift) -> list[tuple[str, str]]:
    return [(to, subject) for to, subject in await country.mails(shift) if to == "ict@school.example"]


async def test_a_year_that_was_taken_back_is_not_begun_again_behind_anybodys_back(shift: Shift, clock: Clock) -> None:
    """Undo would be worth nothing if the night that follows ended everybody for want of data; the coordinators hear how it stands."""
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD, pupils=20)
    await country.coordinator(shift, school)
    before = await country.active(shift, school)
    bad = await country.take_in(shift, school, year=NEW, pupils=14)
    clock.now = MIDNIGHT
    await _rolled(shift)
    assert (await country.active(shift, school))["pupils"] == 14
    clock.move(hours=10)
    await _undo(shift, school, bad)
    subject = ("ict@school.example", "School 99XX is nog in het vorige schooljaar")
    for days, mails in ((1, 1), (12, 1), (2, 2), (60, 3), (1, 3)):
        clock.move(days=days)
        assert await _rolled(shift) == {}
        assert await country.active(shift, school) == before
        assert await country.year_of(shift, school) == OLD
        assert await _noticed(shift) == [subject] * mails, days
    async with shift.floor.database.read() as db:
        seen = await rules.outlook(db, school.id, now=clock.now)
    assert (seen.kept_back, seen.without_data) == (True, False)


async def test_half_a_school_does_not_leave_with_the_new_year_unasked(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD, pupils=20)
    await country.coordinator(shift, school)
    await country.take_in(shift, school, year=NEW, pupils=8)
    clock.now = MIDNIGHT
    await _rolled(shift)
    assert (await country.active(shift, school))["pupils"] == 20
    states = await country.ask(shift, select(ImportRun.state).order_by(ImportRun.id.desc()).limit(1))
    assert [row.state for row in states] == ["held"]
    assert [subject for _, subject in await _to_coordinator(shift)] == [
        "Vertrekkende leerlingen of medewerkers wachten op uw akkoord"
    ]
    assert await _rolled(shift) == {}


async def test_better_data_after_a_year_was_taken_back_begin_it(shift: Shift, clock: Clock) -> None:
    clock.now = JUNE
    school = await country.open_school(shift, year=OLD, pupils=20)
    bad = await country.take_in(shift, school, year=NEW, pupils=14)
    clock.now = MIDNIGHT
    await _rolled(shift)
    clock.move(hours=10)
    await _undo(shift, school, bad)
    good = await country.take_in(shift, school, year=NEW, pupils=22)
    assert good.state == "applied"
    assert await country.year_of(shift, school) == NEW
    assert (await country.active(shift, school))["pupils"] == 22
    clock.move(days=1)
    await _rolled(shift)
    assert (await country.active(shift, school))["pupils"] == 22


async def test_what_was_imported_last_year_cannot_be_taken_back_in_this(shift: Shift, clock: Clock) -> None:
    """Its groups are gone: children would be active in none."""
    clock.now = datetime(2026, 7, 20, 8, tzinfo=UTC)
    school = await country.open_school(shift, year=OLD, pupils=40)
    july = await country.take_in(shift, school, year=OLD, pupils=38)
    assert july.state == "applied"
    clock.now = MIDNIGHT
    await _rolled(shift)
    after = await country.active(shift, school)
    clock.move(hours=10)
    with pytest.raises(RunRefused, match="cannot be undone"):
        await _undo(shift, school, july)
    assert await country.active(shift, school) == after
