"""Our metadata as a service provider, at the address that is its entityID (C-207, C-209): what a network provider loads to know us.

With an end, to be read again and again; and without one for providers that load a file by hand.
"""

from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core.settings import Settings
from idp.http.resources import resources_of
from metadata.keys import Signer, SigningKeys
from metadata.saml.writer import OurServiceProvider, Term, write_sp
from protocols.saml import published
from protocols.saml.published import Kept
from protocols.saml.sp.addresses import ACS, ENTITY, SLO, SLO_SOAP

ONCE: Final = ENTITY + "/once"
NAMES: Final = {"nl": "Poortwachter", "en": "Poortwachter"}
DESCRIPTIONS: Final = {
    "nl": "Inloggen bij digitaal leermateriaal voor scholen",
    "en": "Signing in to digital learning materials for schools",
}

_KEPT: Final = Kept()


async def metadata(request: Request) -> Response:
    """The document with its validUntil and cacheDuration."""
    return await _answer(request, published.term_at(resources_of(request).floor.now))


async def once(request: Request) -> Response:
    """The document without an end."""
    return await _answer(request, None)


async def _answer(request: Request, term: Term | None) -> Response:
    """Made anew when the published keys change, or a day passed."""
    resources = resources_of(request)
    now, settings = resources.floor.now, resources.floor.settings
    keys = await resources.keys.latest(now=now)
    # The newest is what others encrypt to from now on; the older ones only open.
    encryption = tuple(opener.certificate for opener in (await resources.openers.all())[:1])
    active, logo = keys.active("RS256", now), resources.pages.static.url("mark.svg")
    shown = sorted(_shown(keys, now), key=lambda signer: signer.kid != active.kid)

    def write() -> bytes:
        signing = [signer.certificate for signer in shown]
        return write_sp(_us(settings, logo), signing=signing, encryption=encryption, signer=active, term=term)

    made_of = (settings.base_url, settings.support_contact, term, *(signer.kid for signer in shown), *encryption)
    return published.answer(request, _KEPT.document("term" if term else "once", made_of, write))


def _us(settings: Settings, logo: str) -> OurServiceProvider:
    return OurServiceProvider(
        entity_id=settings.base_url + ENTITY,
        acs=settings.base_url + ACS,
        slo=settings.base_url + SLO,
        slo_soap=settings.base_url + SLO_SOAP,
        display_names=NAMES,
        descriptions=DESCRIPTIONS,
        website=settings.base_url + "/",
        contact_email=settings.support_contact,
        logo=settings.base_url + logo,
        privacy=settings.base_url + "/help/privacy",
    )


def _shown(keys: SigningKeys, now: datetime) -> list[Signer]:
    """Requests are signed with RSA alone, because every provider can check that."""
    return [signer for signer in keys.published(now) if signer.alg == "RS256"]


ROUTES = [Route(ENTITY, metadata, methods=["GET"]), Route(ONCE, once, methods=["GET"])]
