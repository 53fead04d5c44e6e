"""Nothing is kept longer than it is good for (R54, D40): one purge per kind of row, each with its term and its number in the evidence.

A purge takes at most some thousand rows per transaction, so that nobody waits for it, and goes on until it finds fewer. People who were
inactive for three months are `idp.jobs.inactivity`'s business.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, and_, delete, exists, or_, select, update

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
from idp.core.db import Base, Db
from idp.core.models import Mail
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

PORTION: Final = 5_000
"""So many rows at most in one transaction."""

GRANTS: Final = timedelta(hours=13)
"""Longer than any session, in which the longest chain of refresh tokens ends."""
LOGOUTS: Final = timedelta(days=2)
UNANSWERED: Final = keeping.UNANSWERED.span
DOUBTS: Final = timedelta(days=92)
MAILS: Final = keeping.MAILS.span
THIRTEEN_MONTHS: Final = keeping.RECORDS.span

Purging = Callable[[Db, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Purge:
    """`name` is the count's name in the evidence. `some` purges at most `PORTION` rows, unless there can never be many, and says how many."""

    name: str
    some: Purging


async def work(shift: Shift, report: Report) -> bool:
    """Purges everything whose term is over. Always finished; raises, when all had their turn, if some purge failed."""
    await evidence.give_up_lost(shift.floor.database, now=shift.now)
    await report.add(**dict.fromkeys((purge.name for purge in PURGES), 0))
    failed: list[BaseException] = []
    for purge in PURGES:
        outcome = (await asyncio.gather(_all(shift, report, purge), return_exceptions=True))[0]
        if isinstance(outcome, BaseException):
            failed.append(outcome)
    if failed:
        raise BaseExceptionGroup("purges that failed", failed)
    return True


async def _all(shift: Shift, report: Report, purge: Purge) -> None:
    while True:
        async with shift.floor.database.begin() as db:
            purged = await purge.some(db, shift.now)
        await report.add(**{purge.name: purged})
        if purged < PORTION:
            return


def _today(now: datetime) -> date:
    return now.astimezone(AMSTERDAM).date()


def _rows(table: type[Base], key: Any, over: Callable[[datetime], ColumnElement[bool]]) -> Purging:
    """Deletes the rows for which that holds."""

    async def some(db: Db, now: datetime) -> int:
        these = select(key).where(over(now)).order_by(key).limit(PORTION)
        return (await db.execute(delete(table).where(key.in_(these)))).rowcount

    return some


def _emptied(statement: Update, key: Any, over: Callable[[datetime], ColumnElement[bool]]) -> Purging:
    """Empties what the statement names, in the rows for which that holds."""

    async def some(db: Db, now: datetime) -> int:
        these = select(key).where(over(now)).order_by(key).limit(PORTION)
        return (await db.execute(statement.where(key.in_(these)))).rowcount

    return some


async def _unanswered(db: Db, now: datetime) -> int:
    """What waited two weeks for somebody's yes waits no longer; what a held import already did stays done."""
    old = ImportRun.started_at < now - UNANSWERED
    held = update(ImportRun).where(ImportRun.state == "held", old).values(state="applied", content=None)
    planned = update(ImportRun).where(ImportRun.state == "planned", old)
    aside = planned.values(state="discarded", ended_at=now, content=None)
    return (await db.execute(held)).rowcount + (await db.execute(aside)).rowcount


async def _of_closed_schools(db: Db, now: datetime) -> int:
    closed = exists().where(School.id == ImportRun.school_id, School.closed_at.is_not(None))
    waiting = update(ImportRun).where(ImportRun.state.in_(("waiting", "planned", "held")), closed)
    return (await db.execute(waiting.values(state="discarded", ended_at=now, content=None))).rowcount


async def _addresses(db: Db, now: datetime) -> int:
    return await addresses.purge(db, now=now)


async def _board_invitations(db: Db, now: datetime) -> int:
    return await board_invitations.purge(db, now=now)


async def _memberships(db: Db, now: datetime) -> int:
    return await memberships.purge(db, now=now)


async def _releases(db: Db, now: datetime) -> int:
    return await counts.count_old(db, before=now - THIRTEEN_MONTHS, most=PORTION)


async def _private_keys(db: Db, now: datetime) -> int:
    return await rollover.forget_private_parts(db, now=now)


async def _public_keys(db: Db, now: datetime) -> int:
    """As long as the records of what was signed with them."""
    return await rollover.remove_old(db, before=now - THIRTEEN_MONTHS)


async def _former_secrets(db: Db, now: datetime) -> int:
    return await client_changes.forget_former_secrets(db, now=now)


async def _links(db: Db, now: datetime) -> int:
    return await links.purge(db, now=now)


async def _devices(db: Db, now: datetime) -> int:
    return await devices.purge(db, today=_today(now), limit=PORTION)


async def _home_codes(db: Db, now: datetime) -> int:
    return await home_codes.purge(db, today=_today(now))


async def _parents(db: Db, _: datetime) -> int:
    """Who has no child left went with the last one; here go those whose children were deleted."""
    return await parents.purge(db)


async def _exchange_steps(db: Db, now: datetime) -> int:
    """Of a party that is under test there are ten exchanges at most."""
    return await exchanges.purge(db, now=now)


