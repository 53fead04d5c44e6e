"""Our SAML metadata as an identity provider (C-207, C-209): every published key that signs in SAML, the active one first, signed with it."""

from metadata.keys import XML_ALGS
from metadata.saml.writer import OurEntity, Term, write_idp
from protocols import subjects
from protocols.saml import published
from protocols.saml.idp.addresses import METADATA, SLO, SLO_SOAP, SSO
from protocols.saml.published import Us


def _write(us: Us, term: Term | None) -> bytes:
    entity = OurEntity(
        entity_id=us.base_url + METADATA,
        sso_redirect=us.base_url + SSO,
        sso_post=us.base_url + SSO,
        slo=us.base_url + SLO,
        slo_soap=us.base_url + SLO_SOAP,
        display_names=published.NAMES,
        website=us.base_url + "/",
        contact_email=us.contact,
        error_url=us.base_url + "/help",
        logo=us.logo,
        scope=subjects.realm_of(us.base_url),
    )
    return write_idp(entity, signing=us.signing, encryption=us.encryption, signer=us.signer, term=term)


# Not the key that signs for OpenID Connect alone.
ROUTES = published.routes(METADATA, XML_ALGS, _write)
