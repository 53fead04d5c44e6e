"""Prepared statements without SQLAlchemy, for the three or four questions that every sign-in asks.

A `Statement` is written once in PostgreSQL's dialect with numbered parameters. What differs on SQLite is derived: `$1` becomes `?1`, row locks
disappear, because there the statement runs while the one write lock is held. A row is a tuple-like value addressed by position.
"""

import asyncio
import re
import sqlite3
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

import asyncpg

from idp.core.errors import Unavailable

Row = Sequence[Any]

# FULL: what was acknowledged survives a power cut. A second process (the CLI) may write beside us: wait for it.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT, and optionally the INSERT or UPDATE that must stand or fall with it.

    `select` is a full SELECT; `write` begins with INSERT INTO or UPDATE and reads from the select under the name `p`.
    On PostgreSQL both are one statement; the row is returned only if something was written.
    """

    select: str
    write: str | None = None

    @property
    def postgres(self) -> str:
        """The text for asyncpg."""
        if self.write is None:
            return self.select
        return f"WITH p AS MATERIALIZED ({self.select}), r AS ({self.write} RETURNING 1) SELECT p.* FROM p WHERE EXISTS (SELECT 1 FROM r)"  # noqa: S608

    @property
    def sqlite(self) -> tuple[str, str | None]:
        """The texts for SQLite, run one after the other inside one write transaction."""
        select = _sqlite_text(self.select)
        return select, None if self.write is None else f"WITH p AS ({select}) {_sqlite_text(self.write)} RETURNING 1"


def _sqlite_text(text: str) -> str:
    text = re.sub(r"\bFOR (NO KEY )?(SHARE|UPDATE)( OF \w+(, \w+)*)?( NOWAIT)?", "", text)
    text = re.sub(r"::\w+", "", text).replace("string_agg(", "group_concat(")
    return re.sub(r"\$(\d+)", r"?\1", text)


class Hot(Protocol):
    """The hot path of one database."""

    async def row(self, statement: Statement, *args: object) -> Row | None:
        """The first row, or None. Raises `Unavailable`."""

    async def rows(self, statement: Statement, *args: object) -> Sequence[Row]:
        """Every row of a statement that only reads. Raises `Unavailable`."""

    async def close(self) -> None:
        """Closes the connections."""


# The few statements are planned once per connection, not once per sign-in; none is long enough for compiling it to pay.
HOT_SETTINGS = {"application_name": "poortwachter", "plan_cache_mode": "force_generic_plan", "jit": "off"}

LONGEST_SECONDS = 5
"""For a connection, for an answer, and for a place among those who ask."""

PAUSES_FOR_A_LOCK = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0)
"""Seconds between two tries for a row that another transaction is changing; each try sees everything anew."""


class PostgresHot:
    """A few connections of asyncpg's, beside SQLAlchemy's; every statement commits by itself.

    Kept here and not by asyncpg's pool: single statements leave nothing behind that would have to be reset, and asking for a connection in
    that pool costs more than a third of a question (ADR 2).
    """

    def __init__(self, url: str, *, pool: int) -> None:
        self._dsn = url.replace("postgresql+asyncpg://", "postgresql://")
        self._free_places = pool
        self._idle: list[asyncpg.Connection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._texts: dict[Statement, str] = {}

    async def row(self, statement: Statement, *args: object) -> Row | None:
        async with _translated():
            text = self._text(statement)
            for pause in PAUSES_FOR_A_LOCK:
                connection = await self._take()
                try:
                    found: Row | None = await connection.fetchrow(text, *args)
                except asyncpg.LockNotAvailableError:
                    # Somebody is changing what we ask about. Waiting inside the statement would judge the rest by what was true before.
                    self._give_back(connection)
                    await asyncio.sleep(pause)
                except BaseException:
                    self._drop(connection)
                    raise
                else:
                    self._give_back(connection)
                    return found
            raise TimeoutError

    async def rows(self, statement: Statement, *args: object) -> Sequence[Row]:
        async with _translated():
            connection = await self._take()
            try:
                found: Sequence[Row] = await connection.fetch(self._text(statement), *args)
            except BaseException:
                self._drop(connection)
                raise
            self._give_back(connection)
            return found

    def _text(self, statement: Statement) -> str:
        text = self._texts.get(statement)
        if text is None:
            text = self._texts[statement] = statement.postgres
        return text

    async def _take(self) -> asyncpg.Connection:
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._free_places += 1
            if self._free_places > 0:
                return await self._connect()
            await self._wait()

    async def _connect(self) -> asyncpg.Connection:
        self._free_places -= 1
        try:
            return await asyncpg.connect(
                self._dsn, timeout=LONGEST_SECONDS, command_timeout=LONGEST_SECONDS, server_settings=HOT_SETTINGS
            )
        except BaseException:
            self._free_places += 1
            self._wake_one()
            raise

    async def _wait(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                # Whoever was woken and could not come wakes the next.
                self._wake_one()
            raise

    def _give_back(self, connection: asyncpg.Connection) -> None:
        self._idle.append(connection)
        if self._waiting:
            self._wake_one()

    def _drop(self, connection: asyncpg.Connection) -> None:
        """An error leaves no connection in doubt: the next question opens a fresh one."""
        connection.terminate()
        self._free_places += 1
        self._wake_one()

    def _wake_one(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    async def close(self) -> None:
        while self._idle:
            connection = self._idle.pop()
            self._free_places += 1
            await connection.close(timeout=LONGEST_SECONDS)


class _translated:  # noqa: N801 - reads as a statement; a class, because a generator costs four microseconds a query
    """Turns "the database is away" into `Unavailable`; everything else passes."""

    __slots__ = ()

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, _AWAY):
            raise Unavailable("database", detail=type(error).__name__) from error


_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    # It answers, but cannot do its work now: a standby that only reads, a full disk, no room for one more connection.
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InsufficientResourcesError,
)


class SqliteHot:
    """Two connections of our own. Reads run in the event loop (a few microseconds; in WAL mode no writer holds them up); writes wait for
    the disk, so they have a thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._texts: dict[Statement, tuple[str, str | None]] = {}

    async def row(self, statement: Statement, *args: object) -> Row | None:
        values = [to_sqlite(arg) for arg in args]
        select, write = self._text(statement)
        try:
            if write is None:
                row: Row | None = self._read(select, values).fetchone()
                return row
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, select, write, values)
        except sqlite3.OperationalError as error:
            raise Unavailable("database", detail=type(error).__name__) from error

    async def rows(self, statement: Statement, *args: object) -> Sequence[Row]:
        try:
            return self._read(self._text(statement)[0], [to_sqlite(arg) for arg in args]).fetchall()
        except sqlite3.OperationalError as error:
            raise Unavailable("database", detail=type(error).__name__) from error

    def _read(self, select: str, values: list[object]) -> sqlite3.Cursor:
        if self._reader is None:
            self._reader = _connect(self._path)
        return self._reader.execute(select, values)

    def _text(self, statement: Statement) -> tuple[str, str | None]:
        texts = self._texts.get(statement)
        if texts is None:
            texts = self._texts[statement] = statement.sqlite
        return texts

    def _write(self, select: str, write: str, values: list[object]) -> Row | None:
        if self._writer is None:
            self._writer = _connect(self._path)
        db = self._writer
        db.execute("BEGIN IMMEDIATE")
        try:
            row: Row | None = db.execute(select, values).fetchone()
            if row is not None and db.execute(write, values).fetchone() is None:
                row = None
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        return row

    async def close(self) -> None:
        self._thread.shutdown(wait=True)
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=64)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    return connection


def to_sqlite(value: object) -> object:
    """A value as SQLAlchemy's SQLite dialect would store it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value
