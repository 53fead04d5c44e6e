"""Documents about ourselves that others keep: with an end and a time to look again, or without, and 304 for who has it already (C-204, C-207, C-209).

Two of each role: one that ends and is to be read again and again, and one without an end for software that loads a file by hand.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.http.resources import resources_of
from metadata.keys import Signer
from metadata.saml.writer import Term

VALID: Final = timedelta(days=14)
RENEWED: Final = timedelta(days=1)
"""A document is written anew so often, so that one read now is valid for almost all of `VALID`."""
CACHE_HOURS: Final = 12
"""Shorter than a new key is published before it signs (C-136): who keeps to it knows every key in time."""
NAMES: Final = {"nl": "Poortwachter", "en": "Poortwachter"}


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


@dataclass(frozen=True, slots=True)
class Us:
    """What a document says of us in either role. `logo` is a whole address; `signing` are certificates, that of `signer` first.

    `encryption` is the certificate to encrypt to, none where there is no such key yet.
    """

    base_url: str
    contact: str
    logo: str
    signing: tuple[str, ...]
    encryption: tuple[str, ...]
    signer: Signer


Writes = Callable[[Us, Term | None], bytes]


def routes(path: str, algs: Collection[str], writes: Writes) -> list[Route]:
    """Both documents of a role, at `path` and `path`/once; `algs` are those of our keys that sign in it."""
    kept = Kept()

    async def metadata(request: Request) -> Response:
        """The document with its validUntil and cacheDuration."""
        return await _written(request, kept, algs, writes, term_at(resources_of(request).floor.now))

    async def once(request: Request) -> Response:
        """The document without an end, for who reads it once and never again."""
        return await _written(request, kept, algs, writes, None)

    return [Route(path, metadata, methods=["GET"]), Route(f"{path}/once", once, methods=["GET"])]


async def _written(request: Request, kept: Kept, algs: Collection[str], writes: Writes, term: Term | None) -> Response:
    """Made anew when the published keys change, or a day passed."""
    resources = resources_of(request)
    now, settings = resources.floor.now, resources.floor.settings
    keys = await resources.keys.latest(now=now)
    # The newest is what others encrypt to from now on; the older ones only open.
    newest = await resources.openers.newest(now=now)
    encryption = (newest,) if newest is not None else ()
    active = keys.active("RS256", now)
    shown = sorted(
        (signer for signer in keys.published(now) if signer.alg in algs), key=lambda signer: signer.kid != active.kid
    )
    logo = settings.base_url + resources.pages.static.url("mark.svg")
    signing = tuple(signer.certificate for signer in shown)
    us = Us(settings.base_url, settings.support_contact, logo, signing, encryption, active)
    made_of = (us.base_url, us.contact, term, *(signer.kid for signer in shown), *encryption)
    return answer(request, kept.document("term" if term else "once", made_of, lambda: writes(us, term)))
