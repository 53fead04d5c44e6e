"""One transaction at a time, all of it or nothing; moments are aware; a database that is away says so (D26)."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import NoSuchColumnError

from idp.core.db import Database, absent
from idp.core.errors import Unavailable
from idp.core.hot import Statement
from idp.core.models import Mail, Version
from tests.clock import Clock
from tests.listening import NOWHERE
from tests.storage import Storage


async def names(database: Database) -> list[str]:
    async with database.read() as db:
        return list(
            (await db.execute(select(Version.name).where(Version.name != "keys").order_by(Version.name))).scalars()
        )


async def test_what_a_block_writes_is_there_after_it(database: Database) -> None:
    async with database.begin() as db:
        await db.execute(insert(Version).values(name="one", number=1))
    assert await names(database) == ["one"]


async def test_rows_know_names_and_places_and_no_columns(database: Database) -> None:
    """The option that spares a tenth of a page is SQLAlchemy's own: should it go, this says so."""
    async with database.begin() as db:
        await db.execute(delete(Version))
        await db.execute(insert(Version).values(name="one", number=7))
    async with database.read() as db:
        for _ in range(2):  # the second time the statement is known, and its result would be made to know it
            column = Version.number.label("many")
            row = (await db.execute(select(column).order_by(Version.name))).one()
            assert row.many == row[0] == 7
    with pytest.raises(NoSuchColumnError):
        row._mapping[column]


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    async def write_and_fail() -> None:
        async with database.begin() as db:
            await db.execute(insert(Version).values(name="one", number=1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    assert await names(database) == []


async def test_writers_wait_for_one_another(database: Database) -> None:
    async def raise_it() -> None:
        async with database.begin() as db:
            number = (
                await db.execute(select(Version.number).where(Version.name == "n").with_for_update())
            ).scalar_one()
            await db.execute(update(Version).where(Version.name == "n").values(number=number + 1))

    async with database.begin() as db:
        await db.execute(insert(Version).values(name="n", number=1))
    await asyncio.gather(*(raise_it() for _ in range(15)))
    async with database.read() as db:
        assert (await db.execute(select(Version.number).where(Version.name == "n"))).scalar_one() == 16


async def test_moments_come_back_as_the_same_moment_in_utc(database: Database, clock: Clock) -> None:
    summer = clock.now.astimezone(timezone(timedelta(hours=2)))
    row = {"recipient": "a@b.example", "subject": "s", "body": "b", "created_at": summer, "next_attempt_at": summer}
    async with database.begin() as db:
        await db.execute(insert(Mail).values(**row))
        found = (await db.execute(select(Mail.created_at).where(Mail.next_attempt_at <= clock.now))).scalar_one()
    assert found == clock.now
    assert found.utcoffset() == timedelta(0)
    [by_hot] = await database.hot.rows(
        Statement("SELECT id FROM mails WHERE next_attempt_at <= $1"), datetime.now(UTC) + timedelta(days=3650)
    )
    assert by_hot[0]


@pytest.mark.parametrize("way", ["begin", "read", "hot"])
async def test_a_database_that_is_away_is_unavailable(way: str) -> None:
    database = Database(f"postgresql+asyncpg://nobody:nothing@{NOWHERE}/nowhere")

    async def ask() -> None:
        if way == "hot":
            await database.hot.row(Statement("SELECT 1"))
        else:
            async with getattr(database, way)() as db:
                await db.exec_driver_sql("SELECT 1")

    with pytest.raises(Unavailable) as away:
        await ask()
    assert (away.value.code, away.value.status) == ("database.unavailable", 503)
    assert "nothing" not in str(away.value), "no password in a message"
    await database.close()


async def test_no_free_connection_is_unavailable_too(storage: Storage) -> None:
    url, redis_url = storage.fresh()
    if redis_url is None:
        pytest.skip("the embedded database opens as many connections as it needs")
    database = Database(url, pool=1, patience=0.05)
    async with database.begin():
        with pytest.raises(Unavailable):
            async with database.begin():
                raise AssertionError("there was a second connection")
    await database.close()


def test_looking_for_a_database_does_not_make_one(tmp_path: Path) -> None:
    path = tmp_path / "idp.sqlite"
    assert absent(f"sqlite+aiosqlite:///{path}")
    assert not path.exists()
    path.touch()
    assert not absent(f"sqlite+aiosqlite:///{path}")
    assert not absent("postgresql+asyncpg://x/y")


async def test_a_statement_on_the_embedded_database_is_one_errand_to_its_thread(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With all its rows; to begin and to end a look takes none."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/idp.sqlite")
    async with database.read() as db:
        await db.execute(text("SELECT 1"))
    with caplog.at_level(logging.DEBUG, "aiosqlite"):
        async with database.read() as db:
            assert (await db.execute(text("VALUES (1), (2)"))).scalars().all() == [1, 2]
            assert (await db.execute(text("VALUES (3)"))).scalar_one() == 3
    assert [record.getMessage().split()[0] for record in caplog.records].count("executing") == 2
    await database.close()
