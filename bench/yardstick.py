"""The machine itself, measured between the repeats: figures of two machines, or of two days, compare only by it."""

import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import argon2
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from bench import processes
from bench.load import Plan, Subject, fetch, measure
from bench.target import until_ready
from tests.servers import free_port

SIGNATURES = 200
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # the product's default cost
HELLO = Plan(seconds=0.4, warm_up=0.1, repeats=1)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Collects a pair of measurements each time it is laid on."""

    key: rsa.RSAPrivateKey
    hello: Subject
    signatures_us: list[float] = field(default_factory=list)
    hellos_us: list[float] = field(default_factory=list)
    hashes_ms: list[float] = field(default_factory=list)

    async def lay_on(self) -> None:
        began = time.process_time()
        for _ in range(SIGNATURES):
            self.key.sign(b"measure" * 50, padding.PKCS1v15(), SHA256())
        self.signatures_us.append((time.process_time() - began) / SIGNATURES * 1e6)
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
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        yield Yardstick(key, Subject(origin, fetch(origin + "/"), [server.pid]))
    finally:
        processes.end([server])


async def _nothing() -> None:
    """Nothing is measured between the yardstick's own repeats."""
