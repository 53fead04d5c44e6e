"""Carries out reorganisations whose day has come, and ends those that are over (R146-R156, D40)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from directory.lifecycle import reorganisation_asking, reorganisation_purge, reorganisation_records, reorganisations
from directory.lifecycle.refusals import Refused
from idp.core.clock import AMSTERDAM
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift

BY: Final = "system"

Doing = Callable[[Shift, int], Awaitable[Mapping[str, int]]]


async def work(shift: Shift, report: Report) -> bool:
    """One transaction for each. What something stands in the way of is counted and tried again tomorrow.

    Always finished; raises, when all had their turn, if some of them failed.
    """
    today = shift.now.astimezone(AMSTERDAM).date()
    async with shift.floor.database.read() as db:
        due = await reorganisation_records.due(db, today=today)
        stale = await reorganisation_records.open_since(db, before=shift.now - reorganisation_asking.LAPSES)
        over = await reorganisation_purge.over(db, today=today)
    failed = await _each(shift, report, stale, _lapsed)
    failed += await _each(shift, report, [one for one in due if one not in stale], _carried_out)
    failed += await _each(shift, report, over, _settled)
    if failed:
        raise BaseExceptionGroup("reorganisations that failed", failed)
    return True


async def _each(shift: Shift, report: Report, which: Sequence[int], doing: Doing) -> list[BaseException]:
    """One that cannot be done holds up no other."""
    failed: list[BaseException] = []
    for reorganisation_id in which:
        outcome = (await asyncio.gather(doing(shift, reorganisation_id), return_exceptions=True))[0]
        if isinstance(outcome, BaseException):
            failed.append(outcome)
            await report.add(failed=1)
        elif any(outcome.values()):
            await report.add(**outcome)
    return failed


async def _lapsed(shift: Shift, reorganisation_id: int) -> dict[str, int]:
    async with shift.floor.database.begin() as db:
        return {"lapsed": int(await reorganisation_asking.lapse(db, reorganisation_id, now=shift.now))}


async def _carried_out(shift: Shift, reorganisation_id: int) -> dict[str, int]:
    laid, contact = shift.floor, shift.floor.settings.support_contact
    try:
        async with laid.database.begin() as db:
            await reorganisations.carry_out(
                db, reorganisation_id, now=shift.now, by=BY, keyring=laid.keyring, contact=contact
            )
    except Refused:
        async with laid.database.begin() as db:
            changed = await reorganisation_asking.check_again(
                db, reorganisation_id, now=shift.now, by=BY, keyring=laid.keyring, contact=contact
            )
        return {"asked_anew" if changed else "refused": 1}
    return {"carried_out": 1}


async def _settled(shift: Shift, reorganisation_id: int) -> dict[str, int]:
    async with shift.floor.database.begin() as db:
        return await reorganisation_purge.purge(db, reorganisation_id, now=shift.now)
