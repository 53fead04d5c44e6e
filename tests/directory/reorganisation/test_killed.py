"""kill -9 in the middle of a merger, at its last moment, and in the middle of undoing it: everything is as before, and trying again does it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from directory.lifecycle import reorganisation_asking, reorganisations
from directory.lifecycle.reorganisation_requests import Merger
from directory.models import Enrolment
from directory.schools import KnownSchool
from idp.core import floor
from idp.core.db import Database
from idp.core.floor import Floor
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory import eckids
from tests.directory.reorganisation import dying, world
from tests.stopping import own_database, program, stop_half_way

SECRET = "a secret of thirty-two characters or more"


@dataclass
class Merging:
    """Two schools of which everybody agreed that they become one."""

    floor: Floor
    clock: Clock
    number: int
    old: KnownSchool
    new: KnownSchool

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        async with self.floor.database.read() as db:
            return await world.everything(db)

    async def killed(self, ending: str, *, undo: bool = False) -> int | None:
        """Somebody came to do it and was killed; how the program ended."""
        number = f"-{self.number}" if undo else str(self.number)
        url, at = self.floor.settings.database_url, self.clock.now.isoformat()
        with program(dying.reorganise, url, SECRET, at, number, ending) as started:
            code, _ = await started.ended()
            return code

    async def do(self) -> None:
        async with self.floor.database.begin() as db:
            await reorganisations.carry_out(
                db, self.number, now=self.clock.now, by="test", keyring=self.floor.keyring, contact=world.CONTACT
            )


@pytest.fixture
async def merging(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Merging]:
    laid = await floor.lay(settings, clock=clock, database=database)
    yield await agreed(laid, clock)
    await laid.close()


async def agreed(laid: Floor, clock: Clock) -> Merging:
    """Two schools, and everybody's yes."""
    async with laid.database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        group = await world.group(db, old, "6a")
        for number in range(6):
            await eckids.add_pupil(db, old.id, f"Kind {number}", clock, group_id=group)
        await world.colleague(db, clock, old, "juf@oud.example", "teacher", group)
        made = await reorganisation_asking.ask(
            db,
            Merger((old.id,), new.id),
            by=world.HELPDESK,
            effective_on=None,
            now=clock.now,
            keyring=laid.keyring,
            contact=world.CONTACT,
        )
    return Merging(laid, clock, made, old, new)


async def test_a_merger_that_dies_never_was(merging: Merging) -> None:
    before = await merging.everything()
    for ending in ("statement:45", "commit:1"):
        assert await merging.killed(ending) == -9, ending
        assert await merging.everything() == before
    await merging.do()
    async with merging.floor.database.read() as db:
        where = (await db.execute(select(Enrolment.school_id))).scalars().all()
    assert where == [merging.new.id] * 6
    after = await merging.everything()
    for ending in ("statement:14", "commit:1"):
        assert await merging.killed(ending, undo=True) == -9, ending
        assert await merging.everything() == after
    # Nothing arranged to kill it: it undoes to its end.
    assert await merging.killed("statement:100000", undo=True) == 0
    assert await merging.everything() == before


async def test_a_database_killed_in_the_middle_of_a_merger_comes_back_as_it_was(
    settings: Settings, clock: Clock
) -> None:
    """A PostgreSQL of its own, with fsync, that stops without ceremony while the schools are half-way."""
    if settings.embedded:
        pytest.skip("the embedded database dies with its process")
    async with own_database() as server:
        laid = await floor.lay(
            settings.model_copy(update={"database_url": server.url, "secret_key": SECRET}), clock=clock
        )
        merging = await agreed(laid, clock)
        before = await merging.everything()
        await laid.database.engine.dispose()
        at, number = clock.now.isoformat(), str(merging.number)
        with program(dying.reorganise, server.url, SECRET, at, number, "stop:45") as waiting:
            assert await stop_half_way(server, waiting) == 1
        assert await merging.everything() == before
        await merging.do()
        async with laid.database.read() as db:
            where = (await db.execute(select(Enrolment.school_id))).scalars().all()
        assert where == [merging.new.id] * 6
        await laid.close()
