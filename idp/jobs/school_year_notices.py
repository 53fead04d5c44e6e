"""The mails of 15 July and 1 August to schools of which no data of the new school year came, and to those who took them back (R36, R39, D17)."""

from datetime import date
from typing import Final

from directory.lifecycle import school_year
from idp.core import clock
from idp.core.clock import AMSTERDAM
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift

ASKS_FROM: Final = (7, 15)
"""Month and day from which coordinators are asked where the data of the coming year are."""
TELLS_IN: Final = (8, 9)
"""The months in which they are told that nobody can sign in for want of data."""


async def work(shift: Shift, report: Report) -> bool:
    """Mails the coordinators of every school that is without, once per year and kind; and, every other week, of those kept back. Always finished."""
    year_now = clock.school_year(shift.now)
    for kind, year in due(shift.now.astimezone(AMSTERDAM).date(), now_in=year_now):
        async with shift.floor.database.read() as db:
            silent = await school_year.unheard_of(db, year)
        for school_id, name in silent:
            await _tell(shift, report, school_id, name, year, kind=kind, about=year)
    async with shift.floor.database.read() as db:
        kept_back = await school_year.kept_back(db, year_now)
    for school_id, name, since in kept_back:
        times = (shift.now - since) // school_year.REMINDED
        await _tell(shift, report, school_id, name, year_now, kind=school_year.KEPT_BACK, about=f"{year_now} {times}")
    return True


async def _tell(shift: Shift, report: Report, school_id: int, name: str, year: str, *, kind: str, about: str) -> None:
    contact = shift.floor.settings.support_contact
    async with shift.floor.database.begin() as db:
        sent = await school_year.tell_unheard_of(
            db, school_id, name, year, kind=kind, contact=contact, now=shift.now, about=about
        )
    if sent:
        await report.add(schools=1, mails=sent)


def due(today: date, *, now_in: str) -> list[tuple[str, str]]:
    """Which notice is due on this day, and about which school year; `now_in` is the present one. Pure."""
    if ASKS_FROM <= (today.month, today.day) < (8, 1):
        return [(school_year.AWAITED, school_year.following(now_in))]
    return [(school_year.MISSING, now_in)] if today.month in TELLS_IN else []
