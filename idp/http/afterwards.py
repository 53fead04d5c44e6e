"""What is done after the answer, so that the answer does not tell by its time what was found (C-313).

A process that is killed forgets it: only for what somebody can ask for again.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from idp.core.errors import Problem

log = logging.getLogger("poortwachter")

MOST = 200
"""So many at once; who comes after is told that it is busy, whatever it would have been."""


class Afterwards:
    """The work that is still to be done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def check_room(self) -> None:
        """Raises `Problem("busy")` when there is no place for more."""
        if len(self._tasks) >= MOST:
            raise Problem("busy", status=503, detail="too much to do after answers", headers={"Retry-After": "5"})

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Does this later; what goes wrong is logged by its kind."""
        task = asyncio.get_running_loop().create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def done(self) -> None:
        """Waits until nothing is left to do."""
        while self._tasks:
            await asyncio.gather(*self._tasks)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:
        log.error("work after an answer failed", extra={"error": type(error).__name__})
