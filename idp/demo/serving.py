"""Several uvicorn servers in one event loop, which begin and end together."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_PATIENCE: Final = 1
"""Seconds that open connections get when it ends."""


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever runs several; `settled` tells that it answers, or never will."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to answer."""
        try:
            await super().startup(sockets)
        finally:
            self.settled.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures nothing."""
        yield


async def serve(sites: Sequence[tuple[ASGIApp, Sequence[socket.socket]]], *, started: Callable[[], None]) -> None:
    """Serves every application on its sockets until SIGINT or SIGTERM; a second one ends what still hangs. Calls `started` when all answer."""
    servers = [_Server(_config(app)) for app, _ in sites]
    with _listening_to_signals(servers):
        async with asyncio.TaskGroup() as group:
            for server, (_, sockets) in zip(servers, sites, strict=True):
                group.create_task(_serve(server, sockets, servers))
            for server in servers:
                await server.settled.wait()
            if all(server.started for server in servers):
                started()


def _config(app: ASGIApp) -> uvicorn.Config:
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False, "proxy_headers": False}
    return uvicorn.Config(app, **quiet, ws="none", lifespan="on", timeout_graceful_shutdown=_PATIENCE)


async def _serve(server: _Server, sockets: Sequence[socket.socket], servers: Sequence[_Server]) -> None:
    try:
        await server.serve(sockets=list(sockets))
    finally:
        # One that ends, for whatever reason, takes the others along.
        for other in servers:
            other.should_exit = True


@contextlib.contextmanager
def _listening_to_signals(servers: Sequence[_Server]) -> Iterator[None]:
    def told(number: int, frame: FrameType | None) -> None:
        for server in servers:
            server.handle_exit(number, frame)

    before = {number: signal.signal(number, told) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, had in before.items():
            signal.signal(number, had)


@asynccontextmanager
async def serving_mail(protocol: Callable[[], asyncio.Protocol], listening: socket.socket) -> AsyncIterator[None]:
    """Serves a protocol on a socket for as long as the block lasts."""
    server = await asyncio.get_running_loop().create_server(protocol, sock=listening)
    try:
        yield
    finally:
        server.close()
