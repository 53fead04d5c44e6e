"""Programs that die or stop half-way in a process of their own, and a PostgreSQL that stops without ceremony meanwhile."""

import asyncio
import atexit
import multiprocessing
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, Final

from sqlalchemy import text

import idp.tables
from idp.core import migrate
from idp.core.db import Database
from tests import servers
from tests.servers import Server

HALF_WAY: Final = "half-way"
PATIENCE: Final = 60
READ_ONCE: Final = ("tests.jobs.dying", "tests.directory.dying", "tests.directory.reorganisation.dying", "pytest")
"""What the process has read of which every program begins as a copy: reading it takes ten times as long as a program lives."""

Waits = Callable[[], None]
"""Says that the program is half-way, and returns when it may go on."""
Act = Callable[..., Coroutine[Any, Any, None]]
"""What a program does: with how to wait, and its words."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that was started and will not come to its end."""

    process: ForkServerProcess
    pipe: Connection

    async def ended(self) -> tuple[int | None, str]:
        """How it ended, as subprocesses do (-9: by kill -9), and what went wrong, if it could still say so."""
        await asyncio.to_thread(self.process.join, PATIENCE)
        said = self.pipe.recv() if self.process.exitcode == 1 else ""
        return self.process.exitcode, said

    async def half_way(self) -> None:
        """Waits until it says that it is."""
        assert await asyncio.to_thread(self.pipe.recv) == HALF_WAY

    def go_on(self) -> None:
        """To whatever end it has."""
        self.pipe.send("go on")


@contextmanager
def program(act: Act, *words: str) -> Iterator[Program]:
    """A program that runs, until the block ends at the latest."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(READ_ONCE))
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(act, theirs, words))
    process.start()
    theirs.close()
    try:
        yield Program(process, ours)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def _run(act: Act, pipe: Connection, words: tuple[str, ...]) -> None:
    def waits() -> None:
        pipe.send(HALF_WAY)
        pipe.recv()

    try:
        asyncio.run(act(waits, *words))
    except BaseException:
        pipe.send(traceback.format_exc())
        raise SystemExit(1) from None


@asynccontextmanager
async def own_database() -> AsyncIterator[Server]:
    """Empty and migrated, with fsync; one server for all tests that kill it, one after the other."""
    server = _killable()
    if server.command and not server.pids:
        server.start()
    database = Database(server.url)
    await migrate.upgrade(database)
    if server.command:
        async with database.engine.begin() as db:
            # Emptied and not made anew, which with fsync takes seconds; neither foreign keys nor the triggers of append-only tables look.
            await db.execute(text("SET LOCAL session_replication_role = replica"))
            for table in idp.tables.metadata_of_all.sorted_tables:
                await db.execute(table.delete())
    await database.close()
    yield server


@cache
def _killable() -> Server:
    until_the_end = ExitStack()
    server = until_the_end.enter_context(servers.postgres_server(fsync=True))
    atexit.register(until_the_end.close)
    return server


async def stop_half_way(server: Server, waiting: Program) -> int | None:
    """Once the program is half-way, kills the server, starts it again, and lets the program go on; how that ended."""
    await kill_half_way(server, waiting)
    code, _ = await waiting.ended()
    return code


async def kill_half_way(server: Server, waiting: Program) -> None:
    """Waits until the program is half-way, kills the server, starts it again, and lets the program go on to whatever end it has."""
    await waiting.half_way()
    server.kill()
    server.start()
    waiting.go_on()
