"""After a split the administration of the school that was split goes on telling of those who went: nobody comes back a second time."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from directory.imports.models import MovedKey
from directory.lifecycle import moved_keys
from directory.lifecycle.reorganisation_requests import Split
from directory.models import Group, Person
from idp.core.db import Database
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory.desk import Desk, opened
from tests.directory.reorganisation import world
from tests.directory.reorganisation.test_undo_after_imports import other_school, whole
from tests.directory.test_plan import colleague, file, pupil

TOLD = file(
    pupil("a", first_name="Aad"),
    pupil("b", first_name="Bea", group_key="g4"),
    colleague("m1", groups=("g3", "g4")),
    colleague("m2", groups=("g3",), email="mee@school.example"),
)


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as desk:
        yield desk


async def split(desk: Desk, clock: Clock) -> int:
    """Group 3 goes to another account."""
    target = await other_school(desk)
    async with desk.floor.database.begin() as db:
        third = (await db.execute(select(Group.id).where(Group.las_key == "g3"))).scalar_one()
        return await world.carried_out(db, clock, Split(desk.school.id, {str(third): target.school.id}))


async def persons(desk: Desk) -> int:
    [row] = await desk.rows(func.count(Person.id))
    return int(row[0])


async def test_whom_a_split_took_elsewhere_is_a_doubt_and_nobody_new(desk: Desk, clock: Clock) -> None:
    await desk.receive(TOLD)
    known = await persons(desk)
    await split(desk, clock)
    desk.later(days=1)
    run = await desk.receive(TOLD)
    assert run.state == "nothing"
    assert [(one["about"], one["key"], one["reason"]) for one in run.doubts["doubts"]] == [
        ("pupil", "a", "moved_away"),
        ("staff", "m2", "moved_away"),
    ]
    assert run.counts["eckids"]["of"] == 1
    assert await persons(desk) == known
    groups = await desk.rows(Group.las_key, where=[Group.school_id == desk.school.id, Group.kind == "stamgroep"])
    assert [row.las_key for row in groups] == ["g4"]


async def test_a_newcomer_in_a_group_that_went_gets_the_group_and_both_are_undone(desk: Desk, clock: Clock) -> None:
    await desk.receive(TOLD)
    async with desk.floor.database.read() as db:
        before = await whole(db, desk.school.id)
    made = await split(desk, clock)
    desk.later(days=1)
    run = await desk.receive(replace(TOLD, pupils=(*TOLD.pupils, pupil("c", first_name="Cas"))))
    assert (run.state, run.counts["pupils"]["new"], run.counts["groups"]["new"]) == ("applied", 1, 1)
    await desk.undo(run)
    clock.move(days=1)
    async with desk.floor.database.begin() as db:
        await world.undone(db, clock, made)
        assert await whole(db, desk.school.id) == before
    desk.later(days=1)
    assert (await desk.receive(TOLD)).state == "nothing"


async def test_the_keys_of_those_who_went_are_forgotten_in_time_and_with_the_split(desk: Desk, clock: Clock) -> None:
    await desk.receive(TOLD)
    made = await split(desk, clock)
    assert len(await desk.rows(MovedKey.las_key)) == 2
    async with desk.floor.database.begin() as db:
        assert await moved_keys.purge(db, before=clock.now, most=9) == 0
        await world.undone(db, clock, made)
    assert await desk.rows(MovedKey.las_key) == []
    await split_again(desk, clock)
    clock.move(days=1)
    async with desk.floor.database.begin() as db:
        assert await moved_keys.purge(db, before=clock.now, most=9) == 2


async def split_again(desk: Desk, clock: Clock) -> None:
    async with desk.floor.database.begin() as db:
        third = (await db.execute(select(Group.id).where(Group.las_key == "g3"))).scalar_one()
        target = await world.school(db, clock, "De Derde", "97XX")
        await world.carried_out(db, clock, Split(desk.school.id, {str(third): target.id}))
