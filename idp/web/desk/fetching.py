"""Asking the administration system because a coordinator wants it now (D6): in the background, so that no browser has to wait for a slow LAS.

In this process, beside the requests: reading, planning and storing 900 pupils takes it 0.15 s of processor time, but never more than 0.017 s in one
stretch, and between two of them everybody else has a turn (tests/desk/test_fetching.py).
"""

import asyncio
import logging
from typing import Final

from directory.imports import exchange
from directory.imports.nights import Claimed
from idp.core.floor import Floor
from idp.credentials import newcomers
from idp.web.pictures import TILE_PICTURES

log = logging.getLogger("poortwachter.web")

PATIENCE: Final = 10
"""Seconds that a browser waits; then the page says that it goes on."""

_UNDER_WAY: Final[set[asyncio.Task[int | None]]] = set()


async def begin(floor: Floor, claimed: Claimed, *, by: str) -> int | None:
    """Asks; the number of the run when it is over soon, else None. A process that ends meanwhile loses only its lease."""
    task = asyncio.create_task(_ask(floor, claimed, by=by))
    _UNDER_WAY.add(task)
    task.add_done_callback(_over)
    done, _ = await asyncio.wait({task}, timeout=PATIENCE)
    return task.result() if done else None


def _over(task: asyncio.Task[int | None]) -> None:
    _UNDER_WAY.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("fetch", exc_info=error)


async def _ask(floor: Floor, claimed: Claimed, *, by: str) -> int | None:
    """The number of the school's own run; None when the answer no longer counts."""
    taken = await exchange.exchange(newcomers.surroundings(floor, TILE_PICTURES, by=by), claimed)
    return taken[0].id if taken else None
