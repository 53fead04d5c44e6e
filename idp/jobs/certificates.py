"""Coordinators hear that the certificate by which their administration system knows us is about to end, 30 and 7 days before (D5)."""

from typing import Final

from directory import people
from directory.imports import certificates
from directory.imports.certificates import Ending
from directory.lifecycle import notices
from idp.core import mail
from idp.core.clock import AMSTERDAM
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift

KIND: Final = "certificate-ends"


async def work(shift: Shift, report: Report) -> bool:
    """One school in one transaction, once for each certificate and notice. Always finished."""
    async with shift.floor.database.read() as db:
        due = {
            one: await certificates.schools_asked_through(db, one.system_id)
            for one in await certificates.ending(db, now=shift.now)
        }
    for one, schools in due.items():
        for school_id, name in schools:
            if mails := await _tell(shift, one, school_id, name):
                await report.add(schools=1, mails=mails)
    return True


async def _tell(shift: Shift, ends: Ending, school_id: int, name: str) -> int:
    now, contact = shift.now, shift.floor.settings.support_contact
    about = f"{ends.system_id} {ends.until.isoformat()} {ends.stage}"
    async with shift.floor.database.begin() as db:
        told = await people.coordinator_addresses(db, school_id, today=now.astimezone(AMSTERDAM).date())
        # Who becomes coordinator tomorrow is told tomorrow.
        if not told or not await notices.first(db, KIND, school_id=school_id, about=about, now=now):
            return 0
        for address in told:
            await mail.queue(
                db,
                "certificate_ends",
                address,
                now=now,
                school=name,
                system=ends.name,
                on=ends.until,
                contact=contact,
            )
    return len(told)
