"""Three months inactive: gone for good, with every credential, also from what imports keep; staff know it before (R40, D40)."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from sqlalchemy import insert, select, update

from consent.models import Exclusion
from directory import people
from directory.imports import edexml, kept, runs
from directory.imports.inverse import merged
from directory.imports.models import ImportRun
from directory.lifecycle import inactivity as rules
from directory.lifecycle.models import Reorganisation, ReorganisedSchool
from directory.models import EckId, Enrolment, Person
from idp.core.models import LedgerEntry
from idp.credentials.models import PupilSecret
from idp.jobs import inactivity, timetable
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift
from idp.tables import metadata_of_all
from tests.clock import Clock
from tests.directory.reorganisation import world
from tests.directory.schools import school_file
from tests.jobs import country

NOVEMBER = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
YEAR = "2026-2027"


async def _night(shift: Shift) -> dict[str, int]:
    report = Report(shift, "inactivity")
    assert await inactivity.work(shift, report) is True
    return report.counts


async def _persons(shift: Shift, kind: str) -> set[int]:
    return {row[0] for row in await country.ask(shift, select(Person.id).where(Person.kind == kind))}


async def _some_pupils(shift: Shift, number: int, **values: object) -> list[int]:
    """Makes that of the first pupils; their person ids."""
    rows = await country.ask(shift, select(Enrolment.id, Enrolment.person_id).order_by(Enrolment.id).limit(number))
    await country.change(shift, update(Enrolment).where(Enrolment.id.in_([row.id for row in rows])).values(**values))
    return [row.person_id for row in rows]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 1, 3, tzinfo=UTC), date(2026, 8, 1)),
        (datetime(2027, 5, 31, 12, tzinfo=UTC), date(2027, 2, 28)),
        (datetime(2028, 5, 31, 12, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2027, 3, 31, 12, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2027, 2, 28, 23, 30, tzinfo=UTC), date(2026, 12, 1)),
    ],
)
def test_three_months_are_three_months_of_the_calendar(now: datetime, day: date) -> None:
    assert rules.limit(now) == day


async def test_a_pupil_is_deleted_after_three_months_and_not_a_day_before(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift, year=YEAR, pupils=20)
    gone = await _some_pupils(shift, 3, active=False, inactive_since=NOVEMBER)
    clock.now = datetime(2027, 2, 23, 2, tzinfo=UTC)
    assert await _night(shift) == {}
    clock.move(days=1)
    counts = await _night(shift)
    assert {name: counts[name] for name in ("schools", "pupils", "enrolments", "staff")} == {
        "schools": 1,
        "pupils": 3,
        "enrolments": 3,
        "staff": 0,
    }
    assert not await _persons(shift, "pupil") & set(gone)
    assert len(await _persons(shift, "pupil")) == 17
    for table in (PupilSecret, EckId, Enrolment):
        assert await country.ask(shift, select(table.person_id).where(table.person_id.in_(gone))) == []
    assert await _night(shift) == {}
    assert (await country.active(shift, school))["pupils"] == 17


async def test_nothing_anywhere_leads_to_a_deleted_person(shift: Shift, clock: Clock) -> None:
    await country.open_school(shift, year=YEAR)
    (person_id,) = await _some_pupils(shift, 1, active=False, inactive_since=NOVEMBER)
    clock.move(days=100)
    await _night(shift)
    for table in metadata_of_all.sorted_tables:
        leading = [key.parent for key in table.foreign_keys if key.column.table.name == "persons"]
        for column in leading:
            assert await country.ask(shift, select(column).where(column == person_id)) == [], column


async def test_the_report_counts_and_names_nobody(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift, year=YEAR)
    await _some_pupils(shift, 2, active=False, inactive_since=NOVEMBER)
    clock.move(days=100)
    await timetable.make_due(shift.floor.database, timetable.job_named("inactivity"), now=clock.now)
    done = await timetable.take_part(shift, timetable.job_named("inactivity"))
    assert done is not None
    assert done.counts["pupils"] == 2
    told = {"enrolments": 2, "employments": 0, "pupils": 2, "staff": 0}
    assert await country.told(shift, "people.deleted") == [told]
    subjects = select(LedgerEntry.subject).where(LedgerEntry.action == "people.deleted")
    assert [row[0] for row in await country.ask(shift, subjects)] == [None]
    async with shift.floor.database.read() as db:
        (deleted,) = await rules.evidence(db, school.id)
        assert (deleted.at, deleted.counts) == (clock.now, told)
        assert await rules.evidence(db, school.id + 1) == []


async def test_who_is_at_another_school_loses_the_old_place_only(shift: Shift, clock: Clock) -> None:
    await country.open_school(shift, "99AA", year=YEAR)
    other = await country.open_school(shift, "99BB")
    (moved,) = await _some_pupils(shift, 1, active=False, inactive_since=NOVEMBER)
    await country.change(
        shift, insert(Enrolment).values(school_id=other.id, person_id=moved, las_key="x", picture="cat")
    )
    clock.move(days=100)
    counts = await _night(shift)
    assert (counts["enrolments"], counts["pupils"]) == (1, 0)
    left = await country.ask(shift, select(Enrolment.school_id).where(Enrolment.person_id == moved))
    assert [row[0] for row in left] == [other.id]
    assert moved in await _persons(shift, "pupil")


async def test_a_last_day_counts_as_well_and_a_coming_one_does_not(shift: Shift, clock: Clock) -> None:
    await country.open_school(shift, year=YEAR)
    rows = await country.ask(shift, select(Enrolment.id).order_by(Enrolment.id).limit(2))
    today = NOVEMBER.date()
    for (enrolment_id,), last_day in zip(rows, (today - timedelta(days=100), today + timedelta(days=100)), strict=True):
        await country.change(shift, update(Enrolment).where(Enrolment.id == enrolment_id).values(ends_on=last_day))
    assert (await _night(shift))["pupils"] == 1
    assert len(await _persons(shift, "pupil")) == 11


async def test_who_is_inactive_since_nobody_knows_when_is_so_from_now_on(shift: Shift, clock: Clock) -> None:
    await country.open_school(shift, year=YEAR)
    await _some_pupils(shift, 1, active=False, inactive_since=None)
    assert await _night(shift) == {}
    clock.move(days=100)
    assert (await _night(shift))["pupils"] == 1


async def test_a_deleted_child_is_gone_from_what_undo_would_put_back(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift, year=YEAR, pupils=20)
    # The next file changes everybody's name: undo keeps the old ones.
    run = await country.take_in(shift, school, year=YEAR, pupils=20, seed=8)
    assert run.state in ("applied", "held")
    (person_id,) = await _some_pupils(shift, 1, active=False, inactive_since=NOVEMBER - timedelta(days=120))
    assert person_id in await _persons_in_inverses(shift)
    await _night(shift)
    assert person_id not in await _persons_in_inverses(shift)
    assert await _persons_in_inverses(shift) != set()


async def test_a_deleted_child_is_gone_from_a_file_that_waits_unless_the_file_says_that_it_is_there(
    shift: Shift, clock: Clock
) -> None:
    school = await country.open_school(shift, year=YEAR)
    rows = await country.ask(shift, select(Enrolment.id, Enrolment.las_key).order_by(Enrolment.id).limit(3))
    left, returns, here = (row.las_key for row in rows)
    await country.change(
        shift,
        update(Enrolment)
        .where(Enrolment.id.in_([row.id for row in rows[:2]]))
        .values(active=False, inactive_since=NOVEMBER),
    )
    clock.move(days=100)
    last_day = {left: NOVEMBER.date(), here: NOVEMBER.date(), returns: None}
    told = edexml.read([school_file(seed=7, school_year=YEAR, brin=school.brin, pupils=12, groups=3)])
    pupils = tuple(replace(one, ends_on=last_day.get(one.key, one.ends_on)) for one in told.pupils)
    async with shift.floor.database.begin() as db:
        run = await runs.receive(
            db,
            school,
            replace(told, pupils=pupils),
            source="edexml",
            origin="upload",
            by="test",
            now=clock.now,
            keyring=shift.floor.keyring,
            pictures=shift.pictures,
        )
    assert run.state == "planned"
    assert (await _night(shift))["pupils"] == 2
    ((content,),) = await country.ask(shift, select(ImportRun.content).where(ImportRun.id == run.id))
    keys = {one.key for one in kept.open_content(shift.floor.keyring, run.id, content).pupils}
    assert keys == {one.key for one in told.pupils} - {left}


async def test_a_deleted_child_is_gone_from_what_undoing_a_reorganisation_would_put_back(
    shift: Shift, clock: Clock
) -> None:
    school = await country.open_school(shift, year=YEAR)
    gone, stays = await _some_pupils(shift, 2, active=True)
    await country.change(
        shift,
        update(Enrolment).where(Enrolment.person_id == gone).values(active=False, inactive_since=NOVEMBER),
        insert(Reorganisation).values(
            id=77, kind="merger", state="done", asked_by="x", asked_by_helpdesk=False, asked_at=NOVEMBER, detail={}
        ),
        insert(ReorganisedSchool).values(reorganisation_id=77, school_id=school.id, part="to"),
    )
    rows = [{"person_id": person_id, "seed": "c2VlZA=="} for person_id in (gone, stays)]
    changes = [
        ["subject_seeds", "deleted", rows],
        ["persons", "updated", [{"id": person_id, "epoch": 1} for person_id in (gone, stays)]],
        ["schools", "updated", [{"id": gone, "brin": "99XX"}]],
    ]
    place = "reorganisations.inverse.77"
    sealed = shift.floor.keyring.seal(orjson.dumps(changes), bound_to=place)
    await country.change(shift, update(Reorganisation).values(inverse=sealed))
    clock.move(days=100)
    assert (await _night(shift))["pupils"] == 1
    ((inverse,),) = await country.ask(shift, select(Reorganisation.inverse))
    assert orjson.loads(shift.floor.keyring.open(inverse, bound_to=place)) == [
        ["subject_seeds", "deleted", rows[1:]],
        ["persons", "updated", [{"id": stays, "epoch": 1}]],
        ["schools", "updated", [{"id": gone, "brin": "99XX"}]],
    ]


async def _persons_in_inverses(shift: Shift) -> set[int]:
    """Whose values an undo would put back."""
    found = set()
    for row in await country.ask(shift, select(ImportRun.id, ImportRun.inverse).where(ImportRun.inverse.is_not(None))):
        undo = merged(kept.open_inverse(shift.floor.keyring, row.id, row.inverse))
        found |= {one[1] for one in undo["rows"] if one[0] == "persons"}
        found |= {link[0] for kind in ("lost", "won") for link in undo[kind]["eck_ids"]}
        found |= {*undo["made"]["pupils"], *undo["made"]["staff"]}
    return found


async def test_a_school_that_cannot_be_done_keeps_no_other_one(shift: Shift, clock: Clock) -> None:
    broken = await country.open_school(shift, "99AA", year=YEAR)
    await country.open_school(shift, "99BB", year=YEAR)
    await _some_pupils(shift, 24, active=False, inactive_since=NOVEMBER)
    await country.change(shift, update(ImportRun).where(ImportRun.school_id == broken.id).values(inverse=b"not sealed"))
    clock.move(days=100)
    with pytest.raises(BaseExceptionGroup):
        await inactivity.work(shift, Report(shift, "inactivity"))
    left = await country.ask(shift, select(Enrolment.school_id).distinct())
    assert [row[0] for row in left] == [broken.id]


async def test_who_is_just_getting_a_place_elsewhere_is_not_deleted(shift: Shift, clock: Clock) -> None:
    """The other school's transaction is open while the night deletes: the night waits for it, and then sees the place."""
    school = await country.open_school(shift, year=YEAR, pupils=8)
    other = await country.open_school(shift, "98XX", year=YEAR, pupils=8)
    mine = select(Enrolment.person_id).where(Enrolment.school_id == school.id).order_by(Enrolment.id).limit(1)
    [child] = [row[0] for row in await country.ask(shift, mine)]
    long_ago = update(Enrolment).where(Enrolment.person_id == child)
    await country.change(shift, long_ago.values(active=False, inactive_since=clock.now - timedelta(days=200)))

    async def delete() -> frozenset[int]:
        async with shift.floor.database.begin() as db:
            return (await rules.delete_inactive(db, school.id, by="test", now=clock.now)).pupils

    async with shift.floor.database.begin() as db:
        place = insert(Enrolment).values(school_id=other.id, person_id=child, las_key="new", picture="cat")
        await db.execute(place)
        night = asyncio.create_task(delete())
        await asyncio.wait([night], timeout=0.3)
    assert await night == frozenset()
    left = await country.ask(shift, select(Enrolment.school_id).where(Enrolment.person_id == child))
    assert [row[0] for row in left] == [other.id]


