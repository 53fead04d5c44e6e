"""A browser and a back channel in one: a small HTTP/1.1 client with one kept connection and a cookie jar.

General clients cost more processor time per request than the servers under test; on two cores that hides the server.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import cast
from urllib.parse import urlencode, urljoin, urlsplit

import httptools

Headers = Sequence[tuple[str, str]]
ANSWERS_WITHIN = 60.0
REDIRECTS = 8


class HttpError(Exception):
    """The server closed the connection or sent what is no HTTP."""


@dataclass(slots=True)
class Answer:
    url: str = ""
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    keep: bool = True

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class _Connection(asyncio.Protocol):
    """httptools calls the `on_` methods while bytes come in; one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.open = False
        self._waiting: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._waiting and not self._waiting.done():
            if self._until_close and self._answer.status:
                self.on_message_complete()
            else:
                self._waiting.set_exception(HttpError("connection lost"))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if self._waiting and not self._waiting.done():
                self._waiting.set_exception(HttpError(f"not HTTP: {error!r}"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._answer.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._answer.status = self._parser.get_status_code()
        self._answer.keep = self._parser.should_keep_alive()
        names = {name for name, _ in self._answer.headers}
        self._until_close = not names & {"content-length", "transfer-encoding"}

    def on_body(self, data: bytes) -> None:
        self._parts.append(data)

    def on_message_complete(self) -> None:
        self._answer.body = b"".join(self._parts)
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(self._answer)

    def send(self, raw: bytes) -> "asyncio.Future[Answer]":
        assert self.transport is not None
        self._parser = httptools.HttpResponseParser(self)
        self._answer, self._parts, self._until_close = Answer(), list[bytes](), False
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(raw)
        return self._waiting


class Jar:
    """Cookies by name and path. Domain and Secure are ignored on purpose: every request goes to the one server."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str], str] = {}

    def learn(self, headers: Headers) -> None:
        for key, value in headers:
            if key == "set-cookie":
                pair, *attributes = value.split(";")
                name, _, content = pair.strip().partition("=")
                traits = {k.strip().lower(): v.strip() for k, _, v in (a.partition("=") for a in attributes)}
                self._cookies.pop((name, traits.get("path", "/")), None)
                if traits.get("max-age", "1").lstrip("-") not in {"0"} and " 1970 " not in traits.get("expires", ""):
                    self._cookies[name, traits.get("path", "/")] = content

    def header(self, path: str) -> str:
        return "; ".join(f"{name}={value}" for (name, at), value in self._cookies.items() if path.startswith(at))

    def forget(self) -> None:
        self._cookies.clear()


class Browser:
    """One virtual person: one connection, one jar. `requests` counts what it asked.

    `headers` go with everything a browser sends; the back channel (cookies=False) is another machine.
    """

    def __init__(self, origin: str, headers: Headers = ()) -> None:
        parts = urlsplit(origin)
        self.headers = headers
        self._address = parts.hostname or "", parts.port or 80
        self._connection: _Connection | None = None
        self.jar = Jar()
        self.requests = 0

    async def get(self, url: str, headers: Headers = (), *, cookies: bool = True) -> Answer:
        return await self._request("GET", url, headers, b"", cookies=cookies)

    async def post(self, url: str, fields: Mapping[str, str], headers: Headers = (), *, cookies: bool = True) -> Answer:
        form = ("Content-Type", "application/x-www-form-urlencoded")
        return await self._request("POST", url, [*headers, form], urlencode(fields).encode(), cookies=cookies)

    async def follow(self, answer: Answer, *, until: str = "") -> Answer:
        """Follows redirects; one that leads to `until` is not followed, but is the answer."""
        for _ in range(REDIRECTS):
            if answer.status not in {301, 302, 303, 307}:
                break
            location = urljoin(answer.url, answer.header("location"))
            if until and location.startswith(until):
                break
            answer = await self.get(location)
        return answer

    async def _request(self, method: str, url: str, headers: Headers, body: bytes, *, cookies: bool) -> Answer:
        parts = urlsplit(url)
        path = parts.path or "/"
        lines = [f"{method} {path}{'?' + parts.query if parts.query else ''} HTTP/1.1", f"Host: {parts.netloc}"]
        if cookies:
            headers = [*self.headers, *headers]
        if cookies and (cookie := self.jar.header(path)):
            lines.append(f"Cookie: {cookie}")
        lines += [f"{name}: {value}" for name, value in headers]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        if method == "POST" and cookies:  # what a browser says of a form on the server's own page
            lines.append(f"Origin: {parts.scheme}://{parts.netloc}")
        answer = await self._exchange(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)
        self.requests += 1
        answer.url = url
        if not answer.keep:
            self.close()
        if cookies:
            self.jar.learn(answer.headers)
        return answer

    async def _exchange(self, raw: bytes) -> Answer:
        kept = self._connection is not None and self._connection.open
        try:
            return await self._once(raw)
        except HttpError:
            if not kept:
                raise
            self._connection = None  # the server had closed the kept connection meanwhile
            return await self._once(raw)

    async def _once(self, raw: bytes) -> Answer:
        if self._connection is None or not self._connection.open:
            loop = asyncio.get_running_loop()
            _, self._connection = await loop.create_connection(_Connection, *self._address)
        return await asyncio.wait_for(self._connection.send(raw), ANSWERS_WITHIN)

    def close(self) -> None:
        if self._connection is not None and self._connection.transport is not None:
            self._connection.transport.close()
        self._connection = None


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press: what it sends, and the words on it."""

    name: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Form:
    """A POST form of a page: where it goes, what it would send untouched, and its buttons."""

    action: str
    fields: Mapping[str, str]
    buttons: Sequence[Button]


_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S | re.I)
_CONTROL = re.compile(r"<input\b([^>]*)>|<button\b([^>]*)>(.*?)</button>", re.S | re.I)
_LINK = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.I | re.S)
_TAG = re.compile(r"<[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


def forms(page: Answer) -> list[Form]:
    """The POST forms of a page, in order."""
    found = []
    for head, inner in _FORM.findall(page.text):
        about = _attributes(head)
        if about.get("method", "get").lower() != "post":
            continue
        fields, buttons = {}, []
        for typed, button, inside in _CONTROL.findall(inner):
            control = _attributes(typed or button)
            name, value = control.get("name", ""), control.get("value", "")
            kind = control.get("type", "text" if typed else "submit")
            if name and kind == "submit":
                buttons.append(Button(name, value, " ".join(unescape(_TAG.sub(" ", inside)).split())))
            elif name and kind not in {"button", "image", "reset", "radio", "checkbox"}:
                fields[name] = value
        found.append(Form(urljoin(page.url, about.get("action", "") or page.url), fields, buttons))
    return found


def links(page: Answer) -> list[tuple[str, str]]:
    """The words of the links of a page and where they lead, in order."""
    found = ((_attributes(about).get("href"), words) for about, words in _LINK.findall(page.text))
    return [
        (" ".join(unescape(_TAG.sub(" ", words)).split()), urljoin(page.url, href)) for href, words in found if href
    ]


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(text)}
