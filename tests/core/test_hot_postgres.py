"""The connections of the hot path: who gets which, and what happens when the server ends them (ADR 2)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from idp.core.db import Database
from idp.core.errors import Unavailable
from idp.core.hot import Statement
from idp.core.hot_postgres import PostgresHot
from tests.core.test_hot import ONCE, READ, seeded

EVERY = Statement("SELECT v.name FROM versions v ORDER BY v.name")


@pytest.fixture
async def postgres(database: Database) -> str:
    """Where the database is."""
    if database.sqlite:
        pytest.skip("SQLite is never far away, and has two connections and no places")
    return (await seeded(database)).url


@asynccontextmanager
async def opened(url: str, *, pool: int) -> AsyncIterator[PostgresHot]:
    """A hot path that is closed whatever happens."""
    hot = PostgresHot(url, pool=pool)
    try:
        yield hot
    finally:
        await hot.close()


async def test_a_connection_goes_to_who_waits_longest_and_not_to_who_asks_again(postgres: str) -> None:
    answered = ""

    async def asks(who: str, times: int) -> None:
        nonlocal answered
        for _ in range(times):
            await hot.rows(EVERY)
            answered += who

    async with opened(postgres, pool=1) as hot:
        await asyncio.gather(asks("a", 3), asks("b", 1), asks("c", 2))
    assert answered == "abcaca"


async def test_what_was_handed_to_somebody_who_went_away_goes_to_the_next(postgres: str) -> None:
    async def asks() -> None:
        await hot.rows(EVERY)
        goes.cancel()

    async with opened(postgres, pool=1) as hot:
        first = asyncio.create_task(asks())
        goes, last = (asyncio.create_task(hot.rows(EVERY)) for _ in range(2))
        await asyncio.wait([first, goes, last])
    assert goes.cancelled()
    assert [row[0] for row in last.result()] == ["a", "b"]


@asynccontextmanager
async def saying_farewell(postgres: str, *, pool: int) -> AsyncIterator[tuple[PostgresHot, Callable[..., None]]]:
    """A hot path, and what says farewell to all its connections in the server's name; none of them is closed. After a farewell for good it gets no
    others.
    """
    there = urlsplit(postgres)
    askers: list[asyncio.StreamWriter] = []

    async def carries(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        askers.append(writer)
        from_there, to_there = await asyncio.open_connection(there.hostname, there.port)
        ways = (reader, to_there), (from_there, writer)
        await asyncio.gather(*(_carry(*way) for way in ways), return_exceptions=True)

    def says_farewell(*, for_good: bool = False) -> None:
        last_word = b"SFATAL\0C57P01\0Mterminating connection\0\0"
        for asker in askers:
            asker.write(b"E" + (len(last_word) + 4).to_bytes(4) + last_word)
        askers.clear()
        if for_good:
            between.close()

    async with await asyncio.start_server(carries, "127.0.0.1", 0) as between:
        here = f"{there.username}:{there.password}@127.0.0.1:{between.sockets[0].getsockname()[1]}"
        async with opened(there._replace(netloc=here).geturl(), pool=pool) as hot:
            await asyncio.gather(*(hot.rows(EVERY) for _ in range(pool)))
            yield hot, says_farewell


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def _heard() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def _written(hot: PostgresHot, number: int) -> bool:
    """Whether so many can write at once, each on a connection of his own."""
    return all(await asyncio.gather(*(hot.row(ONCE, "a", f"made {n}", 0) for n in range(number))))


@pytest.mark.parametrize("question", [(READ, "a"), (EVERY,)], ids=["of one", "of all"])
async def test_who_reads_is_answered_over_a_fresh_connection_where_the_server_has_ended_all(
    postgres: str, question: tuple[Statement, *tuple[object, ...]]
) -> None:
    """Between the server's last word to a connection that nobody uses and its closing asyncpg takes a question for a mistake of ours."""
    async with saying_farewell(postgres, pool=3) as (hot, says_farewell):
        says_farewell()
        await _heard()
        assert await hot.row(*question) is not None
        assert await _written(hot, 3), "nobody meets the others that ended"


async def test_who_writes_is_not_asked_for_again(postgres: str) -> None:
    async with saying_farewell(postgres, pool=3) as (hot, says_farewell):
        says_farewell()
        await _heard()
        with pytest.raises(Unavailable):
            await hot.row(ONCE, "a", "made", 0)
        assert await hot.row(READ, "made") is None
        assert await _written(hot, 3), "nobody meets the others that ended"


async def test_where_no_fresh_connection_can_be_had_the_database_is_away(postgres: str) -> None:
    async with saying_farewell(postgres, pool=1) as (hot, says_farewell):
        says_farewell(for_good=True)
        await _heard()
        for _ in range(3):
            with pytest.raises(Unavailable):
                await hot.row(READ, "a")


TOGETHER = Statement("SELECT v.name, 'ended' FROM versions v WHERE v.name = $1")
ALONE = Statement("SELECT v.name, 'ended' FROM versions v ORDER BY v.name")
END_ALL = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%''ended'' FROM versions%'"""


async def _end_all(postgres: str) -> int:
    """How many it ended."""
    operator = await asyncpg.connect(postgres.replace("+asyncpg", ""))
    try:
        ended: int = await operator.fetchval(END_ALL)
        return ended
    finally:
        await operator.close()


async def test_nobody_who_reads_notices_that_the_server_ends_all_connections(postgres: str) -> None:
    """Neither those who go together nor those who wait for a place."""
    ended = 0

    async def asks(hot: PostgresHot, over: asyncio.Event, statement: Statement, *args: object) -> None:
        while not over.is_set():
            assert await hot.row(statement, *args) is not None
        for _ in range(5):
            assert await hot.row(statement, *args) is not None

    async with opened(postgres, pool=4) as hot:
        for _ in range(10):
            over = asyncio.Event()
            everybody = [asks(hot, over, TOGETHER, "a") for _ in range(20)] + [asks(hot, over, ALONE) for _ in range(8)]
            asking = asyncio.gather(*everybody, return_exceptions=True)
            await hot.row(ALONE)
            try:
                ended += await _end_all(postgres)
            finally:
                over.set()
            assert not any(await asking)
    assert ended >= 10
