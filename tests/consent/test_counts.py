"""Old release records become numbers, and nothing is counted twice or lost on the way (D40)."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select

from consent import counts
from consent.counts import Counted
from consent.models import Release, ReleaseCount
from idp.core.clock import AMSTERDAM
from idp.core.db import Database

LIMIT = datetime(2026, 3, 17, 9, tzinfo=UTC)


def record(at: datetime, *, school: int = 1, party: int = 2, asked: int = 3, ticked: int = 4) -> dict[str, Any]:
    who = {"person_id": 77, "grant_id": None, "ground": "public-task", "connection_id": 1, "wire": "oidc"}
    return {"at": at, "school_id": school, "party_id": party, "asked_set_id": asked, "ticked_set_id": ticked, **who}


async def written(database: Database, *records: dict[str, Any]) -> None:
    async with database.begin() as db:
        for one in records:
            await db.execute(insert(Release).values(**one))


async def counted(database: Database, *, most: int = 1000) -> int:
    async with database.begin() as db:
        return await counts.count_old(db, before=LIMIT, most=most)


async def numbers(database: Database) -> dict[tuple[Any, ...], int]:
    async with database.read() as db:
        return {tuple(row[:5]): row[5] for row in await db.execute(select(ReleaseCount.__table__))}


async def left(database: Database) -> list[datetime]:
    async with database.read() as db:
        return list((await db.execute(select(Release.at).order_by(Release.id))).scalars())


async def test_a_number_per_school_month_party_and_fields_is_left(database: Database) -> None:
    february, march = datetime(2026, 2, 10, 8, tzinfo=UTC), datetime(2026, 3, 2, 8, tzinfo=UTC)
    rows = [record(february), record(february), record(march), record(march, party=9), record(march, asked=8)]
    await written(database, *rows, record(march, school=5), record(march, ticked=6))
    assert await counted(database) == 7
    assert await numbers(database) == {
        (1, date(2026, 2, 1), 2, 3, 4): 2,
        (1, date(2026, 3, 1), 2, 3, 4): 1,
        (1, date(2026, 3, 1), 9, 3, 4): 1,
        (1, date(2026, 3, 1), 2, 8, 4): 1,
        (5, date(2026, 3, 1), 2, 3, 4): 1,
        (1, date(2026, 3, 1), 2, 3, 6): 1,
    }
    assert await left(database) == []
    async with database.read() as db:
        assert await counts.of_school(db, 1) == [Counted(date(2026, 3, 1), 4), Counted(date(2026, 2, 1), 2)]
        assert await counts.of_school(db, 1, most=1) == [Counted(date(2026, 3, 1), 4)]
        assert await counts.of_school(db, 2) == []


async def test_no_column_of_what_is_left_could_name_a_person() -> None:
    columns = {column.name for column in ReleaseCount.__table__.columns}
    assert columns == {"school_id", "month", "party_id", "asked_set_id", "ticked_set_id", "count"}


async def test_the_month_is_amsterdams(database: Database) -> None:
    """In winter the month begins an hour before UTC's, in summer two."""
    winter, summer = datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2025, 6, 30, 22, tzinfo=UTC)
    second = timedelta(seconds=1)
    await written(database, record(summer - second), record(summer), record(winter - second), record(winter))
    assert await counted(database) == 4
    months = {key[1]: number for key, number in (await numbers(database)).items()}
    assert months == {date(2025, month, 1): 1 for month in (6, 7)} | {date(2026, month, 1): 1 for month in (1, 2)}


async def test_what_is_younger_stays(database: Database) -> None:
    second = timedelta(seconds=1)
    await written(database, record(LIMIT - second), record(LIMIT), record(LIMIT + second))
    assert await counted(database) == 1
    assert await left(database) == [LIMIT, LIMIT + second]
    assert await counted(database) == 0


moments = st.integers(0, 120).map(lambda days: LIMIT - timedelta(days=100) + timedelta(days=days))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(moments, st.integers(1, 2)), max_size=20), st.integers(1, 7))
async def test_portion_by_portion_the_numbers_are_those_of_the_records(
    database: Database, made: list[tuple[datetime, int]], most: int
) -> None:
    """Whatever the portions: what was counted and what is left are together what there was. Clocks of two processes differ a little."""
    async with database.begin() as db:
        await db.execute(delete(Release))
        await db.execute(delete(ReleaseCount))
    made.sort()
    await written(database, *(record(at, school=school) for at, school in made))
    rounds = 0
    while await counted(database, most=most) >= most:
        rounds += 1
        assert rounds <= len(made)
    old = [(at, school) for at, school in made if at < LIMIT]
    told = Counter((school, at.astimezone(AMSTERDAM).date().replace(day=1)) for at, school in old)
    assert {(key[0], key[1]): number for key, number in (await numbers(database)).items()} == told
    assert await left(database) == [at for at, _ in made if at >= LIMIT]


async def test_two_at_work_count_nothing_twice(database: Database) -> None:
    await written(database, *(record(LIMIT - timedelta(hours=hours)) for hours in range(1, 40)))
    assert sum(await asyncio.gather(*(counted(database, most=20) for _ in range(4)))) == 39
    assert sum((await numbers(database)).values()) == 39
    assert await left(database) == []


async def test_a_record_whose_clock_was_behind_goes_when_its_turn_comes(database: Database) -> None:
    """Written after a younger one: it waits until that one is old, and is not lost."""
    await written(database, record(LIMIT + timedelta(seconds=2)), record(LIMIT - timedelta(seconds=2)))
    assert await counted(database) == 0
    async with database.begin() as db:
        assert await counts.count_old(db, before=LIMIT + timedelta(minutes=1), most=10) == 2
        assert (await db.execute(select(func.sum(ReleaseCount.count)))).scalar_one() == 2
