"""AuthnRequest, unsigned or signed by its party. `query`, `post`: as it came; `unsigned`, `redirect`, `form`, `enveloped N`: the XML alone."""

from metadata.saml.document import Malformed
from protocols.saml import wire
from protocols.saml.idp import request
from protocols.saml.idp.request import Refusal
from protocols.saml.incoming import NCNAME, Unanswerable
from protocols.saml.wire import UnverifiedMessage
from tests.fuzz import inputs, second_reader, signing
from tests.fuzz.inputs import Input
from tests.protocols.saml import party
from tests.protocols.saml.keys import ec_pair
from tests.protocols.saml.party import ENDPOINT, HERE, NOW

KEY = ec_pair("fuzzed party")
PARTY = party.party(KEY)
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"


def one_input(data: bytes) -> bool:
    """Refused as `Malformed` or `Unanswerable`, declined towards an address of the metadata, or accepted as two other readers read it."""
    given = inputs.read(data)
    try:
        message = _arrived(given)
        named = request.unverified_issuer(message)
        outcome = request.read(message, party=PARTY, endpoint=ENDPOINT, here=HERE, now=NOW)
    except (Malformed, Unanswerable):
        return False
    reply_to = outcome.reply_to
    # C-214: whatever is answered goes to an address of the metadata.
    assert reply_to.location in {service.location for service in PARTY.by_post}
    assert NCNAME.fullmatch(reply_to.in_response_to)
    assert len((reply_to.relay_state or "").encode()) <= wire.LARGEST_RELAY_STATE
    signed = signing.judged(message, KEY)
    root = second_reader.read(message.xml)
    assert root.tag == f"{SAMLP}AuthnRequest"
    assert root.get("Destination", ENDPOINT) == ENDPOINT
    assert named.strip() == PARTY.entity_id == (root.findtext(f"{SAML}Issuer") or "").strip(" \t\r\n")
    if isinstance(outcome, Refusal):
        return False
    assert signed == outcome.signed
    assert root.get("Version") == "2.0"
    assert (root.get("ForceAuthn") in {"true", "1"}) == outcome.force
    assert root.find(f"{SAML}Subject") is None
    return True


def _arrived(given: Input) -> UnverifiedMessage:
    body, first, key = given.body, given.how[:1], signing.signer(given.how, KEY)
    if first == ("post",):
        return wire.read_post(body, kind="SAMLRequest")
    if first == ("form",):
        return wire.read_post(party.form(body), kind="SAMLRequest")
    if first == ("enveloped",):
        return wire.read_post(party.form(signing.enveloped(body, key, seed=given.seed)), kind="SAMLRequest")
    if first == ("unsigned",):
        body = party.redirect(body)
    if first == ("redirect",):
        body = signing.afterwards(signing.query(body, key, kind="SAMLRequest"), given.seed)
    return wire.read_redirect(body, kind="SAMLRequest")
