"""What a day brings to ECK-iDs: a coming one takes its place, a replaced one whose last day has passed is forgotten (D18, D40)."""

from directory import substitutions
from idp.core.clock import AMSTERDAM
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift


async def work(shift: Shift, report: Report) -> bool:
    """All of them in one transaction: there are few. Always finished."""
    async with shift.floor.database.begin() as db:
        today = shift.now.astimezone(AMSTERDAM).date()
        counts = await substitutions.turn(db, today=today, keyring=shift.floor.keyring)
    if any(counts.values()):
        await report.add(**counts)
    return True
