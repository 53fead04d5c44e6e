"""The whole application for tests: the real one, on either storage, with a clock that the test moves.

`--storage=embedded` (the default) is SQLite and the in-process store; `--storage=servers` is a real PostgreSQL and a real Valkey.
"""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import uvloop
from hypothesis import settings as examples
from sqlalchemy import Engine, event

from idp.core.db import Database
from idp.core.settings import Settings
from tests import compiled
from tests import storage as storages
from tests.clock import Clock
from tests.house import House, open_house, settings_on
from tests.servers import memory
from tests.storage import Storage
from tests.together import touches_storage

# Each commit of an embedded database waits for the disk, and the tests make a hundred thousand: where there is room they write to memory.
if place := memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))

# Half of what is usual, where a test says nothing else: a journey of many steps, or a reader that fuzzing goes on with by the hour. How long an
# example may take says more of who else uses the machine than of what is tested.
examples.register_profile("suite", parent=examples(), max_examples=50, deadline=None)
examples.load_profile("suite")

event.listen(Engine, "engine_connect", compiled.remember)

# Each handler would write down every request, and there are a hundred thousand.
logging.getLogger("httpx2").setLevel(logging.WARNING)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--storage", choices=("embedded", "servers"), default="embedded", help="which storage to test on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the servers only what touches storage runs: the rest has nothing to do with them and runs on the embedded storage."""
    if config.getoption("--storage") != "servers":
        return
    touching = [item for item in items if touches_storage(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in touching])
    items[:] = touching


def pytest_collection_finish() -> None:
    """What was loaded and collected stays to the end: nobody looks through it for rubbish again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def storage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """The storage of this run; `storage.fresh()` gives addresses."""
    with storages.opened(request.config.getoption("--storage"), tmp_path_factory.mktemp("storage")) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    """A school morning that stands still until it is moved."""
    return Clock()


@pytest.fixture(scope="session")
async def shared(storage: Storage) -> AsyncIterator[None]:
    """Connecting, and planning each statement once more, would cost more than most tests do."""
    async with storage.sharing():
        yield


@pytest.fixture
async def settings(request: pytest.FixtureRequest, storage: Storage) -> Settings:
    """Settings of an installation whose hashes cost next to nothing."""
    return settings_on(*storage.fresh(recalled="house" in request.fixturenames)).model_copy()


@pytest.fixture
async def database(settings: Settings, storage: Storage, shared: None) -> AsyncIterator[Database]:
    """The empty, migrated database of these settings, open."""
    async with storage.opened(settings.database_url) as opened:
        yield opened


@pytest.fixture
async def house(settings: Settings, storage: Storage, shared: None, clock: Clock) -> AsyncIterator[House]:
    """The application, seeded and started; one per test."""
    async with open_house(settings, clock, storage) as opened:
        yield opened


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that serves people too."""
    return {"uvloop": uvloop.new_event_loop}
