"""A server under test, ours or a peer's: where it answers, whose processor time counts, what can be measured on it."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from bench.client import Browser, HttpError
from bench.load import Subject

ANSWERS_WITHIN = 60.0


class AbsentError(Exception):
    """This peer is not installed and cannot be here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Target:
    """`subjects` and `facts` (what one server weighs) by the key under which their figures are written.

    `log` is what the server printed, for when it answers wrongly.
    """

    name: str
    subjects: Mapping[str, Subject]
    log: Path
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target before it runs: what could be measured on it, so that nothing starts in vain."""

    name: str
    keys: tuple[str, ...]
    running: Callable[[Path], AbstractAsyncContextManager[Target]]


async def until_ready(origin: str, path: str, process: subprocess.Popen[bytes], *, log: Path) -> float:
    """Seconds until the server answers 200 there. Raises RuntimeError, with the end of its log, when it does not."""
    began = time.perf_counter()
    while time.perf_counter() - began < ANSWERS_WITHIN and process.poll() is None:
        browser = Browser(origin)
        try:
            if (await browser.get(origin + path)).status == 200:
                return time.perf_counter() - began
        except (OSError, HttpError):
            pass  # it does not listen yet
        finally:
            browser.close()
        await asyncio.sleep(0.005)
    raise RuntimeError(f"{origin}{path} never answered 200:\n{end_of(log)}")


def pids_of(*processes: subprocess.Popen[bytes], more: Sequence[int] = ()) -> tuple[int, ...]:
    return (*(process.pid for process in processes), *more)


def end_of(log: Path) -> str:
    """The last lines that a server printed."""
    return log.read_text(errors="replace")[-2000:]
