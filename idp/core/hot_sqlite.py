"""The hot path on SQLite."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

from idp.core.errors import Unavailable
from idp.core.hot import Row, Statement
from idp.core.together import FIRST_TURNS, TURNS, Company, after_turns

PATIENT, AT_ONCE = "PRAGMA busy_timeout=5000", "PRAGMA busy_timeout=0"
# FULL: what was acknowledged survives a power cut. A second process (the CLI) may write beside us: wait for it.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    PATIENT,
)


@dataclass(frozen=True, slots=True)
class _Asker:
    select: str
    write: str
    values: Sequence[object]
    turn: asyncio.Future[Row | None]


class SqliteHot:
    """Two connections of our own. Reads run in the event loop (a few microseconds; in WAL mode no writer holds them up), and so does what is written;
    the commit waits for the disk, so it has a thread, and everything while another process writes. Who asks for a write while another is under
    way, or some turns of the event loop before it, is written with all who wait, in one transaction (ADR 16)."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._writing = False
        self._closed = False
        self._waiting: list[_Asker] = []
        self._texts: dict[Statement, tuple[str, str | None]] = {}

    async def row(self, statement: Statement, *args: object) -> Row | None:
        values = [to_sqlite(arg) for arg in args]
        select, write = self._text(statement)
        try:
            if write is None:
                row: Row | None = self._read(select, values).fetchone()
                return row
            return await self._written(select, write, values)
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

    async def _written(self, select: str, write: str, values: Sequence[object]) -> Row | None:
        turn: asyncio.Future[Row | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asker(select, write, values, turn))
        if not self._writing:
            self._writing = True
            after_turns(FIRST_TURNS, self._write)
        return await turn

    def _write(self) -> None:
        """For all who wait and have not given up."""
        askers = [asker for asker in self._waiting if not asker.turn.done()]
        self._waiting.clear()
        self._writing = bool(askers) and not self._closed
        if self._closed:
            _tell(askers, [Unavailable("database", detail="closed")] * len(askers))
        elif askers:
            errand = asyncio.get_running_loop().run_in_executor(self._thread, self._errand(askers))
            errand.add_done_callback(partial(self._committed, askers))

    def _errand(self, askers: Sequence[_Asker]) -> Callable[[], list[Row | Exception | None]]:
        """What the thread is to do for them: mostly the commit only."""
        if self._writer is not None:
            # Where another process writes, or the database cannot do its work, nothing is begun: the thread finds out which.
            with contextlib.suppress(Exception):
                return partial(_commit, self._writer, _written(self._writer, askers))
        return partial(self._all_of_it, askers)

    def _all_of_it(self, askers: Sequence[_Asker]) -> list[Row | Exception | None]:
        """In the thread: as long as it takes."""
        db = self._writer = self._writer or _connect(self._path)
        db.execute(PATIENT)
        try:
            return _commit(db, _written(db, askers))
        finally:
            db.execute(AT_ONCE)

    def _committed(self, askers: Sequence[_Asker], errand: "asyncio.Future[list[Row | Exception | None]]") -> None:
        failed = errand.exception()
        _tell(askers, errand.result() if failed is None else [failed] * len(askers))
        after_turns(TURNS, self._write)

    def expect(self, _company: Company) -> None:
        """Nobody is waited for: who is on his way comes within some turns."""

    async def close(self) -> None:
        self._closed = True
        self._thread.shutdown(wait=True)
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None


def _tell(askers: Sequence[_Asker], answers: Sequence[Row | BaseException | None]) -> None:
    for asker, answer in zip(askers, answers, strict=True):
        if asker.turn.done():
            continue
        if isinstance(answer, BaseException):
            asker.turn.set_exception(answer)
        else:
            asker.turn.set_result(answer)


def _written(db: sqlite3.Connection, askers: Sequence[_Asker]) -> list[Row | Exception | None]:
    """Each as if alone, one after the other, in one transaction that is still open. Raises `sqlite3.Error`; then there is none."""
    db.execute("BEGIN IMMEDIATE")
    try:
        return [_answer(db, asker) for asker in askers]
    except BaseException:
        _undo(db)
        raise


def _commit(db: sqlite3.Connection, answers: list[Row | Exception | None]) -> list[Row | Exception | None]:
    """The answers, once the disk has what they say. Raises `sqlite3.Error`; then nothing was written."""
    try:
        db.execute("COMMIT")
    except BaseException:
        _undo(db)
        raise
    return answers


def _undo(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")


def _answer(db: sqlite3.Connection, asker: _Asker) -> Row | Exception | None:
    """His row, or what is wrong with his question: that has left nothing behind, since one statement writes, and is nobody else's business. Raises
    `sqlite3.Error` where it is: the database cannot do its work, or undid that of all."""
    try:
        row: Row | None = db.execute(asker.select, asker.values).fetchone()
        return row if row is not None and db.execute(asker.write, asker.values).fetchone() is not None else None
    except (sqlite3.Error, OverflowError, TypeError, ValueError) as refused:
        if not db.in_transaction or _is_away(refused):
            raise
        return refused


def _is_away(failed: Exception) -> bool:
    """Whether it is the database that fails: it is busy, or its disk is full. A sum too large is one asker's error, though of the same class."""
    return isinstance(failed, sqlite3.OperationalError) and failed.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR


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
