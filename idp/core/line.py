"""One connection to Redis or Valkey that every request of a process shares (ADR 10).

Commands go out in the order in which they are asked, answers come back in that order; what many ask at once travels together. Nothing here
blocks on the server's side, so nobody waits behind a slow one. The protocol's reading and writing is hiredis's.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import hiredis

Command = tuple[bytes | str | int, ...]

LONGEST_SECONDS = 2
"""For a connection and for an answer."""

LATE = 0.05
"""Seconds after which nobody counts on an answer that is due."""

NO_HURRY = 0.01
"""Seconds that a command whose answer nobody waits for may wait for company."""


class Broken(Exception):
    """The line went while an answer was due, or none came in time: whether the command was carried out is not known."""


class Refusal(Exception):
    """The server answered with an error; the text is its first word, never a key or value."""


class Line(asyncio.Protocol):
    """An open line. Use `dial`."""

    def __init__(self, *, seconds: float = LONGEST_SECONDS) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._due: deque[tuple[asyncio.Future[Any] | None, float]] = deque()
        self._waited_for = 0
        self._afterwards: list[Callable[[], None]] = []
        self._outgoing: list[bytes] = []
        self._watch: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._sending = False
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            waited_for = self._waited_for
            while (reply := self._reader.gets()) is not False:
                future, _ = self._due.popleft()
                if future is not None:
                    self._waited_for -= 1
                    if not future.done():
                        future.set_result(reply)
            if self._waited_for < waited_for:
                self._go_on()
        except (hiredis.HiredisError, IndexError):
            # It does not speak the protocol, or says more than it was asked.
            self.hang_up()

    def connection_lost(self, _error: Exception | None) -> None:
        self.closed = True
        if self._watch is not None:
            self._watch.cancel()
        while self._due:
            future, _ = self._due.popleft()
            if future is not None and not future.done():
                future.set_exception(Broken())
        self._go_on()

    def _go_on(self) -> None:
        """Behind those who were just answered."""
        for call in self._afterwards:
            self._loop.call_soon(call)
        self._afterwards.clear()

    def after_next(self, call: Callable[[], None]) -> bool:
        """Has it called soon after those have gone on who await the next answer, or the end of the line; False where nobody does, or nobody should
        count on it: an answer is late."""
        if not self._waited_for or self.closed or self._loop.time() - self._due[0][1] > LATE:
            return False
        self._afterwards.append(call)
        return True

    def hang_up(self) -> None:
        """Ends the line; whoever waits gets `Broken`."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, *commands: Command) -> Any:
        """Sends the commands together and returns the answer to the last one. Raises `Broken`, `Refusal`."""
        if self.closed or self._transport is None:
            raise Broken
        # Before anything is due: what cannot be packed must not have an answer coming.
        packed = _packed(*commands)
        now = self._loop.time()
        future = self._loop.create_future()
        # Of several commands sent together only the last answer is waited for.
        self._due.extend([(None, now)] * (len(commands) - 1))
        self._due.append((future, now))
        self._waited_for += 1
        if self._watch is None:
            self._watch = self._loop.call_later(self._seconds, self._look)
        if not self._sending:
            # Sent when everybody whose turn it is now has asked: one call of the system for all of them.
            self._sending = True
            self._loop.call_soon(self._send)
        self._outgoing += packed
        reply = await future
        for part in reply if isinstance(reply, list) else (reply,):
            if isinstance(part, hiredis.ReplyError):
                raise Refusal(str(part).partition(" ")[0])
        return reply

    def tell(self, command: Command) -> None:
        """Sends a command whose answer nobody waits for, before whatever is asked from now on and together with it. A broken line says nothing."""
        packed = _packed(command)
        if self.closed:
            return
        if not self._outgoing:
            self._loop.call_later(NO_HURRY, self._send)
        self._due.append((None, self._loop.time()))
        self._outgoing += packed

    def _send(self) -> None:
        if self._outgoing and self._transport is not None and not self.closed:
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()
        self._sending = False

    def _look(self) -> None:
        """Hangs up when the oldest question has waited too long; else looks again when it would have."""
        self._watch = None
        if not self._due:
            return
        left = self._due[0][1] + self._seconds - self._loop.time()
        if left <= 0:
            self.hang_up()
        else:
            self._watch = self._loop.call_later(left, self._look)


def _packed(*commands: Command) -> list[bytes]:
    # Its stub says one item, its code takes any number.
    return [hiredis.pack_command(command) for command in commands]  # type: ignore[arg-type]


async def dial(url: str, *, seconds: float = LONGEST_SECONDS) -> Line:
    """Opens a line to `redis://`, `rediss://` or `unix://`, with name, password and database of the URL, and `ssl_ca_certs` of its query.

    Raises `OSError`, `TimeoutError`, `Broken`, `Refusal`.
    """
    # Read here: the general client's reader of addresses brings all of it along, 6.7 MiB in every process (ADR 10).
    at = urlsplit(url)
    asked = dict(parse_qsl(at.query))
    loop = asyncio.get_running_loop()
    made = partial(Line, seconds=seconds)
    async with asyncio.timeout(seconds):
        if at.scheme == "unix":
            _, line = await loop.create_unix_connection(made, unquote(at.path))
        else:
            context = ssl.create_default_context(cafile=asked.get("ssl_ca_certs")) if at.scheme == "rediss" else None
            _, line = await loop.create_connection(made, at.hostname or "localhost", at.port or 6379, ssl=context)
        try:
            if at.password:
                await line.ask(("AUTH", unquote(at.username or "") or "default", unquote(at.password)))
            database = asked.get("db", "" if at.scheme == "unix" else at.path.strip("/"))
            if database not in ("", "0"):
                await line.ask(("SELECT", database))
        except BaseException:
            line.hang_up()
            raise
    return line
