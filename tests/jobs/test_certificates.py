"""Coordinators hear twice, and only twice, that the client certificate of their administration system is about to end (D5)."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from directory.imports import certificates, couplings
from directory.imports.models import AdministrationSystem
from directory.models import School
from idp.core.models import Mail
from idp.jobs import certificates as job
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.jobs import country
from tests.jobs.coupled import couple

ENDPOINT = "https://las.example/uwlr"


async def ends_at(shift: Shift, moment: datetime | None) -> None:
    await country.change(shift, update(AdministrationSystem).values(certificate_until=moment))


async def morning(shift: Shift) -> dict[str, int]:
    report = Report(shift, "certificates")
    assert await job.work(shift, report) is True
    return report.counts


async def recipients(shift: Shift) -> list[str]:
    """Who is mailed; the mails are gone then."""
    found = [row[0] for row in await country.ask(shift, select(Mail.recipient).order_by(Mail.id))]
    await country.change(shift, delete(Mail))
    return found


async def test_thirty_and_seven_days_before_each_coordinator_is_mailed_once(shift: Shift, clock: Clock) -> None:
    first, second = [await couple(shift, ENDPOINT, brin) for brin in ("99XX", "98XX")]
    await country.coordinator(shift, first, "een@school.example")
    await country.coordinator(shift, first, "twee@school.example")
    await country.coordinator(shift, second, "drie@school.example")
    await ends_at(shift, clock.now + timedelta(days=32))
    told = []
    for _ in range(34):
        counts = [await morning(shift), await morning(shift)]
        if mailed := await recipients(shift):
            left = (clock.now.date() - date(2026, 12, 25)).days
            told.append((left, mailed, counts))
        clock.move(days=1)
    all_three = ["een@school.example", "twee@school.example", "drie@school.example"]
    once = [{"mails": 3, "schools": 2}, {}]
    assert told == [(-30, all_three, once), (-7, all_three, once)]


async def test_a_renewed_certificate_is_told_of_anew(shift: Shift, clock: Clock) -> None:
    await country.coordinator(shift, await couple(shift, ENDPOINT, "99XX"))
    await ends_at(shift, clock.now + timedelta(days=20))
    assert await morning(shift) == {"mails": 1, "schools": 1}
    ((subject, body),) = await country.ask(shift, select(Mail.subject, Mail.body))
    assert subject == "Certificaat van de koppeling met ParnasSys verloopt op 13 december 2026"
    assert "School 99XX" in body
    await ends_at(shift, clock.now + timedelta(days=400))
    assert await morning(shift) == {}
    clock.move(days=380)
    assert await morning(shift) == {"mails": 1, "schools": 1}


async def test_who_is_not_asked_through_it_hears_nothing(shift: Shift, clock: Clock) -> None:
    off, closed, elsewhere = [await couple(shift, ENDPOINT, brin) for brin in ("99XX", "98XX", "97XX")]
    for school, email in ((off, "a@s.example"), (closed, "b@s.example"), (elsewhere, "c@s.example")):
        await country.coordinator(shift, school, email)
    async with shift.floor.database.begin() as db:
        await couplings.set_mode(db, off.id, "off", now=shift.now, by="test")
        await couplings.couple(db, elsewhere.id, "esis", now=shift.now, by="test")
        await couplings.set_mode(db, elsewhere.id, "manual", now=shift.now, by="test")
    await country.change(shift, update(School).where(School.id == closed.id).values(closed_at=clock.now))
    of_parnassys = update(AdministrationSystem).where(AdministrationSystem.code == "parnassys")
    await country.change(shift, of_parnassys.values(certificate_until=clock.now + timedelta(days=5)))
    assert await morning(shift) == {}
    async with shift.floor.database.begin() as db:
        await couplings.set_mode(db, off.id, "manual", now=shift.now, by="test")
    await country.change(shift, of_parnassys.values(endpoint=None))
    assert await morning(shift) == {}
    await country.change(shift, of_parnassys.values(endpoint=ENDPOINT))
    assert await morning(shift) == {"mails": 1, "schools": 1}
    assert await recipients(shift) == ["a@s.example"]


async def test_a_coordinator_who_comes_later_is_told(shift: Shift, clock: Clock) -> None:
    school = await couple(shift, ENDPOINT, "99XX")
    await ends_at(shift, clock.now + timedelta(days=20))
    assert await morning(shift) == {}
    await country.coordinator(shift, school)
    assert await morning(shift) == {"mails": 1, "schools": 1}


@given(st.integers(-10, 60))
def test_there_is_one_notice_for_every_day_of_the_last_month_and_none_outside(left: int) -> None:
    today = date(2026, 11, 23)
    due = certificates.stage(today + timedelta(days=left), today=today)
    assert due == (None if left < 0 or left > 30 else 7 if left <= 7 else 30)
