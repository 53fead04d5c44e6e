"""A request without the signature that its party promised, or with half of one, or with a wrong one (C-212, C-213)."""

import pytest

from metadata.saml.document import Malformed
from metadata.saml.party import SamlParty
from protocols.saml.signature import NotSigned
from tests.protocols.saml import party
from tests.protocols.saml.asking import accepted, by_form, by_post, by_query, by_redirect
from tests.protocols.saml.keys import rsa_pair

SP, STRANGER = rsa_pair("sp"), rsa_pair("stranger")
PROMISED = party.party(SP, signed=True)
OPTIONAL = party.party(SP)
XML = party.authn_request()
SIGNED = party.redirect(XML, relay_state="x", signed_by=SP)


def without(query: bytes, *parameters: bytes) -> bytes:
    return b"&".join(part for part in query.split(b"&") if part.partition(b"=")[0] not in parameters)


def test_the_honest_request_is_accepted_on_both_bindings() -> None:
    for of in (PROMISED, OPTIONAL):
        assert accepted(by_query(SIGNED, of=of)).signed
        assert accepted(by_post(party.enveloped(XML, SP), of=of)).signed


def test_c212_unsigned_is_refused_on_both_bindings_where_signing_is_promised() -> None:
    with pytest.raises(NotSigned):
        by_redirect(XML, of=PROMISED)
    with pytest.raises(NotSigned):
        by_post(XML, of=PROMISED)
    assert not accepted(by_redirect(XML, of=OPTIONAL)).signed
    assert not accepted(by_post(XML, of=OPTIONAL)).signed


def test_c212_a_stripped_signature_is_no_signature() -> None:
    with pytest.raises(NotSigned):
        by_query(without(SIGNED, b"SigAlg", b"Signature"), of=PROMISED)


@pytest.mark.parametrize("of", [PROMISED, OPTIONAL], ids=["promised", "optional"])
@pytest.mark.parametrize("parameter", [b"SigAlg", b"Signature"])
def test_c212_half_a_signature_is_refused_also_where_signing_is_optional(of: SamlParty, parameter: bytes) -> None:
    with pytest.raises(Malformed) as refusal:
        by_query(without(SIGNED, parameter), of=of)
    assert refusal.value.code == "saml.signature"


@pytest.mark.parametrize("of", [PROMISED, OPTIONAL], ids=["promised", "optional"])
def test_c213_a_wrong_signature_is_refused_also_where_signing_is_optional(of: SamlParty) -> None:
    changed = party.enveloped(XML, SP).replace(
        b'AssertionConsumerServiceURL="https://sp.example/acs"', b'ForceAuthn="1"'
    )
    attempts = [
        (by_query, party.redirect(XML, signed_by=STRANGER)),
        (by_query, SIGNED.replace(b"RelayState=x", b"RelayState=y")),
        (by_query, SIGNED.replace(b"rsa-sha256", b"rsa-sha512")),
        (by_form, party.form(party.enveloped(XML, STRANGER))),
        (by_form, party.form(changed)),
    ]
    for ask, octets in attempts:
        with pytest.raises(NotSigned):
            ask(octets, of=of)


def test_c213_a_signature_that_cannot_be_checked_is_refused() -> None:
    keyless = party.party()
    with pytest.raises(NotSigned):
        by_query(SIGNED, of=keyless)
    with pytest.raises(NotSigned):
        by_post(party.enveloped(XML, SP), of=keyless)


@pytest.mark.parametrize(
    "algorithm",
    [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "none",
        "",
    ],
)
def test_c210_the_sender_does_not_choose_a_weak_algorithm(algorithm: str) -> None:
    with pytest.raises(NotSigned):
        by_query(party.redirect(XML, signed_by=SP, algorithm=algorithm or " "), of=OPTIONAL)
