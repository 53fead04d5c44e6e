"""Reorganisations and ECK-iDs whose day has come, done by the timetable."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from directory import eckid, substitutions
from directory.lifecycle import reorganisation_asking, reorganisation_records
from directory.lifecycle.models import Reorganisation
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import Closure
from directory.models import EckId, Person, School
from directory.substitutions import Substitution
from idp.jobs import eckids, reorganisations, retention
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.directory.eckids import add_pupil, eckid_of, value_of
from tests.jobs.country import open_school

HELPDESK = Asker("operator:test", helpdesk=True)


async def work(shift: Shift) -> dict[str, int]:
    report = Report(shift, "reorganisations")
    assert await reorganisations.work(shift, report)
    return report.counts


async def closing(shift: Shift, on: date, brin: str = "99XX") -> int:
    school = await open_school(shift, brin)
    async with shift.floor.database.begin() as db:
        clock = Clock()
        clock.now = shift.now
        await add_pupil(db, school.id, "Noor", clock)
        return await reorganisation_asking.ask(
            db,
            Closure(school.id),
            by=HELPDESK,
            effective_on=on,
            now=shift.now,
            keyring=shift.floor.keyring,
            contact="wij",
        )


async def test_a_closure_is_carried_out_on_its_day_and_ends_after_thirty(shift: Shift, clock: Clock) -> None:
    made = await closing(shift, clock.now.date() + timedelta(days=2))
    assert await work(shift) == {}
    clock.move(days=2)
    assert await work(shift) == {"carried_out": 1}
    assert await work(shift) == {}
    clock.move(days=31)
    assert await work(shift) == {"settled": 1, "persons": 1}
    assert await work(shift) == {}
    async with shift.floor.database.read() as db:
        assert (await db.execute(select(Person.id))).all() == []
        assert (await reorganisation_records.of(db, made)).state == "done"


async def test_what_something_stands_in_the_way_of_is_counted(shift: Shift, clock: Clock) -> None:
    made = await closing(shift, clock.now.date())
    async with shift.floor.database.begin() as db:
        known = await reorganisation_records.of(db, made)
        here = update(School).where(School.id == known.source_ids[0])
        await db.execute(here.values(closed_at=clock.now))
    assert await work(shift) == {"refused": 1}


async def test_one_that_fails_holds_up_no_other(shift: Shift, clock: Clock) -> None:
    broken = await closing(shift, clock.now.date())
    good, over = [await closing(shift, clock.now.date(), brin) for brin in ("98XX", "97XX")]
    async with shift.floor.database.begin() as db:
        # Sealed for another row: nobody can read what was asked, as with a key that is lost.
        lost = select(Reorganisation.plan).where(Reorganisation.id == good).scalar_subquery()
        await db.execute(update(Reorganisation).where(Reorganisation.id == broken).values(plan=lost))
        ended = update(Reorganisation).where(Reorganisation.id == over)
        day = clock.now.date() - timedelta(days=31)
        await db.execute(ended.values(state="done", undo_until=day, inverse=b"whatever"))
    report = Report(shift, "reorganisations")
    with pytest.raises(BaseExceptionGroup):
        await reorganisations.work(shift, report)
    assert report.counts == {"failed": 1, "carried_out": 1, "settled": 1, "persons": 1}


async def test_what_lies_open_for_thirteen_months_is_withdrawn_and_until_then_its_plan_is_kept(
    shift: Shift, clock: Clock
) -> None:
    made = await closing(shift, clock.now.date() + timedelta(days=366))
    async with shift.floor.database.begin() as db:
        known = await reorganisation_records.of(db, made)
        here = update(School).where(School.id == known.source_ids[0])
        await db.execute(here.values(closed_at=clock.now))
    plan = select(Reorganisation.state, Reorganisation.plan.is_not(None)).where(Reorganisation.id == made)
    clock.move(days=395)
    await retention.work(shift, Report(shift, "retention"))
    assert await work(shift) == {"refused": 1}
    clock.move(days=1)
    await retention.work(shift, Report(shift, "retention"))
    async with shift.floor.database.read() as db:
        assert tuple((await db.execute(plan)).one()) == ("checked", True)
    assert await work(shift) == {"lapsed": 1}
    async with shift.floor.database.read() as db:
        assert tuple((await db.execute(plan)).one()) == ("withdrawn", False)


async def test_the_night_does_nothing_that_nobody_agreed_to(shift: Shift, clock: Clock) -> None:
    made = await closing(shift, clock.now.date())
    async with shift.floor.database.begin() as db:
        known = await reorganisation_records.of(db, made)
        other = {**known.detail, "fingerprint": "that of something else"}
        await db.execute(update(Reorganisation).where(Reorganisation.id == made).values(detail=other))
    assert await work(shift) == {"asked_anew": 1}
    assert await work(shift) == {}
    async with shift.floor.database.read() as db:
        assert (await reorganisation_records.of(db, made)).state == "asked"


@pytest.mark.parametrize("missed", [0, 5])
async def test_a_coming_eckid_takes_its_place(shift: Shift, clock: Clock, missed: int) -> None:
    school = await open_school(shift)
    keyring, day = shift.floor.keyring, clock.now.date() + timedelta(days=3)
    async with shift.floor.database.begin() as db:
        noor = await add_pupil(db, school.id, "Noor", clock)
        value = value_of("old")
        row = {"sealed": eckid.seal(keyring, noor, value), "lookup": eckid.index(keyring, value)}
        await db.execute(insert(EckId).values(person_id=noor, **row))
        swap = Substitution(eckid_of("old"), eckid_of("new"), day, day + timedelta(days=60))
        await substitutions.carry_out(
            db, school.id, [swap], today=clock.now.date(), now=clock.now, by="test", keyring=keyring
        )
    report = Report(shift, "eckids")
    assert await eckids.work(shift, report)
    assert report.counts == {}
    clock.move(days=3 + missed)
    assert await eckids.work(shift, report)
    assert report.counts == {"taken_over": 1, "forgotten": 0}
    async with shift.floor.database.read() as db:
        sealed = (await db.execute(select(EckId.sealed))).scalar_one()
    assert eckid.unseal(keyring, noor, sealed) == value_of("new")
