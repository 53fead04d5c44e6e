"""A school with a coordinator, for every test of this folder that asks for it."""

import pytest

from idp.core.db import Database
from tests.clock import Clock
from tests.directory.lifecycle.staffroom import Staffroom, open_staffroom


@pytest.fixture
async def room(database: Database, clock: Clock) -> Staffroom:
    """School 99XX with `ict`, its one coordinator."""
    return await open_staffroom(database, clock)
