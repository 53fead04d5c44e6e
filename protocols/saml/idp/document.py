"""Our SAML metadata (C-207, C-209): every published key, the active one first, signed with it.

Two documents: one that ends and is to be read again and again, and one without an end for publishers that load a file by hand.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core.settings import Settings
from idp.http.resources import Resources, resources_of
from metadata.keys import XML_ALGS, Signer, SigningKeys
from metadata.saml.writer import OurEntity, Term, write_idp
from protocols import subjects
from protocols.saml.idp.addresses import METADATA, SLO, SLO_SOAP, SSO

ONCE: Final = METADATA + "/once"
NAMES: Final = {"nl": "Poortwachter", "en": "Poortwachter"}

VALID: Final = timedelta(days=14)
RENEWED: Final = timedelta(days=1)
"""A document is written anew so often, so that one read now is valid for almost all of `VALID`."""
CACHE_HOURS: Final = 12
"""Shorter than a new key is published before it signs (C-136): who keeps to it knows every key in time."""


@dataclass(frozen=True, slots=True)
class _Written:
    body: bytes
    etag: str


_KNOWN: dict[str, tuple[tuple[str, ...], _Written]] = {}


async def metadata(request: Request) -> Response:
    """The document with its validUntil and cacheDuration."""
    now = resources_of(request).floor.now
    begun = datetime.fromtimestamp(now.timestamp() // RENEWED.total_seconds() * RENEWED.total_seconds(), now.tzinfo)
    return await _answer(request, Term(begun + VALID, CACHE_HOURS))


async def once(request: Request) -> Response:
    """The document without an end, for who reads it once and never again."""
    return await _answer(request, None)


async def _answer(request: Request, term: Term | None) -> Response:
    """Made anew when the published keys change, or a day passed; 304 for who has it."""
    resources = resources_of(request)
    now = resources.floor.now
    written = _document(resources, await resources.keys.latest(now=now), term, now)
    headers = {"Cache-Control": "public, max-age=300", "ETag": written.etag}
    # RFC 9110 13.1.2: the weak comparison, over a list.
    had = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if written.etag in had or had == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(written.body, media_type="application/samlmetadata+xml", headers=headers)


def _document(resources: Resources, keys: SigningKeys, term: Term | None, now: datetime) -> _Written:
    settings, active = resources.floor.settings, keys.active("RS256", now)
    published = sorted(_shown(keys, now), key=lambda signer: signer.kid != active.kid)
    until = term.valid_until.isoformat() if term else ""
    place = (settings.base_url, until, *(signer.kid for signer in published))
    known = _KNOWN.get(which := "term" if term else "once")
    if known is None or known[0] != place:
        us = _us(settings, resources.pages.static.url("mark.svg"))
        body = write_idp(us, certificates=[signer.certificate for signer in published], signer=active, term=term)
        known = _KNOWN[which] = place, _Written(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
    return known[1]


def _us(settings: Settings, logo: str) -> OurEntity:
    return OurEntity(
        entity_id=settings.base_url + METADATA,
        sso_redirect=settings.base_url + SSO,
        sso_post=settings.base_url + SSO,
        slo=settings.base_url + SLO,
        slo_soap=settings.base_url + SLO_SOAP,
        display_names=NAMES,
        website=settings.base_url + "/",
        contact_email=settings.support_contact,
        error_url=settings.base_url + "/help",
        logo=settings.base_url + logo,
        scope=subjects.realm_of(settings.base_url),
    )


def _shown(keys: SigningKeys, now: datetime) -> list[Signer]:
    """Not the key that signs for OpenID Connect alone."""
    return [signer for signer in keys.published(now) if signer.alg in XML_ALGS]


ROUTES = [Route(METADATA, metadata), Route(ONCE, once)]
