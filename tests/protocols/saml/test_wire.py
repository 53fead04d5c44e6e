"""The two bindings: octets in, one reading out."""

import base64
import tracemalloc
import zlib
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadata.saml.document import Malformed
from protocols.saml import wire
from tests.protocols.saml import party
from tests.protocols.saml.keys import rsa_pair

XML = party.authn_request()


def redirect(query: bytes) -> wire.UnverifiedMessage:
    return wire.read_redirect(query, kind="SAMLRequest")


def post(body: bytes) -> wire.UnverifiedMessage:
    return wire.read_post(body, kind="SAMLRequest")


def test_a_message_comes_through_both_bindings_byte_for_byte() -> None:
    for message in (redirect(party.redirect(XML)), post(party.form(XML))):
        assert message.xml == XML
        assert message.root.get("ID") == "_a1"
        assert message.relay_state is None
        assert message.query_signature is None


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=256))
def test_relay_state_comes_back_as_it_came(relay_state: str) -> None:
    """C-229."""
    assert redirect(party.redirect(XML, relay_state=relay_state)).relay_state == relay_state
    assert post(party.form(XML, relay_state=relay_state)).relay_state == relay_state


def test_relay_state_holds_a_kilobyte_and_no_more() -> None:
    """C-229."""
    assert redirect(party.redirect(XML, relay_state="é" * 512)).relay_state == "é" * 512
    for read, made in ((redirect, party.redirect), (post, party.form)):
        for relay_state in ("x" * 1025, "é" * 513, "a\nb", "a\rb", "a\0b"):
            with pytest.raises(Malformed, match="RelayState"):
                read(made(XML, relay_state=relay_state))


def test_a_plus_sign_is_a_space_and_an_empty_value_is_a_value() -> None:
    assert redirect(party.redirect(XML) + b"&RelayState=a+b").relay_state == "a b"
    assert redirect(party.redirect(XML) + b"&RelayState=").relay_state == ""


def test_parameters_that_saml_does_not_know_are_ignored() -> None:
    """C-233."""
    assert redirect(b"lang=nl&" + party.redirect(XML) + b"&lang=en&x").xml == XML


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"SAMLRequest",
        b"SAMLRequest=",
        b"SAMLRequest=%zz",
        b"SAMLRequest=%4",
        b"SAMLRequest=%ff",
        b"SAMLRequest=not base64",
        b"SAMLRequest=AAAA",
        b"SAMLRequest=" + quote(base64.b64encode(XML)).encode(),
        party.redirect(b"<a>") + b"",
        party.redirect(b"no xml"),
        party.redirect(XML) + b"&RelayState=%ff",
        party.redirect(XML) + b"&RelayState=%zz",
        party.redirect(XML) + b"&RelayState=100%",
        party.redirect(XML) + b"&RelayState=%c3%28",
        party.redirect(XML) + b"&RelayState=%e9",
        party.redirect(XML) + b"&SAMLEncoding=urn:other",
        party.redirect(XML) + b"&SAMLEncoding=",
        party.redirect(XML) + b"&%ff=1",
        party.redirect(XML) + b"&a=1" * 40,
        party.redirect(XML) + b"&a=" + b"x" * 20_000,
    ],
)
def test_a_broken_query_is_refused(query: bytes) -> None:
    with pytest.raises(Malformed):
        redirect(query)


def test_the_one_known_encoding_may_be_named() -> None:
    named = quote("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE").encode()
    assert redirect(party.redirect(XML) + b"&SAMLEncoding=" + named).xml == XML


def test_a_query_signature_covers_the_octets_that_came() -> None:
    query = party.redirect(XML, relay_state="a b", signed_by=rsa_pair("sp"))
    signature = redirect(query).query_signature
    assert signature is not None
    assert signature.octets == query.rpartition(b"&Signature=")[0]
    assert signature.algorithm == party.RSA_SHA256
    # Lower-case escapes are other octets, and only the sender knows which it signed.
    lower = query.replace(b"%2F", b"%2f").replace(b"%3D", b"%3d").replace(b"%2B", b"%2b")
    other = redirect(lower).query_signature
    assert other is not None
    assert other.octets == lower.rpartition(b"&Signature=")[0]


def test_base64_on_a_form_may_be_wrapped_into_lines() -> None:
    encoded = base64.b64encode(XML).decode()
    for end in ("\r\n", "\n"):
        wrapped = end.join(encoded[at : at + 76] for at in range(0, len(encoded), 76)) + end
        assert post(f"SAMLRequest={quote(wrapped)}".encode()).xml == XML


@pytest.mark.parametrize(
    "encoded", ["QQ", "QQ=", "QQ===", "QR==", "Q Q=", "QQ==\0", "QQ==QQ==", "Q-_=", "=QQ=", "é", ""]
)
def test_base64_has_one_form(encoded: str) -> None:
    with pytest.raises(Malformed):
        wire.decode_base64(encoded)


@given(st.binary(min_size=1))
def test_every_octet_string_has_its_base64_form(octets: bytes) -> None:
    assert wire.decode_base64(base64.b64encode(octets).decode()) == octets


def test_a_form_holds_no_detached_signature() -> None:
    for extra in (b"&SigAlg=x&Signature=QQ==", b"&Signature=QQ=="):
        with pytest.raises(Malformed):
            post(party.form(XML) + extra)


def test_a_form_is_limited() -> None:
    with pytest.raises(Malformed, match="too large"):
        post(party.form(XML) + b"&x=" + b"a" * 300_000)


def test_an_inflated_message_must_be_whole_and_alone() -> None:
    packed = base64.b64decode(party.deflated(XML))
    assert wire.inflate(packed) == XML
    for broken in (packed[:-1], packed + b"x", b"", b"\xff\xff"):
        with pytest.raises(Malformed):
            wire.inflate(broken)


def test_a_bomb_is_inflated_up_to_the_limit_and_no_further() -> None:
    """C-276."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(10_000_000)) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(Malformed, match="inflates to more than 1000 bytes"):
            wire.inflate(packed, limit=1000)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    exact = zlib.compressobj(9, zlib.DEFLATED, -15)
    assert len(wire.inflate(exact.compress(bytes(1000)) + exact.flush(), limit=1000)) == 1000


def test_a_response_is_read_where_one_is_expected() -> None:
    query = party.redirect(XML).replace(b"SAMLRequest", b"SAMLResponse")
    assert wire.read_redirect(query, kind="SAMLResponse").xml == XML
    with pytest.raises(Malformed):
        redirect(query)
