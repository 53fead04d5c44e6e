"""An empty database and store for every test, on either storage, and contents to begin from that were made once."""

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from redis import Redis
from sqlalchemy.pool import QueuePool

from idp.core import migrate
from idp.core.db import Database
from idp.core.hot_postgres import PostgresHot
from idp.core.hot_sqlite import SqliteHot
from tests import servers

DATABASE = f"poortwachter_test_{os.getpid()}"
BARE = f"{DATABASE}_bare"
_RELATIONS = "SELECT oid::regclass::text FROM pg_class WHERE relkind = '{}' AND relnamespace = 'public'::regnamespace"
_BUSY = f"""PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = '{DATABASE}' AND pid <> pg_backend_pid() AND state <> 'idle'"""
"""What an earlier test left in the middle of something; who only waits holds nothing up."""
POOL = 10
TIDIED_EVERY = 100
"""Tests. In between nothing is: rows then stand in the order in which they came, from the first test to the last."""
_UNCHECKED = "SET session_replication_role = replica"
"""Neither foreign keys nor the triggers of append-only tables: what goes and comes is whole."""


class Psql:
    """A connection to PostgreSQL that outlives the tests and their event loops: what it is asked is done when it answers."""

    def __init__(self, url: str, *, first: str = "") -> None:
        """Whenever it connects it says `first` first."""
        self._url = url
        self._first = first
        self._thread = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    def execute(self, statements: str) -> None:
        """Runs statements, on a server that may have been restarted since."""
        self._thread.submit(self._runner.run, self._execute(statements)).result()

    def fetch(self, question: str) -> list[asyncpg.Record]:
        """The rows of a question."""
        return self._thread.submit(self._runner.run, self._fetch(question)).result()

    def close(self) -> None:
        """Hangs up."""
        if self._connection is not None:
            self._connection.terminate()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    async def _open(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url)
            if self._first:
                await self._connection.execute(self._first)
        return self._connection

    async def _execute(self, statements: str) -> None:
        try:
            await (await self._open()).execute(statements)
        except (asyncpg.ConnectionDoesNotExistError, asyncpg.AdminShutdownError, OSError):
            self._connection = None
            await (await self._open()).execute(statements)

    async def _fetch(self, question: str) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await (await self._open()).fetch(question)
        return rows


class Lasting(Database):
    """A database that applications of many tests open, one after the other: connecting, and making each statement once more, would cost more than
    most of them do."""

    async def close(self) -> None:
        """Leaves what is idle connected, to PostgreSQL; where a test left something in the middle, or the file will be another, closes all of it."""
        if self.sqlite or self._lent:
            await self.end()

    async def end(self) -> None:
        """Closes every connection; what the statements became stays."""
        await super().close()
        self.hot = SqliteHot(str(self.engine.url.database)) if self.sqlite else PostgresHot(self.url, pool=POOL)

    @property
    def _lent(self) -> bool:
        """Whether somebody has a connection still."""
        pool, hot = self.engine.pool, self.hot
        lent = isinstance(pool, QueuePool) and pool.checkedout() > 0
        return lent or (isinstance(hot, PostgresHot) and hot._free_places + len(hot._idle) < POOL)


