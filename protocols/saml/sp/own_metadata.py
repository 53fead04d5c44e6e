"""Our metadata as a service provider, at the address that is its entityID (C-207, C-209): what a network provider loads to know us."""

from typing import Final

from metadata.saml.writer import OurServiceProvider, Term, write_sp
from protocols.saml import published
from protocols.saml.published import Us
from protocols.saml.sp.addresses import ACS, ENTITY, SLO, SLO_SOAP

DESCRIPTIONS: Final = {
    "nl": "Inloggen bij digitaal leermateriaal voor scholen",
    "en": "Signing in to digital learning materials for schools",
}


def _write(us: Us, term: Term | None) -> bytes:
    entity = OurServiceProvider(
        entity_id=us.base_url + ENTITY,
        acs=us.base_url + ACS,
        slo=us.base_url + SLO,
        slo_soap=us.base_url + SLO_SOAP,
        display_names=published.NAMES,
        descriptions=DESCRIPTIONS,
        website=us.base_url + "/",
        contact_email=us.contact,
        logo=us.logo,
        privacy=us.base_url + "/help/privacy",
    )
    return write_sp(entity, signing=us.signing, encryption=us.encryption, signer=us.signer, term=term)


# Requests are signed with RSA alone, because every provider can check that.
ROUTES = published.routes(ENTITY, ("RS256",), _write)
