"""One question over HTTP/1.1, within limits of time and size, and nothing that the other side could lead us astray with.

No redirects, no cookies, no compression, no kept connection: an administration is asked a few times a night. The answer is handed on as it
comes in, so that whoever takes it can end it at the first wrong element.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httptools

from directory.imports.uwlr.faults import Refused
from idp.core.settings import is_loopback

_CHUNK: Final = 64 * 1024
_MOST_HEAD: Final = 32 * 1024
_PLAIN: Final = re.compile(r"[!-~]{1,300}")
_XML: Final = frozenset({"text/xml", "application/xml", "application/soap+xml"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how much: seconds to connect, between two pieces, and in total; bytes of the whole answer.

    A system that sends a byte a second never breaks the second limit; the third is for it.
    """

    connect: float = 10
    piece: float = 30
    total: float = 180
    size: int = 64 * 1024 * 1024


PATIENCE: Final = Patience()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service is: `https`, or `http` on this machine itself."""

    host: str
    port: int
    target: str
    secure: bool

    @property
    def authority(self) -> str:
        """What belongs into the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def parse_endpoint(text: str) -> Endpoint:
    """An address as the operator wrote it. Raises `ValueError` with a reason."""
    if not _PLAIN.fullmatch(text):
        raise ValueError("an endpoint is at most 300 printable ASCII characters without spaces")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("an endpoint is an address such as https://las.example/uwlr") from None
    host = parts.hostname or ""
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("an endpoint has a host, and neither a user name nor a fragment")
    secure = parts.scheme == "https"
    if not secure and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError("an endpoint begins with https://")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(host, port or (443 if secure else 80), target, secure)


async def post(
    endpoint: Endpoint,
    action: str,
    body: bytes,
    take: Callable[[bytes], None],
    *,
    tls: ssl.SSLContext,
    patience: Patience = PATIENCE,
) -> None:
    """Sends `body` and hands what is answered to `take`, piece by piece. What `take` raises ends the connection. Raises `Refused`.

    `patience.total` is kept by the caller, who may have more than one question.
    """
    reader, writer = await _connect(endpoint, tls, patience)
    try:
        writer.write(_head(endpoint, action, len(body)) + body)
        await _listen(reader, _Answer(take, patience.size), patience)
    except TimeoutError:
        raise Refused("too_slow") from None
    except ssl.SSLError:
        # Under TLS 1.3 a refused client certificate shows only now.
        raise Refused("forbidden") from None
    except OSError:
        raise Refused("cut_off") from None
    finally:
        # Not a polite end: the other side may never answer to one.
        writer.transport.abort()


async def _connect(
    endpoint: Endpoint, tls: ssl.SSLContext, patience: Patience
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(patience.connect):
            return await asyncio.open_connection(
                endpoint.host, endpoint.port, ssl=tls if endpoint.secure else None, limit=_CHUNK
            )
    except ssl.SSLError:
        raise Refused("untrusted") from None
    except (OSError, TimeoutError, UnicodeError):
        raise Refused("unreachable") from None


def _head(endpoint: Endpoint, action: str, length: int) -> bytes:
    lines = (
        f"POST {endpoint.target} HTTP/1.1",
        f"Host: {endpoint.authority}",
        "Content-Type: text/xml; charset=utf-8",
        # SOAP 1.1, 6.1.1: quoted.
        f'SOAPAction: "{action}"',
        f"Content-Length: {length}",
        "Accept: text/xml",
        "Accept-Encoding: identity",
        "User-Agent: Poortwachter",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


async def _listen(reader: asyncio.StreamReader, answer: "_Answer", patience: Patience) -> None:
    while not answer.complete:
        async with asyncio.timeout(patience.piece):
            data = await reader.read(_CHUNK)
        if not data:
            answer.end()
            return
        answer.hear(data)


class _Answer:
    """Bytes of one response become pieces of its body; its head is judged before the first of them."""

    def __init__(self, take: Callable[[bytes], None], most: int) -> None:
        self.complete = False
        self._take = take
        self._most = most
        self._size = 0
        self._head_ended = False
        self._judged = False
        self._length_known = False
        self._headers: list[tuple[str, str]] = []
        self._pieces: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)

    def hear(self, data: bytes) -> None:
        """The next bytes. Raises `Refused`."""
        self._size += len(data)
        if self._size > self._most or (not self._head_ended and self._size > _MOST_HEAD + _CHUNK):
            raise Refused("too_large")
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            raise Refused("not_uwlr") from None
        if self._head_ended and not self._judged:
            self._judge()
        for piece in self._pieces:
            self._take(piece)
        self._pieces = []

    def end(self) -> None:
        """The other side closed. Right only where it did not say how long its answer is. Raises `Refused`."""
        if not self._head_ended or self._length_known:
            raise Refused("cut_off")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser, like everything below."""
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1").strip().lower()))

    def on_headers_complete(self) -> None:
        self._head_ended = True
        self._length_known = any(name in ("content-length", "transfer-encoding") for name, _ in self._headers)

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        self.complete = True

    def _judge(self) -> None:
        """Refuses by status and kind; a fault comes with 500 (SOAP 1.1, 6.2). Runs outside the parser, which would wrap what is raised."""
        self._judged = True
        status = self._parser.get_status_code()
        if status not in (200, 500):
            raise Refused(_of_status(status))
        kinds = [value.partition(";")[0].strip() for name, value in self._headers if name == "content-type"]
        if len(kinds) != 1 or kinds[0] not in _XML:
            raise Refused("not_uwlr" if status == 200 else "las_server_fault")
        # We asked for none; a few bytes that unfold to gigabytes are none of our business.
        if any(name == "content-encoding" and value != "identity" for name, value in self._headers):
            raise Refused("not_uwlr")


def _of_status(status: int) -> str:
    match status:
        case 301 | 302 | 303 | 307 | 308:
            return "redirected"
        case 401 | 403 | 407 | 495 | 496:
            return "forbidden"
        case 408 | 425 | 429 | 502 | 503 | 504:
            return "las_unavailable"
        case _:
            return "http_error"