async def _device_links(db: Db, now: datetime) -> int:
    return await device_links.purge(db, today=_today(now))


async def _application_letters(db: Db, now: datetime) -> int:
    """Letter, form and reason of what was decided long enough ago."""
    return await asking.purge_letters(db, now=now, most=PORTION)


async def _applications(db: Db, now: datetime) -> int:
    """What no letter followed, and what nobody asks about any more."""
    return await asking.purge(db, now=now, most=PORTION)


async def _moved_keys(db: Db, now: datetime) -> int:
    """By then a school year has begun, and what an administration tells of is its own again."""
    return await moved_keys.purge(db, before=now - THIRTEEN_MONTHS, most=PORTION)


async def _ledger(db: Db, now: datetime) -> int:
    """Whole seals; their hashes stay, so that what is left can still be proven (D41)."""
    return await seals.purge(db, now=now, most=PORTION)


async def _advice(db: Db, now: datetime) -> int:
    """As long as the import can be undone."""
    return await advice.purge(db, before=now - UNANSWERED, most=PORTION)


async def _lost_factors(db: Db, now: datetime) -> int:
    """What no second operator answered."""
    return await lost_factors.purge(db, now=now, most=PORTION)


_WAITING: Final = ("planned", "held", "waiting")
_OVER: Final = ("undone", "withdrawn")


def _plans_over(_: datetime) -> ColumnElement[bool]:
    """Reorganisations that nobody carries out or undoes any more; those that are done or open too long end in a job of their own."""
    kept = or_(Reorganisation.plan.is_not(None), Reorganisation.inverse.is_not(None))
    return and_(kept, Reorganisation.state.in_(_OVER))


def _old_group(now: datetime) -> ColumnElement[bool]:
    """Of more than two years ago: whatever points to it, such as who took its substitute's seat, is over by then."""
    first = int(school_year(now)[:4]) - 2
    return and_(~Group.active, Group.school_year < f"{first}-{first + 1}")


PURGES: Final = (
    Purge("releases", _releases),
    Purge("signing_keys_private", _private_keys),
    Purge("signing_keys", _public_keys),
    Purge("void_grants", _rows(VoidGrant, VoidGrant.grant_id, lambda now: VoidGrant.voided_at < now - GRANTS)),
    Purge("logouts", _rows(Logout, Logout.id, lambda now: Logout.created_at < now - LOGOUTS)),
    Purge("imports_unanswered", _unanswered),
    Purge("imports_of_closed_schools", _of_closed_schools),
    Purge(
        "import_contents",
        _emptied(
            update(ImportRun).values(content=None),
            ImportRun.id,
            lambda _: and_(ImportRun.content.is_not(None), ImportRun.state.not_in(_WAITING)),
        ),
    ),
    Purge(
        "import_inverses",
        _emptied(
            update(ImportRun).values(inverse=None),
            ImportRun.id,
            lambda now: and_(ImportRun.inverse.is_not(None), ImportRun.undo_until < _today(now)),
        ),
    ),
    Purge("import_advice", _advice),
    Purge("lost_factors", _lost_factors),
    Purge(
        "import_doubts",
        _emptied(
            update(ImportRun).values(doubts={}),
            ImportRun.id,
            lambda now: and_(ImportRun.started_at < now - DOUBTS, ImportRun.doubts != {}),
        ),
    ),
    Purge(
        "import_runs",
        _rows(
            ImportRun,
            ImportRun.id,
            lambda now: and_(ImportRun.started_at < now - THIRTEEN_MONTHS, ImportRun.state.not_in(_WAITING)),
        ),
    ),
    Purge("address_proposals", _addresses),
    Purge("pending_memberships", _memberships),
    Purge("board_invitations", _board_invitations),
    Purge("mailed_links", _links),
    Purge("former_secrets", _former_secrets),
    Purge("application_letters", _application_letters),
    Purge("applications", _applications),
    Purge("home_codes", _home_codes),
    Purge("parents", _parents),
    Purge(
        "substitute_bindings",
        _rows(
            SubstituteBinding,
            SubstituteBinding.id,
            lambda now: SubstituteBinding.ends_on < _today(now) - THIRTEEN_MONTHS,
        ),
    ),
    Purge(
        "reorganisation_plans",
        _emptied(update(Reorganisation).values(plan=None, inverse=None), Reorganisation.id, _plans_over),
    ),
    Purge("devices", _devices),
    Purge("device_links", _device_links),
    Purge("moved_keys", _moved_keys),
    Purge("groups", _rows(Group, Group.id, _old_group)),
    Purge("notices", _rows(Notice, Notice.id, lambda now: Notice.sent_at < now - THIRTEEN_MONTHS)),
    Purge(
        "announcements",
        _rows(Announcement, Announcement.id, lambda now: Announcement.shown_until < now - ANNOUNCEMENTS),
    ),
    Purge("mails", _rows(Mail, Mail.id, lambda now: Mail.created_at < now - MAILS)),
    Purge("exchange_steps", _exchange_steps),
    Purge("job_runs", _rows(JobRun, JobRun.id, lambda now: JobRun.started_at < now - THIRTEEN_MONTHS)),
    Purge("ledger", _ledger),
)
"""Every purge; the table in docs/operations.md says the same in words."""
