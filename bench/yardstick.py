"""The machine itself, measured between the repeats: figures of two machines, or of two days, compare only by it."""

import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import argon2

from bench import processes
from bench.client import Browser
from bench.hello import SIGNATURE
from bench.load import Plan, Speed, Subject, fetch, measure
from bench.target import until_ready
from tests.servers import free_port

GOALS_BELONG_TO: Final = Speed(signature_us=250, hello_us=27)
"""The machine on which the goals were set."""
AS_FAST: Final = Speed(GOALS_BELONG_TO.signature_us * 1.06, GOALS_BELONG_TO.hello_us * 1.06)
"""A machine on which neither takes longer is as fast. Another guest on the same core makes a signature 1.6 times slower from one second to the
next, and twice what is no arithmetic."""
HASH_EVERY: Final = 8
"""Signatures and answers are measured each time, a password hash once in so many times."""
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # the product's default cost
HELLO = Plan(seconds=0.1, warm_up=0.02, repeats=1)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Collects measurements each time it is laid on, on the core on which the servers run."""

    hello: Subject
    speeds: list[Speed] = field(default_factory=list)
    hashes_ms: list[float] = field(default_factory=list)

    async def lay_on(self) -> Speed:
        """The machine's speed at this moment."""
        browser = Browser(self.hello.origin)
        try:
            signature_us = float((await browser.get(self.hello.origin + SIGNATURE, cookies=False)).text)
        finally:
            browser.close()
        (run,) = await measure(self.hello, HELLO)
        speed = Speed(signature_us, run.cpu_ms * 1000)
        if len(self.speeds) % HASH_EVERY == 0:
            began = time.process_time()
            HASHER.hash("Correct-Horse-7-Battery")
            self.hashes_ms.append((time.process_time() - began) * 1e3)
        self.speeds.append(speed)
        return speed

    def figures(self) -> dict[str, float]:
        """The medians; none when nothing was measured between."""
        if not self.speeds:
            return {}
        return {
            "rsa2048_sign_us": round(statistics.median(each.signature_us for each in self.speeds), 1),
            "hello_request_us": round(statistics.median(each.hello_us for each in self.speeds), 1),
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
