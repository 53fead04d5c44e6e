"""Administration systems that stand still for a test: the stand-in, and servers that answer whatever a test wants."""

import asyncio
import io
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import uvicorn
from starlette.applications import Starlette

from directory.imports.uwlr.fetch import Fetched, Source, fetch
from directory.imports.uwlr.questions import Credentials
from directory.imports.uwlr.wire import Patience
from idp.demo import las
from idp.demo.generator import write_school
from idp.demo.las import Las, SchoolThere

NOW: Final = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
YEAR: Final = "2026-2027"
KEY: Final = "sleutel-van-99XX"
PATIENT: Final = Patience(connect=10, piece=10, total=10, size=1024 * 1024)
"""For what is answered or refused at once, but maybe on a busy machine."""
HASTY: Final = replace(PATIENT, piece=0.2, total=0.5)

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def edexml(
    *, brin: str = "99XX", location: str = "", year: str = YEAR, forbidden: bool = False, pupils: int = 24
) -> bytes:
    """A made-up school."""
    out = io.BytesIO()
    write_school(
        out, seed=7, school_year=year, brin=brin, location=location, pupils=pupils, groups=3, with_forbidden=forbidden
    )
    return out.getvalue()


def a_las(content: bytes | None = None, *, brin: str = "99XX", location: str = "") -> Las:
    """The stand-in with one school, whose data are of an hour before `NOW`."""
    made = Las()
    changed = NOW.replace(hour=6)
    made.add(SchoolThere(brin, location, KEY, content or edexml(brin=brin, location=location), changed))
    return made


def source(
    endpoint: str,
    *,
    staged: bool = False,
    brin: str | None = "99XX",
    location: str = "",
    key: str = KEY,
    customer: str = las.CUSTOMER,
    certificate: bytes | None = None,
    received_until: datetime | None = None,
) -> Source:
    """A school's source at this endpoint."""
    credentials = Credentials(key, customer, "Poortwachter")
    return Source(
        endpoint, staged, brin, location, None if brin else "school-key", credentials, certificate, received_until
    )


async def asked(given: Source, *, patience: Patience = Patience(), secure: ssl.SSLContext | None = None) -> Fetched:  # noqa: B008 - frozen
    """What `fetch` makes of it now."""
    return await fetch(given, now=NOW, patience=patience, secure=secure)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()


@asynccontextmanager
async def serving(system: Las) -> AsyncIterator[str]:
    """Serves the stand-in; yields its endpoint."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        async with serving_app(las.create(system), bound):
            yield f"http://127.0.0.1:{bound.getsockname()[1]}{las.PATH}"


@asynccontextmanager
async def serving_app(app: Starlette, bound: socket.socket) -> AsyncIterator[None]:
    """Serves an application on a socket for as long as the block lasts."""
    server = _Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="off"))
    running = asyncio.create_task(server._serve([bound]))
    await server.settled.wait()
    try:
        yield
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def conversing(talk: Conversation, *, secure: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that holds this conversation with whoever comes; yields its address. Conversations end with the block."""
    running: set[asyncio.Task[None]] = set()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            return
        finally:
            running.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(hold, "127.0.0.1", 0, ssl=secure)
    try:
        scheme, port = "https" if secure else "http", server.sockets[0].getsockname()[1]
        yield f"{scheme}://localhost:{port}/uwlr" if secure else f"{scheme}://127.0.0.1:{port}/uwlr"
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def request(reader: asyncio.StreamReader) -> bytes:
    """One whole request as it came."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(length)


def http(body: bytes, *, status: str = "200 OK", kind: str = "text/xml; charset=utf-8", more: str = "") -> bytes:
    """A response with its length."""
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def saying(*pieces: bytes) -> Conversation:
    """Reads a request and answers these bytes, then closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        for piece in pieces:
            writer.write(piece)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return talk
