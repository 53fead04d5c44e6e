"""One question of ours over HTTP/1.1, within limits of time and size, and nothing that the other side could lead us astray with.

No redirects, no cookies, no compression, no kept connection. The answer is handed on as it comes in, so that whoever takes it can end it at
the first wrong byte. Who may be asked is not decided here: `fetching` does so for addresses that others name.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import httptools

from idp.core.settings import is_loopback

_CHUNK: Final = 64 * 1024
_PIECE: Final = 16 * 1024
"""Bytes heard in one turn of the event loop. As XML they take 5 ms to read, and far more of an answer may lie in the buffer already."""
_MOST_HEAD: Final = 32 * 1024
_HEADER: Final = re.compile(r"[\t -~]*")

Trouble = Literal["unreachable", "untrusted", "forbidden", "too_slow", "too_large", "cut_off", "not_http"]
"""`forbidden`: the other side ended TLS, as one does that wants another client certificate."""


class Broken(Exception):
    """No whole answer; `trouble` says why. Nothing that the other side said is in it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how much: seconds to connect, between two pieces, and in total; bytes of the whole answer, its head included.

    A server that sends a byte a second never breaks the second limit; the third is for it, and is kept by the caller, who may ask more than once.
    """

    connect: float = 10
    piece: float = 30
    total: float = 180
    size: int = 64 * 1024 * 1024


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


def parse_endpoint(text: str, *, longest: int = 300) -> Endpoint:
    """An address as somebody wrote it. Raises `ValueError` with a reason."""
    if not re.fullmatch(rf"[!-~]{{1,{longest}}}", text):
        raise ValueError(f"an endpoint is at most {longest} printable ASCII characters without spaces")
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


@dataclass(frozen=True, slots=True)
class Sent:
    """What is asked. `headers` beside those of the connection; their names and values are ours, never a stranger's."""

    method: Literal["GET", "POST"]
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer: its status, and its headers as they came, names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for known, value in self.headers if known == name]

    @property
    def folded(self) -> bool:
        """Whether the body is compressed. We ask for none; a few bytes that unfold to gigabytes are none of our business."""
        return any(value.lower() != "identity" for value in self.all("content-encoding"))


def trusting(*, roots: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 or newer that checks name and chain against the machine's roots, or against those in a file.

    Reading the machine's roots takes 35 ms of processor time: not in a turn that others wait for.
    """
    made = ssl.create_default_context(cafile=roots)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


async def exchange(
    endpoint: Endpoint,
    sent: Sent,
    *,
    judge: Callable[[Head], None],
    take: Callable[[bytes], None],
    tls: ssl.SSLContext,
    patience: Patience,
    connect_to: Sequence[str] = (),
    check_peer: Callable[[bytes], None] | None = None,
) -> None:
    """Sends a question; hands the head of the answer to `judge`, then its body to `take`, piece by piece. What they raise ends it. Raises `Broken`.

    `connect_to` are numeric addresses to use in place of asking for the host's; the certificate must still be the host's. `check_peer` gets the
    certificate (DER) that the other side showed, before anything is sent.
    """
    reader, writer = await _connect(endpoint, tls, patience, connect_to or (endpoint.host,))
    try:
        if check_peer is not None:
            check_peer(_shown(writer))
        writer.write(_head(endpoint, sent) + sent.body)
        await _listen(reader, _Answer(judge, take, patience.size), patience)
    except TimeoutError:
        raise Broken("too_slow") from None
    except ssl.SSLError:
        # Under TLS 1.3 a refused client certificate shows only now.
        raise Broken("forbidden") from None
    except OSError:
        raise Broken("cut_off") from None
    finally:
        # Not a polite end: the other side may never answer to one.
        writer.transport.abort()


async def _connect(
    endpoint: Endpoint, tls: ssl.SSLContext, patience: Patience, hosts: Sequence[str]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    secure = {"ssl": tls, "server_hostname": endpoint.host} if endpoint.secure else {}
    for host in hosts:
        try:
            async with asyncio.timeout(patience.connect):
                return await asyncio.open_connection(host, endpoint.port, limit=_CHUNK, **secure)  # type: ignore[arg-type]
        except ssl.SSLError:
            raise Broken("untrusted") from None
        except (OSError, TimeoutError, UnicodeError):
            continue
    raise Broken("unreachable")


def _shown(writer: asyncio.StreamWriter) -> bytes:
    connection = writer.get_extra_info("ssl_object")
    shown = connection.getpeercert(binary_form=True) if connection is not None else None
    if shown is None:
        raise Broken("untrusted")
    return bytes(shown)


def _head(endpoint: Endpoint, sent: Sent) -> bytes:
    headers = {"Host": endpoint.authority, **sent.headers}
    if sent.method == "POST":
        headers["Content-Length"] = str(len(sent.body))
    headers |= {"Accept-Encoding": "identity", "User-Agent": "Poortwachter", "Connection": "close"}
    if not all(_HEADER.fullmatch(value) for value in headers.values()):
        raise ValueError("a header of ours holds what no header may hold")
    lines = [f"{sent.method} {endpoint.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join((*lines, "", "")).encode("ascii")


async def _listen(reader: asyncio.StreamReader, answer: "_Answer", patience: Patience) -> None:
    while not answer.complete:
        async with asyncio.timeout(patience.piece):
            data = await reader.read(_PIECE)
        if not data:
            answer.end()
            return
        answer.hear(data)
        # What is in the buffer already is read without waiting: whoever has something to do meanwhile goes first.
        await asyncio.sleep(0)


class _Answer:
    """Bytes of one response become pieces of its body; its head is judged before the first of them."""

    def __init__(self, judge: Callable[[Head], None], take: Callable[[bytes], None], most: int) -> None:
        self.complete = False
        self._judge, self._take, self._most = judge, take, most
        self._size = 0
        self._head_ended = False
        self._judged = False
        self._length_known = False
        self._headers: list[tuple[str, str]] = []
        self._pieces: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)

    def hear(self, data: bytes) -> None:
        """The next bytes. Raises `Broken`, and what `judge` and `take` raise."""
        self._size += len(data)
        if self._size > self._most or (not self._head_ended and self._size > _MOST_HEAD + _PIECE):
            raise Broken("too_large")
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            raise Broken("not_http") from None
        if self._head_ended and not self._judged:
            # Outside the parser, which would wrap what is raised.
            self._judged = True
            self._judge(Head(self._parser.get_status_code(), tuple(self._headers)))
        for piece in self._pieces:
            self._take(piece)
        self._pieces = []

    def end(self) -> None:
        """The other side closed. Right only where it did not say how long its answer is. Raises `Broken`."""
        if not self._head_ended or self._length_known:
            raise Broken("cut_off")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser, like everything below."""
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1").strip()))

    def on_headers_complete(self) -> None:
        self._head_ended = True
        self._length_known = any(name in ("content-length", "transfer-encoding") for name, _ in self._headers)

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        self.complete = True
