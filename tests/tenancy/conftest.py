"""The houses in which every route is asked for."""

from collections.abc import AsyncIterator

import pytest

from tests.clock import Clock
from tests.house import open_house, settings_on
from tests.storage import Storage
from tests.tenancy.neighbours import Neighbours, settle
from tests.upstreams.kit import settings_for


@pytest.fixture(scope="module")
async def beside(storage: Storage, shared: None) -> AsyncIterator[Neighbours]:
    """One house for all of these: nothing in it changes anything that another one looks at."""
    async with open_house(settings_for(storage), Clock(), storage) as house:
        yield await settle(house)


@pytest.fixture(scope="module")
async def before_doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Neighbours]:
    """As `beside`, with storage of its own, the same in each run: for thousands of requests that all end at a closed door, behind the same few
    look-ups of who somebody is. Those are asked on both storages by everybody who gets in, and by the first test with `beside`."""
    path = tmp_path_factory.mktemp("doors") / "house.sqlite"
    async with open_house(settings_on(f"sqlite+aiosqlite:///{path}", None), Clock()) as house:
        yield await settle(house)
