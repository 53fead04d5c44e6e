"""Our metadata as a service provider, at the address that is its entityID (C-207, C-209): what a network provider loads to know us."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core.settings import Settings
from idp.http.resources import resources_of
from metadata.keys import XML_ALGS, SigningKeys
from metadata.saml.writer import OurServiceProvider, write_sp
from protocols.saml.sp.addresses import ACS, ENTITY

HEADERS = {"Cache-Control": "public, max-age=300"}
NAMES = {"nl": "Poortwachter", "en": "Poortwachter"}
DESCRIPTIONS = {
    "nl": "Inloggen bij digitaal leermateriaal voor scholen",
    "en": "Signing in to digital learning materials for schools",
}

_KNOWN: dict[tuple[str, ...], bytes] = {}


async def metadata(request: Request) -> Response:
    """The document; made anew when the published keys change."""
    resources = resources_of(request)
    now = resources.floor.now
    keys = await resources.keys.latest(now=now)
    openers = await resources.openers.all()
    # The newest is what others encrypt to from now on; the older ones only open.
    encryption = tuple(opener.certificate for opener in openers[:1])
    settings = resources.floor.settings
    place = (
        settings.base_url,
        *(signer.kid for signer in keys.published(now)),
        keys.active("RS256", now).kid,
        *encryption,
    )
    if place not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[place] = _written(settings, keys, encryption, now)
    return Response(_KNOWN[place], media_type="application/samlmetadata+xml", headers=HEADERS)


def _written(settings: Settings, keys: SigningKeys, encryption: tuple[str, ...], now: datetime) -> bytes:
    active = keys.active("RS256", now)
    # Requests are signed with RSA alone, because every provider can check that.
    published = sorted(
        (signer for signer in keys.published(now) if signer.alg in XML_ALGS and signer.alg == active.alg),
        key=lambda signer: signer.kid != active.kid,
    )
    us = OurServiceProvider(
        entity_id=settings.base_url + ENTITY,
        acs=settings.base_url + ACS,
        display_names=NAMES,
        descriptions=DESCRIPTIONS,
        website=settings.base_url + "/",
        contact_email=settings.support_contact,
    )
    return write_sp(us, signing=[signer.certificate for signer in published], encryption=encryption, signer=active)


ROUTES = [Route(ENTITY, metadata, methods=["GET"])]
