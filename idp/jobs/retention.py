"""Nothing is kept longer than it is good for (R54, D40): one purge per kind of row, each with its term and its number in the evidence.

A purge takes at most some thousand rows per transaction, so that nobody waits for it, and goes on until it finds fewer. Whatever kills it, worker or
database, loses the portion that was under way and nothing else; the next run does the rest. People who were inactive for three months are
`idp.jobs.inactivity`'s business.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, and_, case, exists, literal, or_, select, update

from consent import counts
from consent.models import Logout, VoidGrant
from directory import device_links, devices
from directory.imports import advice
from directory.imports.models import ImportRun
from directory.lifecycle import addresses, board_invitations, memberships, moved_keys
from directory.lifecycle.models import Notice, Reorganisation, SubstituteBinding
from directory.models import Group, School
from directory.onboarding import asking
from idp.core import keeping, seals
from idp.core.clock import AMSTERDAM, school_year
from idp.core.db import Base, Db, Moment
from idp.core.models import Mail
from idp.core.purging import PORTION, delete_some
from idp.credentials import home_codes, links, parents
from idp.jobs import evidence
from idp.jobs.evidence import Report
from idp.jobs.models import JobRun
from idp.jobs.shift import Shift
from idp.sandbox import exchanges
from idp.support.announcements import KEPT as ANNOUNCEMENTS
from idp.support.models import Announcement
from metadata import client_changes, rollover
from mfa import lost_factors

GRANTS: Final = timedelta(hours=13)
"""Longer than any session, in which the longest chain of refresh tokens ends."""
LOGOUTS: Final = timedelta(days=2)
UNANSWERED: Final = keeping.UNANSWERED.span
DOUBTS: Final = timedelta(days=92)
MAILS: Final = keeping.MAILS.span
THIRTEEN_MONTHS: Final = keeping.RECORDS.span

_WAITING: Final = ("planned", "held", "waiting")
_OVER: Final = ("undone", "withdrawn")

Purging = Callable[[Db, datetime, int], Awaitable[int]]
"""Purges at most so many rows, in the caller's transaction and nowhere else; how many. Fewer than that: no more are left."""


@dataclass(frozen=True, slots=True)
class Purge:
    """`name` is the count's name in the evidence. Where there can never be many, `some` takes all at once."""

    name: str
    some: Purging


async def work(shift: Shift, report: Report) -> bool:
    """Purges everything whose term is over. Always finished; raises, when all had their turn, if some purge failed."""
    await evidence.give_up_lost(shift.floor.database, now=shift.now)
    return await purge(shift, report)


async def purge(shift: Shift, report: Report, *, purges: Sequence[Purge] | None = None, most: int = PORTION) -> bool:
    """The work of these purges (None: all there are), at most so many rows in each transaction; as for `work`."""
    chosen = PURGES if purges is None else purges
    await report.add(**dict.fromkeys((purge.name for purge in chosen), 0))
    failed: list[BaseException] = []
    for one in chosen:
        outcome = (await asyncio.gather(_all(shift, report, one, most=most), return_exceptions=True))[0]
        if isinstance(outcome, BaseException):
            failed.append(outcome)
    if failed:
        raise BaseExceptionGroup("purges that failed", failed)
    return True


async def _all(shift: Shift, report: Report, purge: Purge, *, most: int) -> None:
    while True:
        async with shift.floor.database.begin() as db:
            purged = await purge.some(db, shift.now, most)
        await report.add(**{purge.name: purged})
        if purged < most:
            return


def _today(now: datetime) -> date:
    return now.astimezone(AMSTERDAM).date()


def _rows(table: type[Base], over: Callable[[datetime], ColumnElement[bool]]) -> Purging:
    """Deletes the rows for which that holds."""

    async def some(db: Db, now: datetime, most: int) -> int:
        return await delete_some(db, table, over(now), most=most)

    return some


def _runs(over: Callable[[datetime], ColumnElement[bool]], **values: object) -> Purging:
    """Empties something of the runs of imports for which that holds."""

    async def some(db: Db, now: datetime, most: int) -> int:
        return await _changed(db, update(ImportRun).values(values), ImportRun.id, over(now), most=most)

    return some


async def _changed(db: Db, statement: Update, key: Any, over: ColumnElement[bool], *, most: int) -> int:
    these = select(key).where(over).order_by(key).limit(most)
    return (await db.execute(statement.where(key.in_(these)))).rowcount


async def _unanswered(db: Db, now: datetime, most: int) -> int:
    """What waited two weeks for somebody's yes waits no longer; what a held import already did stays done."""
    held = ImportRun.state == "held"
    aside = update(ImportRun).values(
        state=case((held, "applied"), else_="discarded"),
        ended_at=case((held, ImportRun.ended_at), else_=literal(now, Moment)),
        content=None,
    )
    over = and_(ImportRun.state.in_(("held", "planned")), ImportRun.started_at < now - UNANSWERED)
    return await _changed(db, aside, ImportRun.id, over, most=most)


async def _of_closed_schools(db: Db, now: datetime, most: int) -> int:
    closed = exists().where(School.id == ImportRun.school_id, School.closed_at.is_not(None))
    aside = update(ImportRun).values(state="discarded", ended_at=now, content=None)
    return await _changed(db, aside, ImportRun.id, and_(ImportRun.state.in_(_WAITING), closed), most=most)