async def test_a_schools_exclusion_of_a_child_ends_with_its_place_there(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift, year=YEAR, pupils=8)
    other = await country.open_school(shift, "98XX", year=YEAR, pupils=8)
    mine = select(Enrolment.person_id).where(Enrolment.school_id == school.id).order_by(Enrolment.id).limit(1)
    [child] = [row[0] for row in await country.ask(shift, mine)]
    async with shift.floor.database.begin() as db:
        party = await world.party(db, clock, "Rekenrijk", school, other)
        for here in (school, other):
            await world.keep_away(db, here, child, party)
        await db.execute(insert(Enrolment).values(school_id=other.id, person_id=child, las_key="too", picture="cat"))
    long_ago = update(Enrolment).where(Enrolment.person_id == child, Enrolment.school_id == school.id)
    await country.change(shift, long_ago.values(active=False, inactive_since=clock.now - timedelta(days=200)))
    await _night(shift)
    kept = await country.ask(shift, select(Exclusion.school_id).where(Exclusion.person_id == child))
    assert [row[0] for row in kept] == [other.id]


async def test_whoever_has_no_place_at_all_goes_too(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift)
    came = clock.now - timedelta(days=200)
    async with shift.floor.database.begin() as db:
        ids = {}
        for name, since in (("placed", came), ("lost", came), ("folded", came), ("new", clock.now)):
            told = {"first_name": name, "prefix": None, "surname": "X", "email": None}
            ids[name] = await people.new_person(db, kind="pupil", **told, now=since)
        place = {"school_id": school.id, "person_id": ids["placed"], "las_key": "1", "picture": "cat"}
        await db.execute(insert(Enrolment).values(**place))
        asked = {"asked_by": "x", "asked_by_helpdesk": True, "asked_at": came, "inverse": b"i"}
        detail = {"agreed": {}, "folded": [ids["folded"]]}
        await db.execute(insert(Reorganisation).values(kind="transfer", state="done", detail=detail, **asked))
    report = Report(shift, "inactivity")
    assert await inactivity.work(shift, report)
    assert report.counts == {"placeless": 1}
    left = await country.ask(shift, select(Person.first_name).order_by(Person.id))
    assert [row[0] for row in left] == ["placed", "folded", "new"]