@dataclass
class Storage:
    """Where tests keep things. `fresh` gives (database URL, store URL or None), both empty, to one test at a time.

    On SQLite that is a new file. PostgreSQL takes 30 ms to make a database and one to empty it: there all tests share one, whose tables nobody may
    alter. `shared` has it open for all of them.
    """

    folder: Path
    postgres: str | None = None
    valkey: str | None = None
    shared: Database | None = None
    _count: "itertools.count[int]" = field(default_factory=itertools.count)
    _tables: list[str] = field(default_factory=list)
    _refill: dict[str, str] = field(default_factory=dict)
    _facts: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.postgres is not None:
            self._server, self._psql = Psql(self._plain("postgres")), Psql(self._plain(DATABASE), first=_UNCHECKED)
            self._store = Redis.from_url(self.valkey or "")

    @asynccontextmanager
    async def sharing(self) -> AsyncIterator[None]:
        """Has the database open, for many tests of one event loop, one after the other."""
        self.shared = lasting = Lasting(self._url(DATABASE), pool=POOL)
        yield
        self.shared = None
        await lasting.end()

    @asynccontextmanager
    async def opened(self, url: str) -> AsyncIterator[Database]:
        """The database that `fresh` gave, open."""
        database = self.shared or Database(url)
        yield database
        await database.close()

    def prepare(self) -> None:
        """Makes and migrates the database, once."""
        if self.postgres is not None:
            self._server.execute(f'CREATE DATABASE "{DATABASE}"')
        asyncio.run(_migrate(self._url(DATABASE)))
        if self.postgres is not None:
            self._tables = [table for (table,) in self._psql.fetch(_RELATIONS.format("r"))]
            self._psql.execute(
                ";".join(f"ALTER TABLE {table} SET (autovacuum_enabled = off)" for table in self._tables)
            )
            self.keep("migrated", None)
        else:
            shutil.copy(self._file, self.folder / "migrated.sqlite")

    def fresh(self, *, recalled: bool = False) -> tuple[str, str | None]:
        """An empty, migrated database and an empty store; `recalled`: nobody looks before `recall`, which empties what it fills."""
        if self.postgres is not None:
            if next(self._count) % TIDIED_EVERY == 0:
                self._psql.execute(";".join(self._emptied()))
                self._psql.execute("VACUUM")
            self._store.flushdb()
        if not recalled:
            self._fill("migrated")
        return self._url(DATABASE), self.valkey

    def bare(self) -> tuple[str, str | None]:
        """A database without tables, and an empty store."""
        if self.postgres is None:
            return f"sqlite+aiosqlite:///{self.folder}/bare-{next(self._count)}.sqlite", None
        self._drop(BARE)
        self._server.execute(f'CREATE DATABASE "{BARE}"')
        self._store.flushdb()
        return self._url(BARE), self.valkey

    def keep(self, name: str, facts: object) -> None:
        """Remembers under a name what the database holds, which nobody has open, and something to know about it."""
        if self.postgres is None:
            shutil.copy(self._file, self.folder / f"{name}.sqlite")
        else:
            self._refill[name] = self._copy(name)
        self._facts[name] = facts

    def recall(self, name: str) -> object | None:
        """Has the database that `fresh` gave hold what was kept under a name; what is known about it. If nothing was it is empty: None."""
        self._fill(name if name in self._facts else "migrated")
        return self._facts.get(name)

    def _fill(self, name: str) -> None:
        if self.postgres is None:
            self._pour(name)
        else:
            self._psql.execute(self._refill[name])

    def close(self) -> None:
        """Leaves nothing behind on a server that others use too."""
        if self.postgres is not None:
            self._psql.close()
            self._drop(DATABASE)
            self._drop(BARE)
            self._server.close()
            self._store.close()

    @property
    def _file(self) -> Path:
        return self.folder / "current.sqlite"

    def _pour(self, name: str) -> None:
        # Whoever still has the former file open goes on with that one.
        for kept in (self._file, *(self._file.with_name(f"{self._file.name}-{kind}") for kind in ("wal", "shm"))):
            kept.unlink(missing_ok=True)
        shutil.copy(self.folder / f"{name}.sqlite", self._file)

    def _copy(self, name: str) -> str:
        """Copies every table that is not empty into a schema of this name; the statement that makes the database like that again.

        It calls a function, whose statements PostgreSQL plans once: there are hundreds, and most find nothing to do.
        """
        self._psql.execute(f'CREATE SCHEMA "{name}"')
        statements = [_BUSY, *self._emptied()]
        for table in self._tables:
            if self._psql.fetch(f"SELECT FROM {table} LIMIT 1"):
                self._psql.execute(f'CREATE TABLE "{name}".{table} AS TABLE {table}')
                statements.append(f'INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM "{name}".{table}')
        for (sequence,) in self._psql.fetch(_RELATIONS.format("S")):
            [(value, used)] = self._psql.fetch(f"SELECT last_value, is_called FROM {sequence}")
            statements.append(f"PERFORM setval('{sequence}', {value}, {used})")
        body = ";\n".join(statements)
        self._psql.execute(
            f'CREATE FUNCTION "{name}".again() RETURNS void LANGUAGE plpgsql AS $again$ BEGIN {body}; END $again$'
        )
        return f'SELECT "{name}".again()'

    def _emptied(self) -> list[str]:
        return [f"DELETE FROM {table}" for table in self._tables]

    def _drop(self, name: str) -> None:
        self._server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _url(self, name: str) -> str:
        if self.postgres is None:
            return f"sqlite+aiosqlite:///{self._file}"
        return urlsplit(self.postgres)._replace(path=f"/{name}").geturl()

    def _plain(self, name: str) -> str:
        return self._url(name).replace("postgresql+asyncpg", "postgresql")


async def _migrate(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    await database.close()


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Storage]:
    """The storage of one test run."""
    with ExitStack() as stack:
        if kind == "servers":
            postgres = stack.enter_context(servers.postgres(fsync=False))
            valkey = stack.enter_context(servers.valkey(append_only=False))
            storage = Storage(folder, str(postgres), str(valkey))
        else:
            storage = Storage(folder)
        storage.prepare()
        try:
            yield storage
        finally:
            storage.close()
