"""The hot path on PostgreSQL."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import asyncpg

from idp.core.errors import Unavailable
from idp.core.hot import Row, Statement
from idp.core.together import PATIENCE, Args, Company, Gathered, Rows, for_many

Answer = TypeVar("Answer")

# The few statements are planned once per connection, not once per sign-in; none is long enough for compiling it to pay. Each looks up by key, and
# must go on doing so when a table that was small at the time of the plan has grown.
HOT_SETTINGS = {
    "application_name": "poortwachter",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # For what another transaction holds he comes back alone who asked for it; nobody who goes with him waits for that.
    "lock_timeout": "50ms",
}

LONGEST_SECONDS = 5
"""For a connection, for an answer, and for a place among those who ask."""

PAUSES_FOR_A_LOCK = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0)
"""Seconds between two tries for a row that another transaction is changing; each try sees everything anew."""


class PostgresHot:
    """A few connections of asyncpg's, beside SQLAlchemy's; every statement commits by itself.

    Kept here and not by asyncpg's pool: single statements leave nothing behind that would have to be reset, and asking for a connection in
    that pool costs more than a third of a question (ADR 2).
    """

    def __init__(self, url: str, *, pool: int, patience: float = PATIENCE) -> None:
        self._dsn = url.replace("postgresql+asyncpg://", "postgresql://")
        self._free_places = pool
        self._idle: list[asyncpg.Connection] = []
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._texts: dict[Statement, str] = {}
        self._texts_for_many: dict[Statement, str] = {}
        self._gathered: Gathered[Statement] = Gathered(self._one, self._many, patience=patience)

    async def row(self, statement: Statement, *args: object) -> Row | None:
        rows = await self.rows(statement, *args)
        return rows[0] if rows else None

    async def rows(self, statement: Statement, *args: object) -> Rows:
        try:
            if statement.write is None:
                return await (self._gathered.rows(statement, args) if args else self._one(statement, args))
            if statement.together is None:
                return await self._one(statement, args)
            return await self._gathered.rows(statement, args, key=statement.together.key(args))
        except asyncpg.LockNotAvailableError:
            return await self._again(statement, args)

    async def _again(self, statement: Statement, args: Args) -> Rows:
        """Somebody is changing what we ask about. Waiting inside the statement would judge the rest by what was true before."""
        for pause in PAUSES_FOR_A_LOCK:
            await asyncio.sleep(pause)
            with suppress(asyncpg.LockNotAvailableError):
                return await self._one(statement, args)
        raise Unavailable("database", detail="lock")

    async def _one(self, statement: Statement, args: Args) -> Rows:
        text = self._texts.get(statement)
        if text is None:
            text = self._texts[statement] = statement.postgres
        async with _translated():
            return await self._ask(asyncpg.Connection.fetch, text, *args, reads=statement.write is None)

    async def _many(self, statement: Statement, askers: Sequence[Args]) -> list[list[Row]]:
        found: list[list[Row]] = [[] for _ in askers]
        async with _translated():
            text = self._texts_for_many.get(statement) or await self._prepare_for_many(statement)
            arrays = map(list, zip(*askers, strict=True))
            for row in await self._ask(asyncpg.Connection.fetch, text, *arrays, reads=statement.write is None):
                found[row[-1] - 1].append(row[:-1])
        return found

    async def _prepare_for_many(self, statement: Statement) -> str:
        """The database says of which types the parameters are."""
        alone = await self._ask(asyncpg.Connection.prepare, statement.postgres, reads=True)
        types = [kind.name for kind in alone.get_parameters()]
        text = for_many(statement.select, statement.write, statement.together, types)
        self._texts_for_many[statement] = text
        return text

    async def _ask(self, ask: Callable[..., Awaitable[Answer]], *args: object, reads: bool) -> Answer:
        """Asks on a connection, and where that one turns out to have ended once more on a fresh one, if nothing can have been written."""
        connection = await self._take()
        try:
            try:
                answer = await ask(connection, *args)
            except Exception as failed:
                if not _has_ended(connection, failed):
                    raise
                self._drop_idle()
                if not reads:
                    raise
                connection.terminate()
                connection = await self._open()
                answer = await ask(connection, *args)
        except asyncpg.LockNotAvailableError:
            self._hand_on(connection)
            raise
        except BaseException:
            self._drop(connection)
            raise
        self._hand_on(connection)
        return answer

    async def _take(self) -> asyncpg.Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._free_places += 1
        if self._free_places > 0:
            self._free_places -= 1
            return await self._connect()
        handed = await self._wait()
        return await self._connect() if handed is None or handed.is_closed() else handed

    async def _connect(self) -> asyncpg.Connection:
        """On a place that is ours."""
        try:
            return await self._open()
        except BaseException:
            self._hand_on(None)
            raise

    async def _open(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            self._dsn, timeout=LONGEST_SECONDS, command_timeout=LONGEST_SECONDS, server_settings=HOT_SETTINGS
        )

    async def _wait(self) -> asyncpg.Connection | None:
        """What whoever leaves hands on, in the order in which they came: who comes at that moment is behind those who wait."""
        turn: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._hand_on(turn.result())
            raise

    def _drop(self, connection: asyncpg.Connection) -> None:
        """An error leaves no connection in doubt: the next question opens a fresh one."""
        connection.terminate()
        self._hand_on(None)

    def _drop_idle(self) -> None:
        """Where one has ended the others have too, though the end of some may not have come through yet."""
        while self._idle:
            self._drop(self._idle.pop())

    def _hand_on(self, connection: asyncpg.Connection | None) -> None:
        """A connection, or the place of one, to who waits longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is None:
            self._free_places += 1
        else:
            self._idle.append(connection)

    def expect(self, company: Company) -> None:
        self._gathered.company = company

    async def close(self) -> None:
        while self._idle:
            connection = self._idle.pop()
            self._free_places += 1
            await connection.close(timeout=LONGEST_SECONDS)


def _has_ended(connection: asyncpg.Connection, failed: Exception) -> bool:
    """Whether it failed because the connection is no more. One that keeps us waiting may be there, and so may what it was told."""
    return isinstance(failed, _ENDED) or (connection.is_closed() and not isinstance(failed, TimeoutError))


_ENDED = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    # The server has said farewell, and the end has not come through yet.
    asyncpg.InternalClientError,
)


class _translated:  # noqa: N801 - reads as a statement; a class, because a generator costs four microseconds a query
    """Turns "the database is away" into `Unavailable`; everything else passes."""

    __slots__ = ()

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, _AWAY):
            raise Unavailable("database", detail=type(error).__name__) from error


_AWAY = (
    *_ENDED,
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    # It answers, but cannot do its work now: a standby that only reads, a full disk, no room for one more connection.
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InsufficientResourcesError,
)
