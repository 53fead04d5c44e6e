"""Which locations a file named (D13): what the coordinator chooses from, kept until the next file with locations."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from directory.imports import seen_locations
from directory.imports.records import Administration, LocationRecord
from directory.imports.seen_locations import MOST, Seen, named_in
from idp.core.db import Database
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory.desk import Desk, opened
from tests.directory.test_plan import file, pupil

EAST, WEST = LocationRecord("E", "Oost"), LocationRecord("W", "West")


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as found:
        yield found


async def read(desk: Desk, administration: Administration) -> list[Seen]:
    async with desk.floor.database.begin() as db:
        await seen_locations.remember(db, desk.school.id, administration, now=desk.now)
        return await seen_locations.of_school(db, desk.school.id)


def test_every_location_is_named_once_with_its_pupils() -> None:
    two = replace(file(pupil("1", location_key="W"), pupil("2", location_key="x"), pupil("3")), locations=(WEST, EAST))
    assert named_in(two) == (Seen("E", "Oost", 0), Seen("W", "West", 1), Seen("x", "", 1))
    assert named_in(file(pupil("1"))) == ()


def test_a_file_full_of_locations_is_kept_in_part() -> None:
    many = [pupil(str(n), location_key=f"{n:04}") for n in range(MOST + 20)]
    most = named_in(file(*many, pupil("a", location_key="0219"), pupil("b", location_key="k" * 257)))
    assert len(most) == MOST
    assert Seen("0219", "", 2) in most


async def test_the_last_file_with_locations_counts(desk: Desk) -> None:
    async with desk.floor.database.read() as db:
        assert await seen_locations.last(db, desk.school.id) is None
    one = replace(file(pupil("1", location_key="W")), locations=(EAST, WEST))
    assert await read(desk, one) == [Seen("E", "Oost", 0), Seen("W", "West", 1)]
    desk.now = desk.now.replace(hour=23)
    assert await read(desk, one) == [Seen("E", "Oost", 0), Seen("W", "West", 1)]
    async with desk.floor.database.read() as db:
        assert await seen_locations.last(db, desk.school.id) == desk.now
    assert await read(desk, replace(one, locations=(WEST,))) == [Seen("W", "West", 1)]
    assert await read(desk, file(pupil("1"))) == [Seen("W", "West", 1)], "a file that knows of none says nothing"
