"""A worker that dies half-way, for the tests of being killed: they start it as a program (`tests.stopping`)."""

import os
import signal
from datetime import datetime
from typing import Any

from sqlalchemy import event

from idp.core import floor
from idp.core.db import Database
from idp.core.settings import Settings
from idp.jobs import loop
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.stopping import Waits


def arrange(database: Database, ending: str, waits: Waits) -> None:
    """Arranges the end: `statement:N` or `commit:N`, before which it is killed as by kill -9; or `stop:N`, before which statement it waits."""
    kind, _, number = ending.partition(":")
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == int(number) and kind == "stop":
            waits()
        elif seen == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine.sync_engine, "commit" if kind == "commit" else "before_cursor_execute", count)


async def work(waits: Waits, url: str, secret: str, moment: str, turn: str, ending: str) -> None:
    """One turn, `jobs` or `imports`, at the given moment (ISO 8601), at which the clock stands still, as far as it gets."""
    chosen = Settings(_env_file=None, base_url="https://inloggen.example", database_url=url, secret_key=secret)
    clock = Clock()
    clock.now = datetime.fromisoformat(moment)
    laid = await floor.lay(chosen, clock=clock)
    arrange(laid.database, ending, waits)
    await {"jobs": loop.jobs, "imports": loop.imports}[turn](Shift(laid, ("cat", "dog", "owl", "frog")))
    await laid.close()
