"""Prepared statements: written once for PostgreSQL, the same on SQLite; a row only where the INSERT happened (D9, ADR 2)."""

import asyncio
import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.core.db import Database
from idp.core.errors import Unavailable
from idp.core.hot import Statement
from idp.core.hot_postgres import PostgresHot

READ = Statement("SELECT v.name, v.number FROM versions v WHERE v.name = $1")
WRITE = Statement(
    "SELECT v.number, $2::text AS made FROM versions v WHERE v.name = $1 AND v.number >= $3::bigint FOR SHARE OF v",
    "INSERT INTO versions (name, number) SELECT p.made, p.number FROM p",
)
ONCE = Statement(WRITE.select, f"{WRITE.write} WHERE true ON CONFLICT (name) DO NOTHING")


async def seeded(database: Database) -> Database:
    async with database.begin() as db:
        await db.exec_driver_sql("DELETE FROM versions")
        await db.exec_driver_sql("INSERT INTO versions (name, number) VALUES ('a', 7), ('b', 1)")
    return database


async def test_the_first_row_all_rows_or_none(database: Database) -> None:
    hot = (await seeded(database)).hot
    row = await hot.row(READ, "a")
    assert row is not None
    assert tuple(row) == ("a", 7)
    assert await hot.row(READ, "z") is None
    every = Statement("SELECT v.name FROM versions v WHERE v.number >= $1 ORDER BY v.name")
    assert [row[0] for row in await hot.rows(every, 0)] == ["a", "b"]
    assert list(await hot.rows(every, 100)) == []


async def test_a_row_means_that_the_insert_happened(database: Database) -> None:
    hot = (await seeded(database)).hot
    row = await hot.row(WRITE, "a", "made of a", 5)
    assert row is not None
    assert tuple(row) == (7, "made of a")
    assert await hot.row(READ, "made of a") is not None
    assert await hot.row(WRITE, "b", "made of b", 5) is None
    assert await hot.row(READ, "made of b") is None


async def test_of_many_at_once_one_inserts_and_one_gets_the_row(database: Database) -> None:
    hot = (await seeded(database)).hot
    rows = await asyncio.gather(*(hot.row(ONCE, "a", "once", 0) for _ in range(12)))
    assert sum(row is not None for row in rows) == 1


async def test_what_an_insert_refuses_leaves_nothing_half_done(database: Database) -> None:
    hot = (await seeded(database)).hot
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        await hot.row(WRITE, "a", "b", 0)
    row = await hot.row(READ, "b")
    assert row is not None
    assert row[1] == 1
    assert await hot.row(WRITE, "a", "after", 0) is not None, "the connection goes on"


EVERY = Statement("SELECT v.name FROM versions v ORDER BY v.name")


async def test_a_connection_goes_to_who_waits_longest_and_not_to_who_asks_again(database: Database) -> None:
    if database.sqlite:
        pytest.skip("SQLite has two connections and no places")
    await seeded(database)
    hot, answered = PostgresHot(database.url, pool=1), ""

    async def asks(who: str, times: int) -> None:
        nonlocal answered
        for _ in range(times):
            await hot.rows(EVERY)
            answered += who

    await asyncio.gather(asks("a", 3), asks("b", 1), asks("c", 2))
    await hot.close()
    assert answered == "abcaca"


async def test_what_was_handed_to_somebody_who_went_away_goes_to_the_next(database: Database) -> None:
    if database.sqlite:
        pytest.skip("SQLite has two connections and no places")
    await seeded(database)
    hot = PostgresHot(database.url, pool=1)

    async def asks() -> None:
        await hot.rows(EVERY)
        goes.cancel()

    first = asyncio.create_task(asks())
    goes, last = (asyncio.create_task(hot.rows(EVERY)) for _ in range(2))
    await asyncio.wait([first, goes, last])
    await hot.close()
    assert goes.cancelled()
    assert [row[0] for row in last.result()] == ["a", "b"]


async def test_a_connection_that_was_told_of_the_end_and_still_stands_is_a_database_that_is_away(
    database: Database,
) -> None:
    """Between the server's last word to a connection that nobody uses and its closing asyncpg takes a question for a mistake of ours."""
    if database.sqlite:
        pytest.skip("SQLite is never far away")
    await seeded(database)
    there = urlsplit(database.url)
    asking: list[asyncio.StreamWriter] = []

    async def carries(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asking.append(writer)
        from_there, to_there = await asyncio.open_connection(there.hostname, there.port)
        ways = (reader, to_there), (from_there, writer)
        await asyncio.gather(*(_carry(*way) for way in ways), return_exceptions=True)

    async with await asyncio.start_server(carries, "127.0.0.1", 0) as between:
        port = between.sockets[0].getsockname()[1]
        hot = PostgresHot(there._replace(netloc=f"{there.username}:{there.password}@127.0.0.1:{port}").geturl(), pool=1)
        assert await hot.row(READ, "a") is not None
        last_word = b"SFATAL\0C57P01\0Mterminating connection\0\0"
        asking[0].write(b"E" + (len(last_word) + 4).to_bytes(4) + last_word)
        for _ in range(3):
            await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await hot.row(READ, "a")
        assert await hot.row(READ, "a") is not None, "over a fresh connection"
        await hot.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


def test_what_differs_on_sqlite_is_derived() -> None:
    select, insert = WRITE.sqlite
    assert "$" not in select
    assert "::" not in select
    assert "FOR SHARE" not in select
    assert "?3" in select
    assert insert is not None
    assert insert.startswith("WITH p AS (SELECT")
    assert READ.sqlite[1] is None


@given(numbers=st.lists(st.integers(1, 14), min_size=1, max_size=14))
def test_numbered_parameters_keep_their_numbers(numbers: list[int]) -> None:
    text = " ".join(f"x = ${number}::text AND" for number in numbers)
    assert [int(n) for n in re.findall(r"\?(\d+)", Statement(text).sqlite[0])] == numbers
