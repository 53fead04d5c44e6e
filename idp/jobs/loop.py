"""The timetable: one turn does what is due, and the loop takes turns for as long as the process lives."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Final

from idp.core import mail
from idp.core.floor import Floor

log = logging.getLogger("poortwachter.jobs")

BUSY: Final = 1.0
"""Seconds until the next turn while there is work."""
IDLE: Final = 5.0
"""The longest pause, reached by doubling while there is none."""

Pause = Callable[[float], Awaitable[None]]


async def turn(floor: Floor) -> int:
    """Does everything that is due now; returns how much was done. Without `smtp_url` mails wait. Raises what a job raises."""
    smtp_url = floor.settings.smtp_url
    if smtp_url is None:
        return 0
    return await mail.send_due(floor.database, smtp_url, floor.settings.mail_from, now=floor.now)


async def run_forever(floor: Floor, *, pause: Pause = asyncio.sleep) -> None:
    """Takes turns until it is cancelled. A turn that fails is logged, and the next one comes after the longest pause."""
    seconds = BUSY
    while True:
        try:
            done = await turn(floor)
        except Exception as error:  # The loop outlives every fault of a job: an hour without a database must not end the mails for good.
            _tell(error)
            seconds = IDLE
        else:
            seconds = BUSY if done else min(seconds * 2, IDLE)
        if _cancelled():
            return
        await pause(seconds)


def _cancelled() -> bool:
    """Whether this task was cancelled and somebody lost the message: `asyncio.wait_for` before Python 3.12 does, when an answer comes with it."""
    this = asyncio.current_task()
    return this is not None and this.cancelling() > 0


def _tell(error: Exception) -> None:
    # Where it happened and what it was, never the error's own text: that of a mail could name its reader.
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("turn failed", extra={"error": type(error).__name__, "where": where})
