"""A PostgreSQL of its own, with fsync, that stops without ceremony while a program is half-way."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from idp.core import migrate
from idp.core.db import Database
from tests import servers
from tests.jobs.dying import HALF_WAY
from tests.servers import Server


@asynccontextmanager
async def own_database() -> AsyncIterator[Server]:
    """Empty and migrated."""
    with servers.postgres_server(fsync=True) as server:
        database = Database(server.url)
        await migrate.upgrade(database)
        await database.close()
        yield server


async def stop_half_way(server: Server, program: subprocess.Popen[str]) -> None:
    """Waits until the program says that it is half-way, stops and starts the server, and lets the program go on to whatever end it has."""
    assert program.stdout is not None
    assert (await asyncio.to_thread(program.stdout.readline)).strip() == HALF_WAY
    server.stop()
    server.start()
    await asyncio.to_thread(program.communicate, "go on\n")
