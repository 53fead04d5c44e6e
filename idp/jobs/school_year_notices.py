"""The mails of 15 July and 1 August to schools of which no data of the new school year came (R36, R39)."""

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
    """Mails the coordinators of every school that is without, once per year and kind. Always finished."""
    for kind, year in due(shift.now.astimezone(AMSTERDAM).date(), now_in=clock.school_year(shift.now)):
        async with shift.floor.database.read() as db:
            silent = await school_year.unheard_of(db, year)
        contact = shift.floor.settings.support_contact
        for school_id, name in silent:
            async with shift.floor.database.begin() as db:
                sent = await school_year.tell_unheard_of(
                    db, school_id, name, year, kind=kind, contact=contact, now=shift.now
                )
            if sent:
                await report.add(schools=1, mails=sent)
    return True


def due(today: date, *, now_in: str) -> list[tuple[str, str]]:
    """Which notice is due on this day, and about which school year; `now_in` is the present one. Pure."""
    if ASKS_FROM <= (today.month, today.day) < (8, 1):
        return [(school_year.AWAITED, school_year.following(now_in))]
    return [(school_year.MISSING, now_in)] if today.month in TELLS_IN else []
