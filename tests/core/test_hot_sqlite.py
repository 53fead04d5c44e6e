"""Who writes on SQLite while another does goes with all who wait, in one transaction (ADR 16)."""

import asyncio
import sqlite3
import time
from urllib.parse import urlsplit

import pytest

from idp.core.db import Database
from idp.core.errors import Unavailable
from idp.core.hot import Statement
from idp.core.hot_sqlite import SQLITE_PRAGMAS, SqliteHot
from idp.core.together import FIRST_TURNS
from tests.core.test_hot import ONCE, READ, WRITE, seeded


@pytest.fixture
async def beside(database: Database) -> sqlite3.Connection:
    """Another process at the same file."""
    if not database.sqlite:
        pytest.skip("on PostgreSQL those who write go together by another way")
    await seeded(database)
    connection = sqlite3.connect(urlsplit(database.url).path, isolation_level=None, check_same_thread=False)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    return connection


async def test_many_are_written_in_few_commits(database: Database, beside: sqlite3.Connection) -> None:
    beside.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    rows = await asyncio.gather(*(database.hot.row(WRITE, "a", f"name {number}", 0) for number in range(40)))
    assert [row[1] for row in rows if row is not None] == [f"name {number}" for number in range(40)]
    ((_, pages, _),) = beside.execute("PRAGMA wal_checkpoint(PASSIVE)")
    assert pages < 20, "each commit writes one page and more"


async def test_what_one_is_refused_is_nobody_elses_business(database: Database, beside: sqlite3.Connection) -> None:
    asked = [("a", "one", 0), ("a", "b", 0), ("b", "two", 5), ("a", object(), 0), ("a", "three", 0)]
    rows = await asyncio.gather(*(database.hot.row(WRITE, *args) for args in asked), return_exceptions=True)
    assert isinstance(rows[1], sqlite3.IntegrityError)
    assert isinstance(rows[3], sqlite3.Error)
    assert [rows[place] for place in (0, 2, 4)] == [(7, "one"), None, (7, "three")]
    names = {name for (name,) in beside.execute("SELECT name FROM versions")}
    assert names == {"a", "b", "one", "three"}


async def test_nobody_is_answered_before_the_commit_that_holds_his_row(
    database: Database, beside: sqlite3.Connection
) -> None:
    for round_ in ("first", "second"):  # the first one connects
        beside.execute("BEGIN IMMEDIATE")
        asking = [asyncio.create_task(database.hot.row(ONCE, "a", f"{round_} {number}", 0)) for number in range(8)]
        began = time.monotonic()
        await asyncio.sleep(0)
        assert await database.hot.row(READ, "a") is not None
        assert time.monotonic() - began < 2, "who only reads waits for nobody"
        done, _ = await asyncio.wait(asking, timeout=0.2)
        assert not done
        beside.execute("COMMIT")
        assert None not in await asyncio.gather(*asking)


async def test_who_gave_up_before_his_turn_writes_nothing(database: Database, beside: sqlite3.Connection) -> None:
    beside.execute("BEGIN IMMEDIATE")
    first, *others = [asyncio.create_task(database.hot.row(ONCE, "a", name, 0)) for name in ("one", "two", "three")]
    await asyncio.sleep(0)
    others[0].cancel()
    beside.execute("COMMIT")
    assert None not in await asyncio.gather(first, others[1])
    assert await database.hot.row(READ, "two") is None


async def test_a_sum_too_large_is_one_askers_error(database: Database, beside: sqlite3.Connection) -> None:
    too_large = Statement(
        "SELECT abs($2) AS number FROM versions v WHERE v.name = $1",
        "INSERT INTO versions (name, number) SELECT 'sum', p.number FROM p",
    )
    asked = [database.hot.row(ONCE, "a", name, 0) for name in ("one", "two", "three")]
    asked.insert(2, database.hot.row(too_large, "a", -(2**63)))
    rows = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(row, Unavailable) for row in rows] == [False, False, True, False]
    assert {name for (name,) in beside.execute("SELECT name FROM versions")} == {"a", "b", "one", "two", "three"}


async def test_what_undoes_the_work_of_all_is_told_to_all(database: Database, beside: sqlite3.Connection) -> None:
    beside.execute(
        "CREATE TRIGGER undoes BEFORE INSERT ON versions WHEN NEW.name = 'worst' BEGIN SELECT RAISE(ROLLBACK, 'no'); END"
    )
    names = ("one", "worst", "two")
    rows = await asyncio.gather(*(database.hot.row(ONCE, "a", name, 0) for name in names), return_exceptions=True)
    beside.execute("DROP TRIGGER undoes")
    there = {name for (name,) in beside.execute("SELECT name FROM versions")}
    assert all(isinstance(row, Exception) for row in rows)
    assert there == {"a", "b"}, "nobody behind him writes alone"
    assert await database.hot.row(ONCE, "a", "after", 0) is not None


async def test_who_waits_while_it_closes_is_told(database: Database, beside: sqlite3.Connection) -> None:
    hot = SqliteHot(urlsplit(database.url).path)
    asking = [asyncio.create_task(hot.row(ONCE, "a", "one", 0))]
    for _ in range(2 * FIRST_TURNS):
        await asyncio.sleep(0)
    asking += [asyncio.create_task(hot.row(ONCE, "a", name, 0)) for name in ("two", "three")]
    await asyncio.sleep(0)
    await hot.close()
    async with asyncio.timeout(5):
        rows = await asyncio.gather(*asking, hot.row(ONCE, "a", "late", 0), return_exceptions=True)
    assert [isinstance(row, Unavailable) for row in rows] == [False, True, True, True]
    assert {name for (name,) in beside.execute("SELECT name FROM versions")} == {"a", "b", "one"}


async def test_a_database_that_cannot_do_its_work_is_away_for_all_who_ask(
    database: Database, beside: sqlite3.Connection
) -> None:
    beside.execute("ALTER TABLE versions RENAME TO elsewhere")
    asking = (database.hot.row(ONCE, "a", name, 0) for name in ("one", "two", "three"))
    rows = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(row) for row in rows] == [Unavailable] * 3
    beside.execute("ALTER TABLE elsewhere RENAME TO versions")
    assert await database.hot.row(ONCE, "a", "after", 0) is not None
