"""The handful of resources that almost every function of the product needs, made once by the roofs."""

import time
from dataclasses import dataclass
from datetime import datetime

from idp.core import clock, keyring, migrate, settings
from idp.core.clock import Clock
from idp.core.crypto import Keyring
from idp.core.db import Database
from idp.core.settings import Settings
from idp.core.store import MemoryStore, MonotonicClock, Store


@dataclass(frozen=True, slots=True)
class Floor:
    """Settings, database, store, open data keys and the clock of one process."""

    settings: Settings
    database: Database
    store: Store
    keyring: Keyring
    clock: Clock

    @property
    def now(self) -> datetime:
        """The present moment by this process's clock."""
        return self.clock()

    async def close(self) -> None:
        """Closes what holds connections."""
        await self.store.close()
        await self.database.close()


async def lay(
    chosen: Settings,
    *,
    workers: int = 1,
    clock: Clock = clock.utc_now,
    seconds: MonotonicClock = time.monotonic,
    database: Database | None = None,
) -> Floor:
    """Connects (to a `database` that is open already, if one is given) and checks everything; on the embedded default it migrates by itself (D46).

    Raises `Misconfigured`, `Unavailable`.
    """
    settings.refuse_unsafe(chosen, workers=workers)
    database = database or Database(chosen.database_url, pool=chosen.database_pool)
    store = _store(chosen, seconds)
    try:
        database.hot.expect(store.after_next)
        if chosen.embedded:
            await migrate.upgrade_if_behind(database)
        else:
            await migrate.require_newest(database)
        await store.check()
        keys = await keyring.load(database, chosen.secrets, now=clock())
    except BaseException:
        await store.close()
        await database.close()
        raise
    return Floor(chosen, database, store, keys, clock)


def _store(chosen: Settings, seconds: MonotonicClock) -> Store:
    if chosen.redis_url is None:
        return MemoryStore(seconds)
    # Imported here, so that the embedded default does not carry a client (D43).
    from idp.core.valkey import RedisStore

    return RedisStore(chosen.redis_url)
