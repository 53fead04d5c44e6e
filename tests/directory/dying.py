"""A process that takes a school's file in, or undoes that, and dies or stops half-way: run as a program by the tests of being killed.

    python -m tests.directory.dying URL SECRET ACT MOMENT ENDING

MOMENT is the number of the statement before which it happens, or `commit`. ENDING is `die` (as by kill -9) or `stop` (says so, and waits).
"""

import asyncio
import os
import signal
import sys
from typing import Any

from sqlalchemy import event

from directory import schools
from directory.imports import runs, undo
from idp.core import floor
from idp.core.db import Database
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.web.pictures import TILE_PICTURES
from tests.clock import Clock
from tests.directory.test_apply import FOLLOWING

HALF_WAY = "half-way"
TOLD = FOLLOWING["names, groups, keys"]


def end_at(database: Database, moment: str, ending: str) -> None:
    """Arranges the end."""
    seen = 0

    def end() -> None:
        if ending == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        print(HALF_WAY, flush=True)
        sys.stdin.readline()

    def statement(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if str(seen) == moment:
            end()

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", statement)
    if moment == "commit":
        event.listen(engine, "commit", lambda _: end())


async def act(laid: Floor, what: str) -> None:
    async with laid.database.read() as db:
        school = await schools.by_code(db, "99XX")
        newest = (await runs.listed(db, school.id, now=laid.now, limit=1))[0]
    end_at(laid.database, sys.argv[4], sys.argv[5])
    async with laid.database.begin() as db:
        if what == "undo":
            await undo.undo(db, school, newest.id, by="test", now=laid.now, keyring=laid.keyring)
        else:
            context: dict[str, Any] = {"now": laid.now, "keyring": laid.keyring, "pictures": TILE_PICTURES}
            await runs.receive(db, school, TOLD, source="uwlr", origin="night", by="test", **context)


async def main() -> None:
    chosen = Settings(
        _env_file=None, base_url="https://inloggen.example", database_url=sys.argv[1], secret_key=sys.argv[2]
    )
    laid = await floor.lay(chosen, clock=Clock())
    await act(laid, sys.argv[3])
    await laid.close()


if __name__ == "__main__":
    asyncio.run(main())
