"""What the background does, turn by turn, for as long as the process lives: mails, logouts, imports that are due, seals of the
ledger, and the jobs of the timetable.

Each has a loop of its own, so that a mail waits neither for a slow administration nor for the night in which a country changes groups.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from consent import participants
from directory.imports.models import Coupling
from idp.core import endings, mail
from idp.core.db import Db
from idp.core.models import LedgerEntry, Seal
from idp.credentials import returned_mail
from idp.jobs import timetable
from idp.jobs.counted import NoTally, Tally
from idp.jobs.shift import Shift
from metadata.models import MetadataSource

log = logging.getLogger("poortwachter.jobs")

BUSY: Final = 1.0
"""Seconds until the next turn while there is work."""
IDLE: Final = 5.0
"""The longest pause, reached by doubling while there is none."""

A_MINUTE: Final = timedelta(minutes=1)
"""The ledger is sealed so often."""

Pause = Callable[[float], Awaitable[None]]
Turn = Callable[[Shift], Awaitable[int]]
"""Does everything that is due now; returns how much was done. Raises what the work raises."""


async def mails(shift: Shift) -> int:
    """Sends the mails that wait. Without `smtp_url` they go on waiting."""
    floor = shift.floor
    if floor.settings.smtp_url is None:
        return 0

    async def came_back(db: Db, address: str) -> None:
        await returned_mail.note(db, address, now=floor.now)

    server, sender = floor.settings.smtp_url, floor.settings.mail_from
    return await mail.send_due(floor.database, floor.keyring, server, sender, now=floor.now, came_back=came_back)


async def imports(shift: Shift) -> int:
    """Asks the administration systems of the schools that are due."""
    async with shift.floor.database.read() as db:
        due = select(Coupling.school_id).where(Coupling.next_run_at <= shift.now).limit(1)
        if (await db.execute(due)).scalar() is None:
            return 0
    # Reading administrations is loaded when there is one to read, not when a process starts to serve (D43).
    from idp.jobs import imports as nightly

    return await nightly.turn(shift)


async def metadata(shift: Shift) -> int:
    """Looks at the sources of metadata whose time has come."""
    async with shift.floor.database.read() as db:
        due = select(MetadataSource.id).where(MetadataSource.next_fetch_at <= shift.now).limit(1)
        if (await db.execute(due)).scalar() is None:
            return 0
    from idp.jobs import metadata as looking

    return await looking.turn(shift)


async def logouts(shift: Shift) -> int:
    """Tells parties that sessions ended (C-077, C-078)."""
    async with shift.floor.database.read() as db:
        if not (await endings.any_noted(db) or await participants.any_due(db, now=shift.now)):
            return 0
    # Signing and asking parties is loaded when there is one to tell (D43).
    from idp.jobs import logouts as telling

    return await telling.turn(shift)


async def seals(shift: Shift) -> int:
    """Seals the ledger when a minute has passed since the last seal and something was written. What a minute brought is one turn's work."""
    async with shift.floor.database.read() as db:
        newest = (await db.execute(select(Seal.sealed_at, Seal.closed).order_by(Seal.id.desc()).limit(1))).one_or_none()
        if newest is not None and shift.now - newest.sealed_at < A_MINUTE:
            return 0
        closed = newest.closed if newest is not None else 0
        if (await db.execute(select(LedgerEntry.id).where(LedgerEntry.id > closed).limit(1))).scalar() is None:
            return 0
    # Hashing and signing is loaded when there is something to seal (D43).
    from idp.jobs import seals as sealing

    await sealing.turn(shift)
    return 0


async def jobs(shift: Shift) -> int:
    """Does the jobs of the timetable that are due."""
    return await timetable.turn(shift)


TURNS: Final[tuple[Turn, ...]] = (mails, logouts, imports, metadata, seals, jobs)


_NOBODY: Final = NoTally()


async def run_forever(shift: Shift, *, tally: Tally = _NOBODY) -> None:
    """Takes turns of every kind until it is cancelled, and tells the tally of each."""
    async with asyncio.TaskGroup() as background:
        for turn in TURNS:
            background.create_task(repeat(turn, shift, tally=tally), name=f"background: {turn.__name__}")


async def repeat(turn: Turn, shift: Shift, *, pause: Pause = asyncio.sleep, tally: Tally = _NOBODY) -> None:
    """Takes turns of one kind until it is cancelled. A turn that fails is logged, and the next one comes after the longest pause."""
    seconds = BUSY
    while True:
        begun = time.monotonic()
        done: int | None = None
        try:
            done = await turn(shift)
        except Exception as error:  # The loop outlives every fault of a job: an hour without a database must not end the mails for good.
            _tell(error)
            seconds = IDLE
        else:
            seconds = BUSY if done else min(seconds * 2, IDLE)
        tally.turned(turn.__name__, done, time.monotonic() - begun)
        if _cancelled():
            return
        await pause(seconds)


def _cancelled() -> bool:
    """Whether this task was cancelled and somebody lost the message: `asyncio.wait_for` before Python 3.12 does, when an answer comes with it."""
    this = asyncio.current_task()
    return this is not None and this.cancelling() > 0


def _tell(error: Exception) -> None:
    # Where it happened and what it was, never the error's own text: that of a mail could name its reader.
    for single in _each(error):
        where = "".join(traceback.format_tb(single.__traceback__))
        log.error("turn failed", extra={"error": type(single).__name__, "where": where})


def _each(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _each(inner)
    else:
        yield error