async def _reorganisation_plans(db: Db, _: datetime, most: int) -> int:
    """Of those that nobody carries out or undoes any more; those that are done or open too long end in a job of their own."""
    kept = or_(Reorganisation.plan.is_not(None), Reorganisation.inverse.is_not(None))
    emptied = update(Reorganisation).values(plan=None, inverse=None)
    return await _changed(db, emptied, Reorganisation.id, and_(kept, Reorganisation.state.in_(_OVER)), most=most)


def _old_group(now: datetime) -> ColumnElement[bool]:
    """Of more than two years ago: whatever points to it, such as who took its substitute's seat, is over by then."""
    first = int(school_year(now)[:4]) - 2
    return and_(~Group.active, Group.school_year < f"{first}-{first + 1}")


PURGES: Final = (
    Purge("releases", lambda db, now, most: counts.count_old(db, before=now - THIRTEEN_MONTHS, most=most)),
    Purge("signing_keys_private", lambda db, now, _: rollover.forget_private_parts(db, now=now)),
    # As long as the records of what was signed with them.
    Purge("signing_keys", lambda db, now, _: rollover.remove_old(db, before=now - THIRTEEN_MONTHS)),
    Purge("void_grants", _rows(VoidGrant, lambda now: VoidGrant.voided_at < now - GRANTS)),
    Purge("logouts", _rows(Logout, lambda now: Logout.created_at < now - LOGOUTS)),
    Purge("imports_unanswered", _unanswered),
    Purge("imports_of_closed_schools", _of_closed_schools),
    Purge(
        "import_contents",
        _runs(lambda _: and_(ImportRun.content.is_not(None), ImportRun.state.not_in(_WAITING)), content=None),
    ),
    Purge(
        "import_inverses",
        _runs(lambda now: and_(ImportRun.inverse.is_not(None), ImportRun.undo_until < _today(now)), inverse=None),
    ),
    # As long as the import can be undone.
    Purge("import_advice", lambda db, now, most: advice.purge(db, before=now - UNANSWERED, most=most)),
    # What no second operator answered.
    Purge("lost_factors", lambda db, now, most: lost_factors.purge(db, now=now, most=most)),
    Purge(
        "import_doubts",
        _runs(lambda now: and_(ImportRun.started_at < now - DOUBTS, ImportRun.doubts != {}), doubts={}),
    ),
    Purge(
        "import_runs",
        _rows(
            ImportRun,
            lambda now: and_(ImportRun.started_at < now - THIRTEEN_MONTHS, ImportRun.state.not_in(_WAITING)),
        ),
    ),
    Purge("address_proposals", lambda db, now, most: addresses.purge(db, now=now, most=most)),
    Purge("pending_memberships", lambda db, now, most: memberships.purge(db, now=now, most=most)),
    Purge("board_invitations", lambda db, now, most: board_invitations.purge(db, now=now, most=most)),
    Purge("mailed_links", lambda db, now, most: links.purge(db, now=now, most=most)),
    Purge("former_secrets", lambda db, now, _: client_changes.forget_former_secrets(db, now=now)),
    # Letter, form and reason of what was decided long enough ago.
    Purge("application_letters", lambda db, now, most: asking.purge_letters(db, now=now, most=most)),
    # What no letter followed, and what nobody asks about any more.
    Purge("applications", lambda db, now, most: asking.purge(db, now=now, most=most)),
    Purge("home_codes", lambda db, now, most: home_codes.purge(db, today=_today(now), most=most)),
    # Who has no child left went with the last one; here go those whose children were deleted.
    Purge("parents", lambda db, _, most: parents.purge(db, most=most)),
    Purge(
        "substitute_bindings",
        _rows(SubstituteBinding, lambda now: SubstituteBinding.ends_on < _today(now) - THIRTEEN_MONTHS),
    ),
    Purge("reorganisation_plans", _reorganisation_plans),
    Purge("devices", lambda db, now, most: devices.purge(db, today=_today(now), most=most)),
    Purge("device_links", lambda db, now, most: device_links.purge(db, today=_today(now), most=most)),
    # By then a school year has begun, and what an administration tells of is its own again.
    Purge("moved_keys", lambda db, now, most: moved_keys.purge(db, before=now - THIRTEEN_MONTHS, most=most)),
    Purge("groups", _rows(Group, _old_group)),
    Purge("notices", _rows(Notice, lambda now: Notice.sent_at < now - THIRTEEN_MONTHS)),
    Purge("announcements", _rows(Announcement, lambda now: Announcement.shown_until < now - ANNOUNCEMENTS)),
    Purge("mails", _rows(Mail, lambda now: Mail.created_at < now - MAILS)),
    # Of a party that is under test there are ten exchanges at most.
    Purge("exchange_steps", lambda db, now, most: exchanges.purge(db, now=now, most=most)),
    Purge("job_runs", _rows(JobRun, lambda now: JobRun.started_at < now - THIRTEEN_MONTHS)),
    # Whole seals; their hashes stay, so that what is left can still be proven (D41).
    Purge("ledger", lambda db, now, most: seals.purge(db, now=now, most=most)),
)
"""Every purge; the table in docs/operations.md says the same in words."""
