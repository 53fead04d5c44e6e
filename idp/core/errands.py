"""SQLite's driver as SQLAlchemy sees it, with one errand to the thread of a connection for each statement.

The driver has one for each part of it: to make a cursor, to run, to fetch and to close. Each wakes a thread and is waited for, which takes longer
than most statements do.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import aiosqlite


class Cursor:
    """Runs one statement after the other; when one was run all its rows are here, and SQLite is done with it."""

    description: Any = None
    rowcount = -1
    lastrowid: int | None = None
    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Runs a statement."""
        await self._connection.errand(partial(self._run, sqlite3.Cursor.execute, statement, values))

    async def executemany(self, statement: str, values: Iterable[Sequence[Any]]) -> None:
        """Runs a statement once for each of the values."""
        await self._connection.errand(partial(self._run, sqlite3.Cursor.executemany, statement, values))

    def _run(self, run: Callable[..., object], statement: str, values: Any, sqlite: sqlite3.Connection) -> None:
        with closing(sqlite.cursor()) as cursor:
            run(cursor, statement, values)
            self._rows = cursor.fetchall()
            # How many rows were changed is known when all that come back were read.
            self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid

    async def fetchall(self) -> Sequence[Any]:
        """The rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """There is nothing left to close."""


class Connection(aiosqlite.Connection):
    """A connection whose cursors are those above."""

    def cursor(self) -> Any:
        return Cursor(self)

    async def errand(self, what: Callable[[sqlite3.Connection], None]) -> None:
        """Has the thread of this connection do something, and waits."""
        await self._execute(what, self._conn)  # type: ignore[no-untyped-call]

    async def rollback(self) -> None:
        """Ends what was begun; where nothing was, there is no errand."""
        if self.in_transaction:
            await super().rollback()


def connect(path: str, **options: Any) -> Connection:
    """A connection that opens when it is awaited."""
    connection = Connection(partial(sqlite3.connect, path, **options), 1)
    # As SQLAlchemy has it: a connection that nobody closed holds up no end.
    connection._thread.daemon = True
    return connection
