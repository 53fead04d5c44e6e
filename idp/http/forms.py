"""Query strings and form bodies, read once and strictly: UTF-8 only, no name twice, bounded (C-112, C-327)."""

import asyncio
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from starlette.requests import ClientDisconnect, Request

from idp.core.errors import Problem

LARGEST_FORM = 64 * 1024
LARGEST_SAML_FORM = 512 * 1024
MOST_FIELDS = 100
LONGEST_SECONDS = 15


class Unreadable(ValueError):
    """A query or body that is not one clear set of names and values; the text is ours and holds nothing of the input."""


def read_pairs(raw: bytes) -> list[tuple[str, str]]:
    """The pairs of an `application/x-www-form-urlencoded` text. Raises `Unreadable`."""
    if not raw:
        return []
    parts = raw.split(b"&")
    if len(parts) > MOST_FIELDS:
        raise Unreadable("too many parameters")
    pairs = [(_text(name), _text(value)) for name, _, value in (part.partition(b"=") for part in parts)]
    return [pair for pair in pairs if pair[0]]


def _text(raw: bytes) -> str:
    if b"%" in raw or b"+" in raw:
        raw = unquote_to_bytes(raw.replace(b"+", b" "))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("parameters must be UTF-8") from None
    if "\x00" in text:
        raise Unreadable("parameters must not hold NUL")
    return text


def unique(pairs: Iterable[tuple[str, str]], *, repeatable: frozenset[str] = frozenset()) -> dict[str, str]:
    """The pairs as a mapping. Raises `Unreadable` when a name stands twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found and name not in repeatable:
            raise Unreadable("a parameter stands twice")
        found[name] = value
    return found


def query_of(request: Request) -> dict[str, str]:
    """The query's parameters. Raises `Problem("request.invalid")`."""
    try:
        return unique(read_pairs(request.scope["query_string"]))
    except Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error


FORM = "application/x-www-form-urlencoded"


async def body_of(request: Request, *, largest: int = LARGEST_FORM, wanted: tuple[str, ...] = (FORM,)) -> bytes:
    """The body of a form post, or of one of the media types that are `wanted`. Raises `Unreadable` for any other or too much of it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in wanted:
        raise Unreadable(f"the body must be {wanted[0]}")
    body = bytearray()
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise Unreadable("the body is too large")
    except (TimeoutError, ClientDisconnect):
        raise Unreadable("the body did not come") from None
    return bytes(body)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form of our own pages. Raises `Problem("request.invalid")`."""
    try:
        return unique(read_pairs(await body_of(request)))
    except Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error
