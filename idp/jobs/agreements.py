"""Nobody is surprised by the end of a processing agreement: coordinators and boards are told 90, 30 and 7 days before (D8, R66)."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from consent import agreement_papers
from consent.agreement_papers import Ending
from directory import boards, people
from directory.lifecycle import notices
from idp.core import mail
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift

KIND: Final = "agreement-ends"
OF_BOARD: Final = "agreement-ends-board"


async def work(shift: Shift, report: Report) -> bool:
    """One board in one transaction, once for each end and notice. Always finished."""
    today = shift.now.astimezone(AMSTERDAM).date()
    async with shift.floor.database.read() as db:
        due = await agreement_papers.ending(db, today=today)
    for _, found in groupby(due, key=lambda one: one.board_id or -one.school_id):
        ends = list(found)
        async with shift.floor.database.begin() as db:
            mails = await _tell(db, shift, ends)
        if mails:
            await report.add(schools=len(ends), mails=mails)
    return True


async def _tell(db: Db, shift: Shift, ends: Sequence[Ending]) -> int:
    """The schools of one board, or one school that has none. The board hears of all its schools that end on one day in one mail."""
    board_id, now, contact = ends[0].board_id, shift.now, shift.floor.settings.support_contact
    of_board = await boards.addresses(db, board_id) if board_id is not None else []
    told = 0
    for one in ends:
        own = await people.coordinator_addresses(db, one.school_id, today=now.astimezone(AMSTERDAM).date())
        written = [address for address in own if address not in of_board]
        if written and await notices.first(db, KIND, school_id=one.school_id, about=_about(one), now=now):
            for address in written:
                await mail.queue(db, "agreement_ends", address, now=now, school=one.school, on=one.on, contact=contact)
            told += len(written)
    for on in sorted({one.on for one in ends}):
        same = [one for one in ends if one.on == on]
        schools = "\n".join(f"- {one.school}" for one in same)
        first = min(same, key=lambda one: one.school_id)
        if of_board and await notices.first(db, OF_BOARD, school_id=first.school_id, about=_about(first), now=now):
            for address in of_board:
                await mail.queue(db, "agreement_ends_board", address, now=now, schools=schools, on=on, contact=contact)
            told += len(of_board)
    return told


def _about(one: Ending) -> str:
    return f"{one.on.isoformat()} {one.stage}"
