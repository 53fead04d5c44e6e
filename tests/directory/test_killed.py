"""kill -9 in the middle of an import or of undoing one: the school is as before, or as after, and the next try finishes."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

import pytest

from idp.core.db import Database
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory import dying
from tests.directory.desk import Desk, opened
from tests.directory.dying import TOLD
from tests.directory.test_apply import FIRST
from tests.stopping import Program, own_database, program, stop_half_way

SECRET = "a secret of thirty-two characters or more"


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as desk:
        await desk.receive(FIRST)
        yield desk


def process(desk: Desk, act: str, moment: str, ending: str) -> AbstractContextManager[Program]:
    """Somebody who comes to do it and will not come to the end."""
    return program(dying.change, desk.floor.settings.database_url, SECRET, act, moment, ending)


@pytest.mark.parametrize(
    ("act", "moment"), [("receive", "10"), ("receive", "24"), ("receive", "commit"), ("undo", "14")]
)
async def test_a_killed_import_was_never_there(desk: Desk, act: str, moment: str) -> None:
    run = await desk.take(TOLD) if act == "undo" else None
    before, states = await desk.whole(), await desk.states()
    with process(desk, act, moment, "die") as started:
        assert await started.ended() == (-9, "")
    assert (await desk.whole(), await desk.states()) == (before, states)
    if run is None:
        assert (await desk.receive(TOLD)).state == "applied"
    else:
        await desk.undo(run)
    assert await desk.whole() != before
    assert (await desk.receive(TOLD if run is None else FIRST)).state == "nothing"


async def test_an_import_that_was_finished_is_there_whoever_dies_next(desk: Desk) -> None:
    with process(desk, "receive", "never", "die") as started:
        assert await started.ended() == (0, "")
    assert (await desk.receive(TOLD)).state == "nothing"


async def test_a_database_killed_in_the_middle_of_an_import_comes_back_as_it_was(desk: Desk, clock: Clock) -> None:
    """A PostgreSQL of its own, with fsync, that stops without ceremony while the import is half-way."""
    if desk.floor.database.sqlite:
        pytest.skip("the embedded database dies with its process")
    async with own_database() as server:
        chosen = Settings(
            _env_file=None, base_url="https://inloggen.example", database_url=server.url, secret_key=SECRET
        )
        async with opened(chosen, clock) as here:
            await here.receive(FIRST)
            before = await here.whole()
            with process(here, "receive", "20", "stop") as waiting:
                assert await stop_half_way(server, waiting) == 1
            await here.floor.database.engine.dispose()
            assert await here.whole() == before
            assert (await here.receive(TOLD)).state == "applied"
