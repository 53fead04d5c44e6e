"""The machine itself, measured between the repeats: figures of two machines, or of two days, compare only by it."""

import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import argon2

from bench import processes
from bench.client import Browser
from bench.hello import SIGNATURE
from bench.load import Plan, Subject, fetch, measure
from bench.target import until_ready
from tests.servers import free_port

GOALS_BELONG_TO = {"rsa2048_sign_us": 250.0, "hello_request_us": 27.0}
"""Microseconds for one RSA-2048 signature and one bare answer on the machine on which the goals were set."""
AS_FAST_US = GOALS_BELONG_TO["rsa2048_sign_us"] * 1.06
"""A machine on which a signature takes no longer is as fast. Another guest on the same core makes it 1.6 times slower from one second to the
next, and twice what is no arithmetic."""
WHOLE_EVERY = 8
"""Signatures are measured each time, the rest once in so many times."""
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # the product's default cost
HELLO = Plan(seconds=0.4, warm_up=0.1, repeats=1)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Collects measurements each time it is laid on, on the core on which the servers run."""

    hello: Subject
    signatures_us: list[float] = field(default_factory=list)
    hellos_us: list[float] = field(default_factory=list)
    hashes_ms: list[float] = field(default_factory=list)

    async def lay_on(self) -> float:
        """Microseconds of a signature at this moment."""
        browser = Browser(self.hello.origin)
        try:
            signature_us = float((await browser.get(self.hello.origin + SIGNATURE, cookies=False)).text)
        finally:
            browser.close()
        self.signatures_us.append(signature_us)
        if len(self.signatures_us) % WHOLE_EVERY == 1:
            await self._the_rest()
        return signature_us

    async def _the_rest(self) -> None:
        began = time.process_time()
        HASHER.hash("Correct-Horse-7-Battery")
        self.hashes_ms.append((time.process_time() - began) * 1e3)
        (run,) = await measure(self.hello, HELLO, between=_nothing)
        self.hellos_us.append(run.cpu_ms * 1000)

    def figures(self) -> dict[str, float]:
        """The medians; none when nothing was measured between."""
        if not self.hellos_us:
            return {}
        return {
            "rsa2048_sign_us": round(statistics.median(self.signatures_us), 1),
            "hello_request_us": round(statistics.median(self.hellos_us), 1),
            "argon2id_ms": round(statistics.median(self.hashes_ms), 1),
        }


@contextlib.asynccontextmanager
async def yardstick(folder: Path) -> AsyncIterator[Yardstick]:
    """Runs the bare server beside the others; it costs nothing while nobody asks it."""
    port, log = free_port(), folder / "hello.log"
    origin = f"http://127.0.0.1:{port}"
    bare = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error", "--lifespan", "off"]
    command = [sys.executable, "-m", "uvicorn", "bench.hello:hello", "--port", str(port), *bare]
    server = processes.spawn(command, log=log, cwd=Path(__file__).parent.parent)
    try:
        await until_ready(origin, "/", server, log=log)
        yield Yardstick(Subject(origin, fetch(origin + "/"), [server.pid]))
    finally:
        processes.end([server])


async def _nothing() -> float:
    """Nothing is measured between the yardstick's own repeats."""
    return 0.0
