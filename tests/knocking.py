"""A request put to the application itself: what a client library adds to each, a test of a hundred thousand requests need not pay."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx2 as httpx

Message = MutableMapping[str, Any]
App = Callable[
    [dict[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]

_PLAIN = re.compile(
    r"(/(?:[\w!$&*+,;=:@~/-]|\.(?!\.?(?:/|$|\?))|%[0-9A-Fa-f]{2})*)(?:\?((?:[\w.!$&*+,;=:@~/?-]|%[0-9A-Fa-f]{2})*))?",
    re.A,
)
"""Path and query of an address in which a client has nothing to escape or to shorten."""


@dataclass(frozen=True, slots=True)
class Knocker:
    """Who asks: at which application, from which network address."""

    app: App
    address: str

    async def knock(
        self, method: str, base: str, target: str, headers: Mapping[str, str], content: bytes | None
    ) -> httpx.Response | None:
        """The response to a request for an address below `base`; None where it takes a client to say what is asked for."""
        host = base.removeprefix("https://")
        plain = _PLAIN.fullmatch(target.removeprefix(base)) if target.startswith(f"{base}/") else None
        sent = {"host": host, **{name.lower(): value for name, value in headers.items()}}
        if content is not None or method in {"POST", "PUT", "PATCH"}:
            sent["content-length"] = str(len(content or b""))
        if plain is None or not all(map(str.isascii, sent.values())):
            return None
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "scheme": "https",
            "path": unquote(plain[1]),
            "raw_path": plain[1].encode(),
            "query_string": (plain[2] or "").encode(),
            "server": (host, None),
            "client": (self.address, 40000),
            "root_path": "",
        }
        status, answered, body = await _answer(self.app, scope, content or b"")
        return httpx.Response(status, headers=answered, content=b"" if method == "HEAD" else body)


async def _answer(app: App, scope: dict[str, Any], content: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    status, headers, parts = 500, list[tuple[bytes, bytes]](), list[bytes]()
    waiting, done = [content], asyncio.Event()

    async def receive() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                done.set()

    try:
        await app(scope, receive, send)
    except Exception:  # a server would have logged it, and answered as the application did before
        done.set()
    assert done.is_set()
    return status, headers, b"".join(parts)
