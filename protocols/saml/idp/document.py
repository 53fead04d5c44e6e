"""Our SAML metadata (C-207, C-209): every published key, the active one first, signed with it.

Two documents: one that ends and is to be read again and again, and one without an end for publishers that load a file by hand.
"""

from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core.settings import Settings
from idp.http.resources import resources_of
from metadata.keys import XML_ALGS, Signer, SigningKeys
from metadata.saml.writer import OurEntity, Term, write_idp
from protocols import subjects
from protocols.saml import published
from protocols.saml.idp.addresses import METADATA, SLO, SLO_SOAP, SSO
from protocols.saml.published import Kept

ONCE: Final = METADATA + "/once"
NAMES: Final = {"nl": "Poortwachter", "en": "Poortwachter"}

_KEPT: Final = Kept()


async def metadata(request: Request) -> Response:
    """The document with its validUntil and cacheDuration."""
    return await _answer(request, published.term_at(resources_of(request).floor.now))


async def once(request: Request) -> Response:
    """The document without an end, for who reads it once and never again."""
    return await _answer(request, None)


async def _answer(request: Request, term: Term | None) -> Response:
    """Made anew when the published keys change, or a day passed."""
    resources = resources_of(request)
    now, settings = resources.floor.now, resources.floor.settings
    keys = await resources.keys.latest(now=now)
    active, logo = keys.active("RS256", now), resources.pages.static.url("mark.svg")
    shown = sorted(_shown(keys, now), key=lambda signer: signer.kid != active.kid)

    def write() -> bytes:
        certificates = [signer.certificate for signer in shown]
        return write_idp(_us(settings, logo), certificates=certificates, signer=active, term=term)

    made_of = (settings.base_url, settings.support_contact, term, *(signer.kid for signer in shown))
    return published.answer(request, _KEPT.document("term" if term else "once", made_of, write))


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
