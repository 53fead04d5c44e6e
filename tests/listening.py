"""A party's server that really listens, on this machine: it remembers what it is asked, and answers as the test says, or not at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

PATIENCE = 10
NOWHERE = "127.0.0.1:9"
"""Where nothing answers: port 9, `discard`, which no machine of today offers. A port that is free now may be somebody's in a moment."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


Answer = Callable[[Heard], tuple[int, bytes] | None]
"""Status and body; None: the connection stays open and nothing comes."""


@dataclass
class Listener:
    """`heard` holds the requests that nobody looked at yet."""

    port: int
    answer: Answer
    heard: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def next(self) -> Heard:
        """The next request, now or soon."""
        return await asyncio.wait_for(self.heard.get(), PATIENCE)

    @property
    def silent(self) -> bool:
        """Whether every request was looked at."""
        return self.heard.empty()


@asynccontextmanager
async def listening(answer: Answer = lambda _: (200, b"")) -> AsyncIterator[Listener]:
    """A server on a free port."""
    made = Listener(0, answer)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            heard = Heard(method, path, headers, body)
            made.heard.put_nowait(heard)
            answered = made.answer(heard)
            if answered is None:
                await reader.read()
                return
            status, content = answered
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
            await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def nobody_listens() -> str:
    """An address of this machine at which nothing answers."""
    return f"http://{NOWHERE}"
