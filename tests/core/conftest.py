"""The parts of the floor one by one, on the storage of this run."""

from collections.abc import AsyncIterator

import pytest

from idp.core.store import MemoryStore, Store
from idp.core.valkey import RedisStore
from tests.clock import Clock
from tests.storage import Storage


@pytest.fixture
async def store(storage: Storage, clock: Clock) -> AsyncIterator[Store]:
    """An empty store: the process's own memory, or the real server of this run."""
    _, redis_url = storage.fresh()
    made: Store = RedisStore(redis_url) if redis_url else MemoryStore(clock.seconds)
    yield made
    await made.close()
