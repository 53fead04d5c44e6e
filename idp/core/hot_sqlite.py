"""The hot path on SQLite."""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

from idp.core.errors import Unavailable
from idp.core.hot import Row, Statement

# FULL: what was acknowledged survives a power cut. A second process (the CLI) may write beside us: wait for it.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
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
