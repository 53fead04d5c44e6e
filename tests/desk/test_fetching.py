"""Whoever asks the administration system now holds up nobody who signs in meanwhile (D6)."""

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import select

from directory.imports import nights
from directory.imports.models import ImportRun
from directory.imports.uwlr import tls
from idp.demo.las import Las, SchoolThere
from idp.jobs.shift import Shift
from idp.web.desk import fetching
from idp.web.pictures import TILE_PICTURES
from tests.directory.uwlr.standing import KEY, edexml, serving
from tests.house import House
from tests.jobs.coupled import couple

PUPILS = 900
LONGEST = 0.05
"""Seconds of processor time between two turns of everybody else. Measured: 0.017, where 900 persons are stored; 0.034 as long as the
machine's roots were read in such a turn, and twice that where the processor is shared."""


@contextmanager
def elsewhere(system: Las) -> Iterator[str]:
    """Serves the stand-in from a thread, so that its work is not ours; yields its endpoint."""
    told: Future[str] = Future()
    over = threading.Event()

    async def stand() -> None:
        async with serving(system) as endpoint:
            told.set_result(endpoint)
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(stand(),))
    thread.start()
    try:
        yield told.result(timeout=30)
    finally:
        over.set()
        thread.join()


async def _beat(stretches: list[float]) -> None:
    """Takes a turn each millisecond, and notes what this thread worked between two of them; the stand-in needs its own."""
    last = time.thread_time()
    while True:
        await asyncio.sleep(0.001)
        now = time.thread_time()
        stretches.append(now - last)
        last = now


def _as_when_serving() -> None:
    """A serving process froze what it began with; here a whole collection would go through every test's objects. Never undone: what was read in the
    beginning would be gone through again and again, two seconds each time, in every test that follows."""
    gc.collect()
    gc.freeze()


async def test_a_school_of_900_is_fetched_in_stretches_between_which_others_have_their_turn(house: House) -> None:
    # As in a process that has asked nobody yet.
    tls.context.cache_clear()
    las = Las()
    las.add(SchoolThere("99XX", "", KEY, edexml(pupils=PUPILS), datetime(2026, 11, 20, tzinfo=UTC)))
    with elsewhere(las) as endpoint:
        school = await couple(Shift(house.floor, TILE_PICTURES), endpoint, "99XX", mode="manual")
        async with house.floor.database.begin() as db:
            claimed = await nights.open_now(db, school, now=house.clock.now, keyring=house.floor.keyring)
        stretches: list[float] = []
        _as_when_serving()
        beating = asyncio.create_task(_beat(stretches))
        run_id = await fetching.begin(house.floor, claimed, by="x")
        beating.cancel()
    async with house.floor.database.read() as db:
        run = (await db.execute(select(ImportRun.state, ImportRun.counts).where(ImportRun.id == run_id))).one()
    assert (run.state, run.counts["pupils"]["new"]) == ("applied", PUPILS)
    assert max(stretches) < LONGEST
