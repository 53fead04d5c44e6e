"""A worker that dies half-way, for the tests of being killed: they start it as a program (`tests.stopping`)."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from functools import partial
from typing import Any, Final

from sqlalchemy import event

from idp.core import floor
from idp.core.db import Database, Db
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.jobs import loop, retention, timetable
from idp.jobs.retention import Purge
from idp.jobs.shift import Shift
from idp.jobs.timetable import Job
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
    """One turn, `jobs` or `imports`, at the given moment, as far as it gets."""
    laid = await _laid(url, secret, moment)
    arrange(laid.database, ending, waits)
    await {"jobs": loop.jobs, "imports": loop.imports}[turn](_shift(laid))
    await laid.close()


PORTION: Final = 2
"""Rows in one transaction of a purge here."""
_ALL_AT_ONCE: Final = {"eckids": "DELETE FROM eck_id_aliases", "reorganisations": "UPDATE reorganisations"}
"""Jobs that purge too, by how the statement begins with which they do."""


async def purge(waits: Waits, url: str, secret: str, moment: str, ending: str, names: str) -> None:
    """The jobs that purge, retention in small portions. When a purge or job of these names (with commas) has done its last portion, or what it does
    at once, and not yet committed it, it ends: `kill`, as by kill -9, or `stop`, and waits."""
    laid = await _laid(url, secret, moment)
    end, chosen = waits if ending == "stop" else partial(os.kill, os.getpid(), signal.SIGKILL), names.split(",")
    for name in _ALL_AT_ONCE.keys() & set(chosen):
        _end_within(laid.database, _ALL_AT_ONCE[name], end)
    purges = [_ending(one, end) if one.name in chosen else one for one in retention.PURGES]
    in_portions = Job("retention", time(), load=lambda _: partial(retention.purge, purges=purges, most=PORTION))
    await timetable.turn(_shift(laid), jobs=[Job("eckids", time()), Job("reorganisations", time()), in_portions])
    await laid.close()


def _end_within(database: Database, beginning: str, end: Callable[[], None]) -> None:
    """Arranges the end before the commit of the first transaction in which a statement begins so."""
    engine, told = database.engine.sync_engine, False

    def look(*words: Any) -> None:
        nonlocal told
        if not told and words[2].startswith(beginning):
            told = True
            event.listen(engine, "commit", lambda _: end(), once=True)

    event.listen(engine, "before_cursor_execute", look)


def _ending(purge: Purge, end: Callable[[], None]) -> Purge:
    async def some(db: Db, now: datetime, most: int) -> int:
        done = await purge.some(db, now, most)
        if done not in (0, most):
            end()
        return done

    return replace(purge, some=some)


async def _laid(url: str, secret: str, moment: str) -> Floor:
    """The floor, at that moment (ISO 8601), at which the clock stands still."""
    chosen = Settings(_env_file=None, base_url="https://inloggen.example", database_url=url, secret_key=secret)
    clock = Clock()
    clock.now = datetime.fromisoformat(moment)
    return await floor.lay(chosen, clock=clock)


def _shift(laid: Floor) -> Shift:
    return Shift(laid, ("cat", "dog", "owl", "frog"))
