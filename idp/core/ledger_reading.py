"""A school's own part of the ledger, and never another's. People appear by their ledger id only, as they were written (D40)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from idp.core.db import Db
from idp.core.models import LedgerEntry


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened at a school. `by` and `subject` are ledger ids, `operator:cli` or `system`."""

    id: int
    at: datetime
    action: str
    by: str
    subject: str | None
    detail: dict[str, Any]


async def of_school(
    db: Db, school_id: int, *, since: datetime | None = None, until: datetime | None = None
) -> Sequence[Entry]:
    """The entries of one school in the order in which they were written, from `since` to before `until`."""
    columns = LedgerEntry.actor, LedgerEntry.subject, LedgerEntry.detail
    query = select(LedgerEntry.id, LedgerEntry.at, LedgerEntry.action, *columns)
    query = query.where(LedgerEntry.school_id == school_id)
    if since is not None:
        query = query.where(LedgerEntry.at >= since)
    if until is not None:
        query = query.where(LedgerEntry.at < until)
    return [Entry(*row) for row in await db.execute(query.order_by(LedgerEntry.id))]
