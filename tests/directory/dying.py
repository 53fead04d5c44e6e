"""Taking a school's file in, or undoing that, and dying or stopping half-way: a program of the tests of being killed (`tests.stopping`)."""

import os
import signal
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
from tests.stopping import Waits

TOLD = FOLLOWING["names, groups, keys"]


def end_at(database: Database, moment: str, ending: str, waits: Waits) -> None:
    """Arranges the end: before the statement of that number or before `commit`; `die`, as by kill -9, or `stop` and wait."""
    seen = 0

    def end() -> None:
        if ending == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        waits()

    def statement(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if str(seen) == moment:
            end()

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", statement)
    if moment == "commit":
        event.listen(engine, "commit", lambda _: end())


async def act(laid: Floor, what: str, moment: str, ending: str, waits: Waits) -> None:
    async with laid.database.read() as db:
        school = await schools.by_code(db, "99XX")
        newest = (await runs.listed(db, school.id, now=laid.now, limit=1))[0]
    end_at(laid.database, moment, ending, waits)
    async with laid.database.begin() as db:
        if what == "undo":
            await undo.undo(db, school, newest.id, by="test", now=laid.now, keyring=laid.keyring)
        else:
            context: dict[str, Any] = {"now": laid.now, "keyring": laid.keyring, "pictures": TILE_PICTURES}
            await runs.receive(db, school, TOLD, source="uwlr", origin="night", by="test", **context)


async def change(waits: Waits, url: str, secret: str, what: str, moment: str, ending: str) -> None:
    """`receive` or `undo`, as far as it gets."""
    chosen = Settings(_env_file=None, base_url="https://inloggen.example", database_url=url, secret_key=secret)
    laid = await floor.lay(chosen, clock=Clock())
    await act(laid, what, moment, ending, waits)
    await laid.close()
