"""A database and a store of its own for every test, on either storage."""

import asyncio
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from redis.asyncio import Redis

from idp.core import migrate
from idp.core.db import Database
from tests import servers

TEMPLATE = "poortwachter_template"


@dataclass
class Storage:
    """Where tests keep things. `fresh` gives (database URL, store URL or None) that nobody else uses."""

    folder: Path
    postgres: str | None = None
    valkey: str | None = None
    _count: "itertools.count[int]" = field(default_factory=itertools.count)

    async def fresh(self) -> tuple[str, str | None]:
        """An empty, migrated database, copied from one that was migrated once; the store emptied."""
        number = next(self._count)
        if self.postgres is None:
            path = self.folder / f"{number}.sqlite"
            shutil.copy(self.folder / "template.sqlite", path)
            return f"sqlite+aiosqlite:///{path}", None
        name = f"test_{os.getpid()}_{number}"
        connection = await asyncpg.connect(self._plain("postgres"))
        try:
            if number:
                await connection.execute(f'DROP DATABASE IF EXISTS "test_{os.getpid()}_{number - 1}" WITH (FORCE)')
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
        finally:
            await connection.close()
        async with Redis.from_url(self.valkey or "") as redis:
            await redis.flushdb()
        return self._url(name), self.valkey

    def prepare(self) -> None:
        """Migrates the template, once."""
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        if self.postgres is None:
            url = f"sqlite+aiosqlite:///{self.folder / 'template.sqlite'}"
        else:
            connection = await asyncpg.connect(self._plain("postgres"))
            await connection.execute(f'DROP DATABASE IF EXISTS "{TEMPLATE}" WITH (FORCE)')
            await connection.execute(f'CREATE DATABASE "{TEMPLATE}"')
            await connection.close()
            url = self._url(TEMPLATE)
        database = Database(url)
        await migrate.upgrade(database)
        await database.close()
        if self.postgres is None:
            # One file to copy: nothing may stay behind in the write-ahead log.
            (self.folder / "template.sqlite-wal").unlink(missing_ok=True)

    def _url(self, name: str) -> str:
        parts = urlsplit(self.postgres or "")
        return parts._replace(path=f"/{name}").geturl()

    def _plain(self, name: str) -> str:
        return self._url(name).replace("postgresql+asyncpg", "postgresql")


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Storage]:
    """The storage of one test run."""
    with ExitStack() as stack:
        if kind == "servers":
            postgres = stack.enter_context(servers.postgres(fsync=False))
            valkey = stack.enter_context(servers.valkey(append_only=False))
            storage = Storage(folder, str(postgres), str(valkey))
        else:
            storage = Storage(folder)
        storage.prepare()
        yield storage
