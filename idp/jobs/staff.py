"""What time does to staff: substitutions that ended are written down, and coordinators are asked to look at whom they entered by hand (R80, R89)."""

from typing import Final

from directory.lifecycle import review, substitutes
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift

PORTION: Final = 200
"""So many substitutions at most in one transaction."""


async def work(shift: Shift, report: Report) -> bool:
    """Ends what is over, and mails each school's coordinators once a school year. Always finished."""
    ended = PORTION
    while ended == PORTION:
        async with shift.floor.database.begin() as db:
            ended = await substitutes.tidy(db, now=shift.now, limit=PORTION)
        if ended:
            await report.add(substitutions=ended)
    async with shift.floor.database.read() as db:
        due = await review.schools_with_somebody(db, now=shift.now)
    contact = shift.floor.settings.support_contact
    for school_id in due:
        async with shift.floor.database.begin() as db:
            mails = await review.remind(db, school_id, contact=contact, now=shift.now)
        if mails:
            await report.add(schools=1, mails=mails)
    return True
