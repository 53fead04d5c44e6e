"""LogoutRequest and LogoutResponse. `request` or `answer`, then how it travels: `query`, `post` as it came; `redirect`, `enveloped N`: XML."""

import xml.etree.ElementTree as ET
from typing import Literal

from metadata.saml.document import Malformed
from protocols.saml import logout_messages, wire
from protocols.saml.incoming import Unanswerable
from protocols.saml.wire import UnverifiedMessage
from tests.fuzz import inputs, second_reader, signing
from tests.fuzz.authn_request import KEY, PARTY, SAML, SAMLP
from tests.fuzz.inputs import Input
from tests.protocols.saml import party
from tests.protocols.saml.party import ENDPOINT, NOW

Kind = Literal["SAMLRequest", "SAMLResponse"]


def one_input(data: bytes) -> bool:
    """Refused as `Malformed` or `Unanswerable`, or believed: then the key says so too, and another reader reads the same names."""
    given = inputs.read(data)
    kind: Kind = "SAMLResponse" if given.how[:1] == ("answer",) else "SAMLRequest"
    try:
        message = _arrived(given, kind)
        logout_messages.unverified_issuer(message)
        return _believed(message)
    except (Malformed, Unanswerable):
        return False


def _believed(message: UnverifiedMessage) -> bool:
    root = message.root
    if message.kind == "SAMLResponse":
        told = logout_messages.read_response(message, party=PARTY, endpoint=ENDPOINT, now=NOW)
        assert told.in_response_to == root.get("InResponseTo", "")
    else:
        asked = logout_messages.read_request(message, party=PARTY, endpoint=ENDPOINT, now=NOW)
        read = second_reader.read(message.xml)
        (name,) = read.findall(f"{SAML}NameID")
        assert asked.name_id == "".join(name.itertext()).strip(" \t\r\n")
        indexes = ["".join(index.itertext()).strip(" \t\r\n") for index in read.findall(f"{SAMLP}SessionIndex")]
        assert list(asked.session_indexes) == indexes
        # What is kept of it can be read again.
        assert (ET.fromstring(asked.name).text or "").strip(" \t\r\n") == asked.name_id
    # SDP-IDP22: nothing ends without a signature.
    assert signing.judged(message, KEY)
    assert root.get("Destination") == ENDPOINT
    return True


def _arrived(given: Input, kind: Kind) -> UnverifiedMessage:
    body, way, key = given.body, given.how[1:2], signing.signer(given.how, KEY)
    if way == ("post",):
        return wire.read_post(body, kind=kind)
    if way == ("enveloped",):
        form = party.form(signing.enveloped(body, key, seed=given.seed))
        return wire.read_post(form.replace(b"SAMLRequest", kind.encode(), 1), kind=kind)
    if way == ("redirect",):
        body = signing.afterwards(signing.query(body, key, kind=kind), given.seed)
    return wire.read_redirect(body, kind=kind)
