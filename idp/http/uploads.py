"""A file that a browser sends, read while it comes in: never on a disk, never whole in memory, bounded in size and time (D39).

RFC 7578 as browsers write it: a few short fields, then one file. What stands before the file (the ticket) is known before a byte of it is taken.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import ClientDisconnect, Request

from idp.http.forms import Unreadable

LARGEST: Final = 72 * 1024 * 1024
"""Bytes of a whole upload: the largest file that any reader takes, with its wrapping."""
LONGEST_SILENCE: Final = 30
"""Seconds between two pieces."""
LONGEST: Final = 600
"""Seconds for the whole of it."""
_MOST_FIELDS: Final = 10
_LONGEST_FIELD: Final = 4096
_LONGEST_HEADERS: Final = 2048
_BOUNDARY: Final = re.compile(r'(?i)^multipart/form-data\s*;.*\bboundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?\s*$')
_NAME: Final = re.compile(r'(?i)^form-data\s*;.*\bname="([a-z_]{1,32})"')
_HAS_FILE: Final = re.compile(r"(?i);\s*filename\*?=")


@dataclass(frozen=True, slots=True)
class Upload:
    """The fields before the file, and the file's bytes as they come. Reading on raises `Unreadable` when the rest is cut off or too much."""

    fields: dict[str, str]
    chunks: AsyncIterator[bytes] = field(repr=False)


async def upload_of(request: Request, *, largest: int = LARGEST) -> Upload:
    """The beginning of an upload. Raises `Unreadable` for what is none."""
    found = _BOUNDARY.match(request.headers.get("content-type", ""))
    if found is None:
        raise Unreadable("the body must be multipart/form-data")
    body = _Body(request, found[1].encode(), largest)
    async for _ in body.part():
        raise Unreadable("something stands before the first part")
    fields: dict[str, str] = {}
    while len(fields) <= _MOST_FIELDS:
        disposition = await body.headers()
        if disposition is None:
            break
        name = _NAME.match(disposition)
        if name is None or name[1] in fields:
            raise Unreadable("a part without a name, or one name twice")
        if _HAS_FILE.search(disposition):
            return Upload(fields, body.file())
        fields[name[1]] = await body.text()
    raise Unreadable("no file, or too many fields before it")


class _Body:
    """The body as a row of parts between boundaries; holds a boundary's length of it and one piece of the network."""

    def __init__(self, request: Request, boundary: bytes, largest: int) -> None:
        self._mark = b"\r\n--" + boundary
        # The first boundary has no line before it.
        self._held = bytearray(b"\r\n")
        self._left = largest
        self._pieces = request.stream()
        self._until = asyncio.get_running_loop().time() + LONGEST

    async def part(self) -> AsyncIterator[bytes]:
        """The bytes up to the next boundary, which is taken too."""
        while (at := self._held.find(self._mark)) < 0:
            safe = len(self._held) - len(self._mark) + 1
            if safe > 0:
                yield bytes(self._held[:safe])
                del self._held[:safe]
            await self._more()
        if at:
            yield bytes(self._held[:at])
        del self._held[: at + len(self._mark)]

    async def headers(self) -> str | None:
        """What the next part says of itself; None behind the last one."""
        while len(self._held) < 2:
            await self._more()
        if self._held[:2] == b"--":
            return None
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > _LONGEST_HEADERS:
                raise Unreadable("a part says too much of itself")
            await self._more()
        lines = bytes(self._held[:end]).decode("utf-8", "replace").split("\r\n")
        del self._held[: end + 4]
        told = [value.strip() for line in lines for key, _, value in [line.partition(":")] if _is_disposition(key)]
        if len(told) != 1:
            raise Unreadable("a part must say once what it is")
        return told[0]

    async def text(self) -> str:
        """A short field."""
        whole = bytearray()
        async for piece in self.part():
            whole += piece
            if len(whole) > _LONGEST_FIELD:
                raise Unreadable("a field is too long")
        try:
            return whole.decode("utf-8")
        except UnicodeDecodeError:
            raise Unreadable("fields must be UTF-8") from None

    async def file(self) -> AsyncIterator[bytes]:
        """The file; it must be the last part."""
        async for piece in self.part():
            yield piece
        if await self.headers() is not None:
            raise Unreadable("something follows the file")

    async def _more(self) -> None:
        try:
            async with asyncio.timeout_at(min(self._until, asyncio.get_running_loop().time() + LONGEST_SILENCE)):
                piece = await anext(self._pieces)
        except (TimeoutError, ClientDisconnect):
            raise Unreadable("the file did not come") from None
        except StopAsyncIteration:
            raise Unreadable("the file is cut off") from None
        self._left -= len(piece)
        if self._left < 0:
            raise Unreadable("the file is too large")
        self._held += piece


def _is_disposition(key: str) -> bool:
    return key.strip().lower() == "content-disposition"
