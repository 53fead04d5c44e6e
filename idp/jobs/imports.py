"""The nightly imports: every coupling that is due is asked, by any number of workers, a few schools at a time each (R26, D5).

When a school is due, and due again after a failure, stands with its coupling (`directory.imports.nights`); what came of it are the school's own runs.
"""

import asyncio
from typing import Final

from directory.imports import exchange, nights
from directory.imports.exchange import Surroundings
from directory.imports.runs import Run
from directory.schools import KnownSchool
from idp.credentials import newcomers
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift

NAME: Final = "imports"
AT_ONCE: Final = 8
"""Schools that one worker asks at the same time: most of the time is the other side's."""
SYSTEM: Final = "system"
_MOST_TOLD: Final = 20


async def turn(shift: Shift) -> int:
    """Asks every school that is due, until none is; returns how many were asked. Raises, when all had their turn, what was a mistake of ours."""
    report = Report(shift, NAME)
    around = newcomers.surroundings(shift.floor, shift.pictures, by=SYSTEM)
    asked, failed = 0, []
    running: set[asyncio.Task[list[Run]]] = set()
    try:
        while True:
            if free := _slots(shift) - len(running):
                started = await _started(shift, around, free=free)
                asked += len(started)
                running |= started
            if not running:
                break
            ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for one in ended:
                if error := one.exception():
                    failed.append(error)
                await report.add(schools=1, **({"failed": 1} if error else states(one.result())))
    finally:
        await _stop(running)
        if asked:
            async with shift.floor.database.begin() as db:
                await report.end(db, error=failed[0] if failed else None)
    if failed:
        raise BaseExceptionGroup("schools whose import failed by a mistake of ours", failed[:_MOST_TOLD])
    return asked


def _slots(shift: Shift) -> int:
    # One slow system must not hold up the schools of the others; the embedded database has one writer anyway.
    return AT_ONCE if not shift.floor.settings.embedded else AT_ONCE // 4


async def _started(shift: Shift, around: Surroundings, *, free: int) -> set[asyncio.Task[list[Run]]]:
    """The next schools, one task each, as many as there are free slots."""
    floor = shift.floor
    async with floor.database.begin() as db:
        due = await nights.claim(db, now=shift.now, keyring=floor.keyring, most=free)
    return {asyncio.create_task(exchange.exchange(around, one)) for one in due}


async def _stop(running: set[asyncio.Task[list[Run]]]) -> None:
    """Whoever is being asked when the process is told to stop is asked again when the lease is over."""
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def ask_now(shift: Shift, school: KnownSchool, *, by: str) -> list[Run]:
    """Asks one school's system at somebody's word, also when its coupling is manual (D6). Raises `Refused`, `LookupError`."""
    floor = shift.floor
    async with floor.database.begin() as db:
        claimed = await nights.open_now(db, school, now=shift.now, keyring=floor.keyring)
    return await exchange.exchange(newcomers.surroundings(floor, shift.pictures, by=by), claimed)


def states(runs: list[Run]) -> dict[str, int]:
    """How many runs ended how; `unchanged` is what the runs themselves call `nothing`."""
    found: dict[str, int] = {}
    for run in runs:
        name = {"nothing": "unchanged", "failed": "refused"}.get(run.state, run.state)
        found[name] = found.get(name, 0) + 1
    return found
