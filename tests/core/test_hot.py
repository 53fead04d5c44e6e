"""Prepared statements: written once for PostgreSQL, the same on SQLite; a row only where the INSERT happened (D9, ADR 2)."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.core.db import Database
from idp.core.hot import Statement

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
