"""The address where a process shows its counters: a port of its own, for whoever watches the installation, never the one that people use.

Of several processes each takes the first free port from the one in `IDP_METRICS_ADDRESS` on. Loaded only where that is set.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from idp.core.errors import Misconfigured
from idp.http.measures import TYPE, Counted

log = logging.getLogger("poortwachter.http")

PATH: Final = "/metrics"
MOST: Final = 256
"""As many ports are tried as `idp serve` has workers at most."""
LARGEST: Final = 8 * 1024
"""Bytes of a request."""
PATIENCE: Final = 5
"""Seconds in which a request is told."""


@asynccontextmanager
async def shown(measures: Counted, address: str) -> AsyncIterator[int]:
    """Shows the counters for as long as this is open; the port. Raises `Misconfigured` where nobody can listen at the address."""
    host, _, first = address.rpartition(":")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError):
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_answer(head, measures))
                await writer.drain()
        writer.close()

    server, port = await _listening(answer, host.strip("[]"), int(first))
    log.info("counters shown", extra={"port": port})
    try:
        yield port
    finally:
        server.close()


Answers = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _listening(answer: Answers, host: str, first: int) -> tuple[asyncio.Server, int]:
    for port in range(first, min(first + MOST, 65536)) if first else (0,):
        try:
            server = await asyncio.start_server(answer, host, port, limit=LARGEST)
        except OSError:
            continue
        return server, server.sockets[0].getsockname()[1]
    raise Misconfigured("IDP_METRICS_ADDRESS: nobody can listen there")


def _answer(head: bytes, measures: Counted) -> bytes:
    words = head.split(b"\r\n", 1)[0].split(b" ")
    found = words[:2] == [b"GET", PATH.encode()]
    body = measures.text().encode() if found else b""
    status, kind = ("200 OK", TYPE) if found else ("404 Not Found", "text/plain")
    told = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return told.encode() + body
