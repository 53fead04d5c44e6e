"""A school's own part of the ledger, and never another's. People appear by their ledger id only, as they were written (D40)."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, TextClause, cast, func, literal, or_, select, tuple_

from idp.core.db import Database, Db
from idp.core.models import NOT_A_SIGN_IN, LedgerEntry

SIGN_INS: Final = frozenset({"signin.passed", "signin.failed"})
PORTION: Final = 1_000
"""Entries that are read at once where all of them are wanted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened at a school. `by` and `subject` are ledger ids, `operator:cli` or `system`."""

    id: int
    at: datetime
    action: str
    by: str
    subject: str | None
    detail: dict[str, Any]

    @property
    def place(self) -> tuple[datetime, int]:
        """Where this entry stands among those of its school."""
        return self.at, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries: from `since` to before `until`; of these actions; about a party; by or about who has this ledger id. None asks nothing."""

    since: datetime | None = None
    until: datetime | None = None
    actions: Collection[str] | None = None
    who: str | None = None
    party_id: int | None = None


ALL: Final = Wanted()


async def of_school(
    db: Db, school_id: int, *, since: datetime | None = None, until: datetime | None = None
) -> Sequence[Entry]:
    """The entries of one school in the order in which they were written, from `since` to before `until`."""
    query = _select(school_id, Wanted(since=since, until=until)).order_by(LedgerEntry.id)
    return [Entry(*row) for row in await db.execute(query)]


async def page(
    db: Db, school_id: int, wanted: Wanted = ALL, *, before: tuple[datetime, int] | None = None, limit: int
) -> list[Entry]:
    """The newest of them, or the newest older than the one at `before`."""
    query = _select(school_id, wanted)
    if before is not None:
        at, id_ = literal(before[0], LedgerEntry.at.type), literal(before[1], LedgerEntry.id.type)
        query = query.where(tuple_(LedgerEntry.at, LedgerEntry.id) < tuple_(at, id_))
    newest = query.order_by(LedgerEntry.at.desc(), LedgerEntry.id.desc()).limit(limit)
    return [Entry(*row) for row in await db.execute(newest)]


async def count(db: Db, school_id: int, wanted: Wanted) -> int:
    """How many there are."""
    found = select(func.count()).select_from(LedgerEntry).where(*_conditions(school_id, wanted))
    return (await db.execute(found)).scalar_one()


async def portions(database: Database, school_id: int, wanted: Wanted) -> AsyncIterator[list[Entry]]:
    """All of them, the newest first, a portion at a time, so that a file of years fits into memory."""
    before = None
    while True:
        async with database.read() as db:
            found = await page(db, school_id, wanted, before=before, limit=PORTION)
        yield found
        if len(found) < PORTION:
            return
        before = found[-1].place


async def at_a_loss(db: Db, school_id: int, *, since: datetime, tries: int) -> list[str]:
    """Who tried to sign in at this school so often since then and did not get in after the last try, by ledger id."""
    failed, passed = (func.max(LedgerEntry.id).filter(LedgerEntry.action == what) for what in sorted(SIGN_INS))
    times = func.count().filter(LedgerEntry.action == "signin.failed")
    query = (
        select(LedgerEntry.actor)
        .where(*_conditions(school_id, Wanted(since=since, actions=SIGN_INS)))
        .group_by(LedgerEntry.actor)
        .having(times >= tries, or_(passed.is_(None), passed < failed))
        .order_by(LedgerEntry.actor)
    )
    return list((await db.execute(query)).scalars())


def _select(school_id: int, wanted: Wanted) -> Select[Any]:
    columns = LedgerEntry.actor, LedgerEntry.subject, LedgerEntry.detail
    return select(LedgerEntry.id, LedgerEntry.at, LedgerEntry.action, *columns).where(*_conditions(school_id, wanted))


def _conditions(school_id: int, wanted: Wanted) -> list[ColumnElement[bool] | TextClause]:
    found: list[ColumnElement[bool] | TextClause] = [LedgerEntry.school_id == school_id]
    if wanted.since is not None:
        found.append(LedgerEntry.at >= wanted.since)
    if wanted.until is not None:
        found.append(LedgerEntry.at < wanted.until)
    if wanted.party_id is not None or (wanted.actions is not None and SIGN_INS.isdisjoint(wanted.actions)):
        found.append(NOT_A_SIGN_IN)
    if wanted.actions is not None:
        found.append(LedgerEntry.action.in_(sorted(wanted.actions)))
    if wanted.who is not None:
        found.append(or_(LedgerEntry.actor == wanted.who, LedgerEntry.subject == wanted.who))
    if wanted.party_id is not None:
        # As text: SQLite takes a number out of JSON, PostgreSQL its digits.
        found.append(cast(LedgerEntry.detail["party"].as_string(), String) == str(wanted.party_id))
    return found
