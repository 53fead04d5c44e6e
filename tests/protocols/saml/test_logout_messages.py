"""A logout request's own end (Core 3.7.1), up to the last moment that a calendar knows."""

import pytest

from protocols.saml import logout_messages, wire
from protocols.saml.incoming import Unanswerable
from tests.fuzz import signing
from tests.protocols.saml import logging_out, party
from tests.protocols.saml.keys import ec_pair
from tests.protocols.saml.party import ENDPOINT, NOW

KEY = ec_pair("leaving")


def read(until: str) -> logout_messages.LogoutRequest:
    signed = logging_out.Signed("leerling-1", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "zitting-1")
    xml = logging_out.request(signed, to=ENDPOINT, issued=NOW, changed={"NotOnOrAfter": until})
    message = wire.read_redirect(signing.query(xml, KEY, kind="SAMLRequest"), kind="SAMLRequest")
    return logout_messages.read_request(message, party=party.party(KEY), endpoint=ENDPOINT, now=NOW)


@pytest.mark.parametrize("until", ["2026-11-23T09:30:00Z", "2026-11-23T09:27:16Z", "9999-12-31T23:59:59Z"])
def test_a_request_holds_until_it_ends_and_a_little_longer(until: str) -> None:
    assert read(until).name_id == "leerling-1"


@pytest.mark.parametrize("until", ["2026-11-23T09:27:15Z", "0001-01-01T00:00:00Z"])
def test_a_request_that_has_ended_ends_nothing(until: str) -> None:
    with pytest.raises(Unanswerable):
        read(until)
