"""A signed query taken apart and put together differently (C-277, CVE-2025-27773)."""

from urllib.parse import quote

import pytest

from metadata.saml.document import Malformed
from tests.protocols.saml import party
from tests.protocols.saml.asking import accepted, by_form, by_query
from tests.protocols.saml.keys import rsa_pair

SP = rsa_pair("sp")
TRUSTING = party.party(SP, signed=True)
HONEST = party.redirect(party.authn_request(), relay_state="x", signed_by=SP)
EVIL = party.redirect(party.authn_request({"ForceAuthn": "true"}))
REQUEST, RELAY, ALGORITHM, SIGNATURE = HONEST.split(b"&")


def joined(*parts: bytes) -> bytes:
    return b"&".join(parts)


def test_the_honest_query_is_accepted_with_strange_parameters_around_it() -> None:
    assert accepted(by_query(HONEST, of=TRUSTING)).signed
    assert accepted(by_query(b"lang=nl&" + HONEST + b"&utm=1", of=TRUSTING)).signed
    assert accepted(by_query(joined(REQUEST, b"a=1", RELAY, ALGORITHM, b"b=2", SIGNATURE), of=TRUSTING)).signed
    assert accepted(by_query(joined(REQUEST, RELAY, SIGNATURE, ALGORITHM), of=TRUSTING)).signed, "as python3-saml does"


@pytest.mark.parametrize(
    "query",
    [
        joined(EVIL, HONEST),
        joined(HONEST, EVIL),
        joined(REQUEST, EVIL, RELAY, ALGORITHM, SIGNATURE),
        joined(HONEST, RELAY),
        joined(REQUEST, b"RelayState=y", RELAY, ALGORITHM, SIGNATURE),
        joined(HONEST, SIGNATURE),
        joined(HONEST, ALGORITHM),
        joined(HONEST, b"SAMLRequest"),
        joined(HONEST, b"RelayState"),
    ],
)
def test_c277_a_parameter_given_twice_is_refused(query: bytes) -> None:
    with pytest.raises(Malformed):
        by_query(query, of=TRUSTING)


@pytest.mark.parametrize(
    "query",
    [
        joined(HONEST, EVIL.replace(b"SAMLRequest", b"SAMLResponse")),
        joined(EVIL.replace(b"SAMLRequest", b"SAMLResponse"), HONEST),
        HONEST.replace(b"SAMLRequest", b"SAMLResponse"),
        joined(HONEST, b"SAMLResponse="),
        joined(HONEST, b"SAMLResponse"),
    ],
)
def test_c277_a_response_beside_or_instead_of_a_request_is_refused(query: bytes) -> None:
    with pytest.raises(Malformed):
        by_query(query, of=TRUSTING)


@pytest.mark.parametrize("other", [b"SAMLResponse=x", b"SAMLResponse", b"SAML%52esponse=x", b"Relay%53tate=x"])
def test_c277_without_a_signature_the_same_holds(other: bytes) -> None:
    optional = party.party(SP)
    assert not accepted(by_query(REQUEST, of=optional)).signed
    for query in (joined(REQUEST, other), joined(other, REQUEST)):
        with pytest.raises(Malformed):
            by_query(query, of=optional)


@pytest.mark.parametrize(
    "query",
    [
        joined(RELAY, REQUEST, ALGORITHM, SIGNATURE),
        joined(REQUEST, ALGORITHM, RELAY, SIGNATURE),
        joined(SIGNATURE, REQUEST, RELAY, ALGORITHM),
        joined(REQUEST, SIGNATURE, RELAY, ALGORITHM),
        joined(RELAY, REQUEST, SIGNATURE, ALGORITHM),
    ],
)
def test_c277_signed_parameters_in_another_order_are_refused(query: bytes) -> None:
    with pytest.raises(Malformed) as refusal:
        by_query(query, of=TRUSTING)
    assert refusal.value.code == "saml.signature"


@pytest.mark.parametrize(
    ("name", "disguise"),
    [
        (b"SAMLRequest", b"SAML%52equest"),
        (b"RelayState", b"Relay%53tate"),
        (b"SigAlg", b"%53igAlg"),
        (b"Signature", b"Signatur%65"),
    ],
)
def test_c277_a_name_in_disguise_is_refused(name: bytes, disguise: bytes) -> None:
    with pytest.raises(Malformed):
        by_query(HONEST.replace(name + b"=", disguise + b"="), of=TRUSTING)
    with pytest.raises(Malformed):
        by_query(joined(HONEST, disguise + b"=x"), of=TRUSTING)


@pytest.mark.parametrize(
    "query",
    [
        joined(EVIL, RELAY, ALGORITHM, SIGNATURE),
        joined(REQUEST, b"RelayState=y", ALGORITHM, SIGNATURE),
        joined(REQUEST, ALGORITHM, SIGNATURE),
        joined(REQUEST, RELAY, b"SigAlg=" + quote(party.ECDSA_SHA256, safe="").encode(), SIGNATURE),
        joined(REQUEST, RELAY.replace(b"x", b"%78"), ALGORITHM, SIGNATURE),
        HONEST.replace(b"%2F", b"/"),
    ],
)
def test_c277_other_octets_than_the_signed_ones_are_refused(query: bytes) -> None:
    with pytest.raises(Malformed):
        by_query(query, of=TRUSTING)


def test_c277_a_form_given_two_messages_is_refused() -> None:
    body = party.form(party.authn_request())
    for other in (
        body,
        body.replace(b"SAMLRequest", b"SAMLResponse"),
        b"RelayState=a&RelayState=b",
        b"SAML%52equest=x",
    ):
        with pytest.raises(Malformed):
            by_form(joined(body, other))


def test_c277_a_semicolon_separates_nothing() -> None:
    with pytest.raises(Malformed):
        by_query(HONEST.replace(b"&", b";"), of=TRUSTING)
