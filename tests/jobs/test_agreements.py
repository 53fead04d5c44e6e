"""The end of a processing agreement is announced 90, 30 and 7 days before, to the schools and once to the board (D8, R66)."""

from datetime import date, timedelta

from sqlalchemy import delete, insert, select, update

from consent import agreement_papers as papers
from consent.agreement_papers import Signing, Whose
from directory import boards
from directory.lifecycle import board_people
from directory.models import Board, School
from directory.roles import BOARD_DIRECTOR
from idp.core import dates
from idp.core.models import Mail
from idp.jobs import agreements as job
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.jobs import country

VERSION = "3.0"
BOARD = (("bestuur", "school"), ("overeenkomsten", "bestuur"))
"""Who is written to for the board: its director, and its address in RIO."""


async def morning(shift: Shift) -> dict[str, int]:
    report = Report(shift, "agreements")
    assert await job.work(shift, report) is True
    return report.counts


async def told(shift: Shift) -> list[tuple[str, str]]:
    """Who is mailed and what about; the mails are gone then."""
    found = [tuple(row) for row in await country.ask(shift, select(Mail.recipient, Mail.subject).order_by(Mail.id))]
    await country.change(shift, delete(Mail))
    return found


async def sign(shift: Shift, whose: Whose, ends_on: date | None) -> None:
    today = shift.now.date()
    signing = Signing(VERSION, "A. Zee", today, ends_on)
    async with shift.floor.database.begin() as db:
        assert await papers.record(db, whose, signing, now=shift.now, today=today, by="test") is not None


async def test_everybody_hears_three_times_and_once_each(shift: Shift, clock: Clock) -> None:
    first, second = await country.open_school(shift, "99XX"), await country.open_school(shift, "98XX")
    await country.coordinator(shift, first, "een@school.example")
    looks = await country.coordinator(shift, await country.open_school(shift, "97XX"), "bestuur@school.example")
    async with shift.floor.database.begin() as db:
        made = insert(Board).values(number="41234", name="Aan Zee").returning(Board.id)
        board_id: int = (await db.execute(made)).scalar_one()
        await db.execute(update(School).where(School.id.in_([first.id, second.id])).values(board_id=board_id))
        await board_people.give(db, board_id, looks, BOARD_DIRECTOR, contact="x", by="test", now=shift.now)
        await boards.write_to(db, board_id, "overeenkomsten@bestuur.example")
    await told(shift)
    last = clock.now.date() + timedelta(days=92)
    await sign(shift, Whose(board_id=board_id), last)
    heard = []
    for _ in range(95):
        assert await morning(shift) == (counts := await morning(shift)) or counts == {}
        heard += [((last - clock.now.date()).days, *one) for one in await told(shift)]
        clock.move(days=1)
    on = dates.written(last, "nl")
    mine = ("een@school.example", f"De verwerkersovereenkomst van School 99XX loopt af op {on}")
    theirs = [(f"{who}@{at}.example", f"Een verwerkersovereenkomst loopt af op {on}") for who, at in BOARD]
    assert heard == [(days, *one) for days in papers.NOTICES for one in (mine, *theirs)]


async def test_a_newer_paper_ends_the_wait(shift: Shift, clock: Clock) -> None:
    school = await country.open_school(shift)
    await country.coordinator(shift, school)
    await sign(shift, Whose(school_id=school.id), clock.now.date() + timedelta(days=20))
    assert await morning(shift) == {"mails": 1, "schools": 1}
    async with shift.floor.database.read() as db:
        for at, days in ((school.id, [20]), (school.id + 1, [])):
            ends = await papers.ending(db, today=clock.now.date(), school_id=at)
            assert [(one.on - clock.now.date()).days for one in ends] == days
    await sign(shift, Whose(school_id=school.id), None)
    clock.move(days=14)
    assert await morning(shift) == {}
