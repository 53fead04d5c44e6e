"""The database: declarative classes as typed tables, Core statements on a connection, and a short way for the hot path.

There is no ORM session anywhere: `db` is an `AsyncConnection`. `Database.begin` is one write transaction, `Database.read` a read-only one.
`Database.hot` runs a prepared statement without SQLAlchemy (three times cheaper, see ADR 0002).
"""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from idp.core.errors import Unavailable
from idp.core.hot import Hot

if TYPE_CHECKING:
    import sqlite3

Db = AsyncConnection


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC, also on SQLite, which knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB, "postgresql")


class Base(DeclarativeBase):
    """The common metadata of all tables; constraint names are the same on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        int: BigId,
        str: String,
        bytes: LargeBinary,
        datetime: Moment,
        dict[str, Any]: Json,
        list[str]: Json,
    }


READ_BY_NAME: Final = {"_result_disable_adapt_to_context": True}
"""Rows are read by name and place, never by a column of the statement: to make each result know those costs a tenth of a page."""


class Database:
    """One engine and its hot path. Built by the roofs, closed by them."""

    def __init__(self, url: str, *, pool: int = 10, patience: float = 5) -> None:
        """`pool` connections; who finds none free waits `patience` seconds for one."""
        self.url = url
        self.sqlite = url.startswith("sqlite")
        if self.sqlite:
            from idp.core import errands

            options: dict[str, Any] = {"connect_args": {"async_creator_fn": errands.connect}}
        else:
            options = {"pool_size": pool, "max_overflow": 0, "pool_timeout": patience}
        # Parameters are names and addresses of people: they stay out of every error and log.
        self.engine: AsyncEngine = create_async_engine(
            url, hide_parameters=True, execution_options=READ_BY_NAME, **options
        )
        if self.sqlite:
            _own_file(_sqlite_path(url))
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        # SQLite takes the write lock at once, so that a read-then-write never fails half-way with "locked".
        self._writing = self.engine.execution_options(sqlite_begin="IMMEDIATE")
        # Without BEGIN and ROLLBACK around every look-up a page costs half of the round trips; SQLite needs no word for it.
        self._reading = self.engine if self.sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.hot: Hot = _hot(url, pool=pool)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Db]:
        """A write transaction: committed when the block ends, rolled back when it raises. Raises `Unavailable`."""
        async with _translated(), self._writing.begin() as db:
            yield db

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Db]:
        """A connection for reading; each statement sees what is committed when it begins. Raises `Unavailable`."""
        async with _translated(), self._reading.connect() as db:
            yield db

    async def close(self) -> None:
        """Closes every connection."""
        await self.hot.close()
        await self.engine.dispose()


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Turns "the database is away" into `Unavailable`; everything else passes."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise Unavailable("database", detail=type(error.orig).__name__) from error
    except DBAPIError as error:
        if error.connection_invalidated or _cannot_now(error):
            raise Unavailable("database", detail=type(error.orig).__name__) from error
        raise
    except (OSError, TimeoutError, NoConnectionFree) as error:
        raise Unavailable("database", detail=type(error).__name__) from error


def _cannot_now(error: DBAPIError) -> bool:
    """It answers, but cannot do its work now: a standby that only reads, a full disk, no room for one more connection."""
    code = str(getattr(error.orig, "sqlstate", None) or "")
    return code == "25006" or code.startswith("53")


def _hot(url: str, *, pool: int) -> Hot:
    # Whoever serves from the one has no use for the driver of the other (D43).
    if url.startswith("sqlite"):
        from idp.core.hot_sqlite import SqliteHot

        return SqliteHot(_sqlite_path(url))
    from idp.core.hot_postgres import PostgresHot

    return PostgresHot(url, pool=pool)


def _refuse_closed(connection: Any, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """A server that was away closed what the pool holds: then all of it is made anew, and nobody pays for it with an error."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def _prepare_sqlite(connection: "sqlite3.Connection", _entry: ConnectionPoolEntry) -> None:
    # The driver's own transaction control begins too late for BEGIN IMMEDIATE: switch it off.
    from idp.core.hot_sqlite import SQLITE_PRAGMAS

    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if how := connection.get_execution_options().get("sqlite_begin"):
        connection.exec_driver_sql(f"BEGIN {how}")


def absent(url: str) -> bool:
    """Whether this is the embedded database and its file does not exist; looking does not make it (D46)."""
    return url.startswith("sqlite") and not Path(_sqlite_path(url)).exists()


def _own_file(path: str) -> None:
    """Makes the file, if it is not there, readable by nobody else on the machine; what SQLite keeps beside it gets the same rights."""
    with contextlib.suppress(OSError):  # SQLite itself says best why a file cannot be
        if path and not path.startswith(":"):
            Path(path).touch(mode=0o600)


def _sqlite_path(url: str) -> str:
    return url.split("///", 1)[1]
