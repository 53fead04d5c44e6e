"""Deleting what was kept long enough (D40), some rows at a time: nobody waits for a purge, and one that is killed has lost one portion's work."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, column, delete, inspect, select, table, tuple_

from idp.core.db import Base, Db, Moment

PORTION: Final = 5_000
"""So many rows at most in one transaction."""

_RUNS: Final = table("job_runs", column("id"), column("job"), column("ended_at", Moment), column("error"))
"""The rows of a room above this one, read by name."""


async def delete_some(db: Db, table: type[Base], *over: ColumnElement[bool], most: int) -> int:
    """Deletes at most so many of the rows for which all of that holds, the first by their key first; returns how many."""
    key = inspect(table).primary_key
    these = select(*key).where(*over).order_by(*key).limit(most)
    return (await db.execute(delete(table).where(tuple_(*key).in_(these)))).rowcount


async def last_whole(db: Db) -> datetime | None:
    """When the night's purge last came to its end, everything whose term was over having gone; None where it never did (D40)."""
    whole = _RUNS.c.job == "retention", _RUNS.c.ended_at.is_not(None), _RUNS.c.error.is_(None)
    return (await db.execute(select(_RUNS.c.ended_at).where(*whole).order_by(_RUNS.c.id.desc()).limit(1))).scalar()
