"""`idp worker`: the background work as a process of its own, for installations with a database server.

On the embedded default nobody needs it: there the serving process takes the same turns itself (`idp.jobs`). Any number of workers may run;
they take work from one another's hands, never twice.
"""

import asyncio
import contextlib
import logging
import signal
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass

from idp.core import floor, log
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.http import measures, metrics_port
from idp.jobs import loop
from idp.jobs.counted import Turns
from idp.jobs.shift import Shift
from idp.web.pictures import TILE_PICTURES


async def run(settings: Settings) -> None:
    """Works until SIGTERM or SIGINT. Raises `Misconfigured`, `Unavailable` when it cannot start."""
    log.set_up()
    base = await floor.lay(settings)
    try:
        if settings.smtp_url is None:
            logging.getLogger("poortwachter.jobs").warning("IDP_SMTP_URL is not set: mails wait until it is")
        with contextlib.suppress(asyncio.CancelledError):
            async with AsyncExitStack() as open_while:
                turns = Turns()
                if settings.metrics_address is not None:
                    await open_while.enter_async_context(_shown(turns, base, settings.metrics_address))
                await _until_told(asyncio.create_task(loop.run_forever(Shift(base, TILE_PICTURES), tally=turns)))
    finally:
        await base.close()


@dataclass(frozen=True, slots=True)
class _Counters:
    """A worker's counters as they are shown."""

    turns: Turns
    started: float

    def text(self) -> str:
        """As OpenMetrics 1.0 text."""
        return "\n".join((*self.turns.lines(), *measures.since(self.started), "# EOF", ""))


def _shown(turns: Turns, base: Floor, address: str) -> AbstractAsyncContextManager[int]:
    return metrics_port.shown(_Counters(turns, base.now.timestamp()), address)


async def _until_told(work: asyncio.Task[None]) -> None:
    """Ends the work at a signal, between two mails: what the mail server had not yet taken stays in the outbox."""
    running = asyncio.get_running_loop()
    told = signal.SIGTERM, signal.SIGINT
    for number in told:
        running.add_signal_handler(number, work.cancel)
    try:
        await work
    finally:
        for number in told:
            running.remove_signal_handler(number)
