"""Documents that two parsers could read differently: namespaces, encodings, bases (C-268, C-269)."""

import base64

import pytest

from metadata.saml.document import Malformed
from tests.protocols.saml import party
from tests.protocols.saml.asking import accepted, by_form, by_post
from tests.protocols.saml.keys import rsa_pair

SP = rsa_pair("sp")
TRUSTING = party.party(SP)
XML = party.authn_request()
SIGNED = party.enveloped(XML, SP)


def test_c268_another_encoding_of_the_same_octets_is_refused() -> None:
    for start in (
        b'<?xml version="1.0" encoding="utf-7"?>',
        b'<?xml version="1.0" encoding="iso-8859-1"?>',
        b'<?xml version="1.1"?>',
    ):
        with pytest.raises(Malformed):
            by_post(start + SIGNED, of=TRUSTING)
    wide = SIGNED.decode().encode("utf-16")
    with pytest.raises(Malformed):
        by_post(wide, of=TRUSTING)
    with pytest.raises(Malformed):
        by_form(b"SAMLRequest=" + base64.b64encode(SIGNED).replace(b"=", b"") + b"\xe9", of=TRUSTING)


def test_c268_what_has_no_canonical_form_was_never_signed() -> None:
    """C-269, CVE-2025-66568: relative namespaces cannot be canonicalised."""
    changed = SIGNED.replace(b"</saml:Issuer>", b'</saml:Issuer><x:y xmlns:x="relative/uri"/>')
    with pytest.raises(Malformed, match="canonical form"):
        by_post(changed, of=TRUSTING)


def test_c269_an_xml_base_changes_no_reference() -> None:
    based = XML.replace(b"<samlp:AuthnRequest", b'<samlp:AuthnRequest xml:base="https://evil.example/"')
    assert accepted(by_post(party.enveloped(based, SP), of=TRUSTING)).reply_to.location == party.ACS
    with pytest.raises(Malformed):
        by_post(
            SIGNED.replace(b"<samlp:AuthnRequest", b'<samlp:AuthnRequest xml:base="https://evil.example/"'), of=TRUSTING
        )


def test_c269_a_prefix_says_nothing() -> None:
    renamed = (
        XML.replace(b"samlp:", b"a:")
        .replace(b"xmlns:samlp", b"xmlns:a")
        .replace(b"saml:", b"b:")
        .replace(b"xmlns:saml=", b"xmlns:b=")
    )
    assert accepted(by_post(party.enveloped(renamed, SP), of=TRUSTING)).signed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<saml:Issuer>", b'<saml:Issuer xmlns:saml="urn:evil">'),
        (b"<saml:Issuer>", b'<saml:Issuer xmlns:samlp="urn:evil" samlp:x="1">'),
        (b'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"', b'xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion"'),
        (b'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"', b'xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol"'),
        (
            b" AssertionConsumerServiceURL",
            b' samlp:AssertionConsumerServiceURL="https://evil.example" AssertionConsumerServiceURL',
        ),
    ],
)
def test_c269_a_redefined_prefix_breaks_the_signature(before: bytes, after: bytes) -> None:
    assert before in SIGNED
    with pytest.raises(Malformed):
        by_post(SIGNED.replace(before, after, 1), of=TRUSTING)


def test_c269_an_attribute_in_a_namespace_is_another_attribute() -> None:
    xml = XML.replace(b" Destination=", b' samlp:AssertionConsumerServiceURL="https://evil.example" Destination=')
    assert accepted(by_post(xml)).reply_to.location == party.ACS


def test_c269_elements_without_the_namespace_are_other_elements() -> None:
    bare = XML.replace(b"<saml:Issuer>", b"<Issuer>").replace(b"</saml:Issuer>", b"</Issuer>")
    with pytest.raises(Malformed, match="Issuer"):
        by_post(bare)
