"""An answer lured to an address that is not the party's (C-214)."""

import pytest

from protocols.saml.incoming import Unanswerable
from tests.protocols.saml import party
from tests.protocols.saml.asking import by_post, by_query, by_redirect
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.party import ACS

LURES = [
    "https://evil.example/acs",
    "https://sp.example/acs/",
    "https://sp.example/ACS",
    "https://SP.example/acs",
    "https://sp.example/acs?",
    "https://sp.example/acs?x=1",
    "https://sp.example/acs#",
    "https://sp.example:443/acs",
    "http://sp.example/acs",
    "https://sp.example/x/../acs",
    "https://sp.example/%61cs",
    "https://sp.example/acs%00",
    "https://sp.example@evil.example/acs",
    "https://sp.example.evil.example/acs",
    "https://sp.example/artifact",
    "javascript:alert(1)",
    "//sp.example/acs",
    " https://sp.example/acs",
    "",
]


@pytest.mark.parametrize("location", LURES)
def test_c214_only_the_exact_string_of_the_metadata_counts(location: str) -> None:
    xml = party.authn_request({"AssertionConsumerServiceURL": location})
    for ask in (by_redirect, by_post):
        with pytest.raises(Unanswerable) as refusal:
            ask(xml)
        assert refusal.value.code == "saml.address"
        assert "Location" not in refusal.value.headers


def test_c214_a_signature_does_not_make_an_address_the_partys() -> None:
    sp = rsa_pair("sp")
    xml = party.authn_request({"AssertionConsumerServiceURL": "https://evil.example/acs"})
    with pytest.raises(Unanswerable):
        by_query(party.redirect(xml, signed_by=sp), of=party.party(sp, signed=True))


@pytest.mark.parametrize("index", ["0", "1", "9"])
def test_c214_address_and_index_together_are_refused(index: str) -> None:
    xml = party.authn_request({"AssertionConsumerServiceURL": ACS, "AssertionConsumerServiceIndex": index})
    with pytest.raises(Unanswerable) as refusal:
        by_redirect(xml)
    assert refusal.value.code == "saml.address"


@pytest.mark.parametrize("index", ["2", "9", "-1", "", "x", "99999999999999999999", "١", "1.0", " 1"])
def test_c214_an_index_must_be_one_that_takes_a_post(index: str) -> None:
    xml = party.authn_request({"AssertionConsumerServiceURL": None, "AssertionConsumerServiceIndex": index})
    with pytest.raises(Unanswerable) as refusal:
        by_redirect(xml)
    assert refusal.value.code == "saml.address"
