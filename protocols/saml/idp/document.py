"""Our SAML metadata (C-207, C-209): every published key, the active one first, signed with it."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core.settings import Settings
from idp.http.resources import resources_of
from metadata.keys import XML_ALGS, Signer, SigningKeys
from metadata.saml.writer import OurEntity, write_idp
from protocols.saml.idp.sso import METADATA, SSO

HEADERS = {"Cache-Control": "public, max-age=300"}
NAMES = {"nl": "Poortwachter", "en": "Poortwachter"}

_KNOWN: dict[tuple[str, ...], bytes] = {}


async def metadata(request: Request) -> Response:
    """The document; made anew when the published keys change."""
    resources = resources_of(request)
    now = resources.floor.now
    keys = await resources.keys.latest(now=now)
    settings = resources.floor.settings
    place = (settings.base_url, *(signer.kid for signer in _shown(keys, now)), keys.active("RS256", now).kid)
    if place not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[place] = _written(settings, keys, now)
    return Response(_KNOWN[place], media_type="application/samlmetadata+xml", headers=HEADERS)


def _written(settings: Settings, keys: SigningKeys, now: datetime) -> bytes:
    active = keys.active("RS256", now)
    published = sorted(_shown(keys, now), key=lambda signer: signer.kid != active.kid)
    us = OurEntity(
        entity_id=settings.base_url + METADATA,
        sso_redirect=settings.base_url + SSO,
        sso_post=settings.base_url + SSO,
        display_names=NAMES,
        website=settings.base_url + "/",
        contact_email=settings.support_contact,
        error_url=settings.base_url + "/error",
    )
    return write_idp(us, certificates=[signer.certificate for signer in published], signer=active)


def _shown(keys: SigningKeys, now: datetime) -> list[Signer]:
    """Not the key that signs for OpenID Connect alone."""
    return [signer for signer in keys.published(now) if signer.alg in XML_ALGS]


ROUTES = [Route(METADATA, metadata)]
