"""Deleting what was kept long enough (D40), some rows at a time: nobody waits for a purge, and one that is killed has lost one portion's work."""

from typing import Final

from sqlalchemy import ColumnElement, delete, inspect, select, tuple_

from idp.core.db import Base, Db

PORTION: Final = 5_000
"""So many rows at most in one transaction."""


async def delete_some(db: Db, table: type[Base], *over: ColumnElement[bool], most: int) -> int:
    """Deletes at most so many of the rows for which all of that holds, the first by their key first; returns how many."""
    key = inspect(table).primary_key
    these = select(*key).where(*over).order_by(*key).limit(most)
    return (await db.execute(delete(table).where(tuple_(*key).in_(these)))).rowcount
