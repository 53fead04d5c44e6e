"""Carries out reorganisations whose day has come, and ends those that cannot be undone any more (R146-R156, D40)."""

from datetime import date
from typing import Final

from directory.lifecycle import reorganisation_purge, reorganisation_records, reorganisations
from directory.lifecycle.refusals import Refused
from idp.core.clock import AMSTERDAM
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift

BY: Final = "system"


async def work(shift: Shift, report: Report) -> bool:
    """One transaction for each. What something stands in the way of is counted and tried again tomorrow. Always finished."""
    today = shift.now.astimezone(AMSTERDAM).date()
    async with shift.floor.database.read() as db:
        due = await reorganisation_records.due(db, today=today)
    for reorganisation_id in due:
        await report.add(**{await _carried_out(shift, reorganisation_id): 1})
    await _settle(shift, report, today)
    return True


async def _carried_out(shift: Shift, reorganisation_id: int) -> str:
    laid = shift.floor
    try:
        async with laid.database.begin() as db:
            contact = laid.settings.support_contact
            await reorganisations.carry_out(
                db, reorganisation_id, now=shift.now, by=BY, keyring=laid.keyring, contact=contact
            )
    except Refused:
        return "refused"
    return "carried_out"


async def _settle(shift: Shift, report: Report, today: date) -> None:
    settled = 1
    while settled:
        async with shift.floor.database.begin() as db:
            counts = await reorganisation_purge.purge(db, today=today, now=shift.now, limit=1)
        if settled := counts["settled"]:
            await report.add(**counts)
