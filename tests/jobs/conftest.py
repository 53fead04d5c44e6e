"""A shift to work in: the floor on either storage, under a clock that the test moves."""

from collections.abc import AsyncIterator

import pytest

from idp.core import floor
from idp.core.db import Database
from idp.core.settings import Settings
from idp.jobs.shift import Shift
from tests.clock import Clock


@pytest.fixture
async def shift(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Shift]:
    laid = await floor.lay(settings, clock=clock, seconds=clock.seconds, database=database)
    yield Shift(laid, ("cat", "dog", "owl", "frog"))
    await laid.close()
