"""Documents about ourselves that others keep: with an end and a time to look again, or without, and 304 for who has it already (C-204, C-209)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from metadata.saml.writer import Term

VALID: Final = timedelta(days=14)
RENEWED: Final = timedelta(days=1)
"""A document is written anew so often, so that one read now is valid for almost all of `VALID`."""
CACHE_HOURS: Final = 12
"""Shorter than a new key is published before it signs (C-136): who keeps to it knows every key in time."""


def term_at(now: datetime) -> Term:
    """The term of a document that is read at this moment; the same all day, so that the document is."""
    day = RENEWED.total_seconds()
    return Term(datetime.fromtimestamp(now.timestamp() // day * day, now.tzinfo) + VALID, CACHE_HOURS)


@dataclass(frozen=True, slots=True)
class Written:
    """A document and what tells whether somebody has it."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What one process wrote last of each of its documents."""

    known: dict[str, tuple[tuple[object, ...], Written]] = field(default_factory=dict)

    def document(self, name: str, made_of: tuple[object, ...], write: Callable[[], bytes]) -> Written:
        """The document of this name; written anew when what it is made of changed."""
        known = self.known.get(name)
        if known is None or known[0] != made_of:
            body = write()
            known = self.known[name] = made_of, Written(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        return known[1]


def answer(request: Request, written: Written) -> Response:
    """The document, or 304 for who has it."""
    headers = {"Cache-Control": "public, max-age=300", "ETag": written.etag}
    # RFC 9110 13.1.2: the weak comparison, over a list.
    had = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if written.etag in had or had == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(written.body, media_type="application/samlmetadata+xml", headers=headers)
