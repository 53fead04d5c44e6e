"""Signatures on requests: which are accepted, and what is read once they are."""

import dataclasses

import pytest
from lxml import etree

from protocols.saml import signature, wire
from protocols.saml.idp import request
from protocols.saml.signature import NotSigned
from tests.protocols.saml import party
from tests.protocols.saml.asking import accepted
from tests.protocols.saml.keys import Pair, ec_pair, rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.protocols.saml.party import ENDPOINT, HERE, NOW

SP = rsa_pair("sp")
EC = ec_pair("sp")
OLD = rsa_pair("old", expired=True)
STRANGER = rsa_pair("stranger")
XML = party.authn_request()
T = xmlsec.Transform


def by_query(query: bytes, *trusted: Pair) -> etree._Element | None:
    return signature.covered(
        wire.read_redirect(query, kind="SAMLRequest"), trusted=[pair.certificate for pair in trusted]
    )


def by_form(xml: bytes, *trusted: Pair) -> etree._Element | None:
    return signature.covered(
        wire.read_post(party.form(xml), kind="SAMLRequest"), trusted=[pair.certificate for pair in trusted]
    )


def identifier(root: etree._Element | None) -> str | None:
    assert root is not None
    return root.get("ID")


def test_a_message_without_a_signature_covers_nothing() -> None:
    assert by_query(party.redirect(XML), SP) is None
    assert by_form(XML, SP) is None


@pytest.mark.parametrize("pair", [SP, EC, OLD], ids=["rsa", "ec", "expired"])
def test_a_trusted_key_signs_on_both_bindings(pair: Pair) -> None:
    """C-231: the certificate's dates do not matter."""
    assert identifier(by_query(party.redirect(XML, signed_by=pair), pair)) == "_a1"
    assert identifier(by_query(party.redirect(XML, relay_state="x y", signed_by=pair), pair)) == "_a1"
    assert identifier(by_form(party.enveloped(XML, pair), pair)) == "_a1"


def test_each_of_several_trusted_keys_is_tried() -> None:
    """C-231: three certificates, any of which may have signed."""
    known = (rsa_pair("one"), EC, SP, OLD)
    for pair in known:
        assert identifier(by_query(party.redirect(XML, signed_by=pair), *known)) == "_a1"
        assert identifier(by_form(party.enveloped(XML, pair), *known)) == "_a1"


def test_an_ecdsa_query_signature_may_be_der() -> None:
    assert identifier(by_query(party.redirect(XML, signed_by=EC, der=True), EC)) == "_a1"


@pytest.mark.parametrize("pair", [SP, EC], ids=["rsa", "ec"])
def test_a_strangers_signature_is_refused(pair: Pair) -> None:
    for trusted in ((STRANGER, ec_pair("stranger")), ()):
        with pytest.raises(NotSigned):
            by_query(party.redirect(XML, signed_by=pair), *trusted)
        with pytest.raises(NotSigned):
            by_form(party.enveloped(XML, pair), *trusted)


def test_an_algorithm_must_fit_the_key() -> None:
    with pytest.raises(NotSigned, match="no trusted certificate"):
        by_query(party.redirect(XML, signed_by=SP), EC)
    with pytest.raises(NotSigned, match="no trusted certificate"):
        by_form(party.enveloped(XML, EC), SP)


@pytest.mark.parametrize(
    ("method", "digest"),
    [(T.RSA_SHA384, T.SHA384), (T.RSA_SHA512, T.SHA512), (T.RSA_SHA256, T.SHA512), (T.RSA_SHA512, T.SHA256)],
)
def test_the_larger_hashes_serve(method: object, digest: object) -> None:
    """C-210."""
    assert identifier(by_form(party.enveloped(XML, SP, method=method, digest=digest), SP)) == "_a1"


@pytest.mark.parametrize(
    ("method", "digest"), [(T.RSA_SHA1, T.SHA256), (T.RSA_SHA256, T.SHA1), (T.RSA_SHA224, T.SHA256)]
)
def test_weak_hashes_are_refused(method: object, digest: object) -> None:
    """C-210."""
    with pytest.raises(NotSigned, match="not allowed"):
        by_form(party.enveloped(XML, SP, method=method, digest=digest), SP)


def test_a_true_sha1_signature_of_a_query_is_refused() -> None:
    """C-210."""
    with pytest.raises(NotSigned, match="not allowed"):
        by_query(party.weakly_signed_redirect(XML, SP), SP)


def test_what_is_read_is_what_the_signature_covers() -> None:
    """D33, C-268: the element comes from the canonical octets, without the signature itself."""
    pretty = XML.replace(b"<saml:Issuer>", b"\n  <saml:Issuer>").replace(b"</saml:Issuer>", b"</saml:Issuer>\n  \n")
    covered = by_form(party.enveloped(pretty, SP), SP)
    assert covered is not None
    assert covered.getparent() is None
    assert [etree.QName(child).localname for child in covered] == ["Issuer"]
    assert etree.tostring(covered, method="c14n", exclusive=True) == etree.tostring(
        etree.fromstring(pretty), method="c14n", exclusive=True
    )


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("start", ["", "\n "])
def test_the_text_around_the_signature_belongs_to_the_message(place: int, start: str) -> None:
    spaced = XML.replace(b'acs">', f'acs">{start}'.encode())
    signed = party.enveloped(spaced, SP, place=place, tail="\n  ")
    covered = by_form(signed, SP)
    assert covered is not None
    assert ((covered.text or "") + (covered[0].tail or "")).count("\n") == signed.count(b"\n ")
    root = etree.fromstring(signed)
    root[place].tail = "\n"
    with pytest.raises(NotSigned):
        by_form(etree.tostring(root), SP)


def test_the_tree_that_came_along_is_not_read() -> None:
    """D33: only the covered octets count, whatever else the message seems to say."""
    message = wire.read_post(party.form(party.enveloped(XML, SP)), kind="SAMLRequest")
    forged = etree.fromstring(message.xml)
    forged.set("ForceAuthn", "true")
    outcome = request.read(
        dataclasses.replace(message, root=forged), party=party.party(SP), endpoint=ENDPOINT, here=HERE, now=NOW
    )
    assert not accepted(outcome).force


def test_a_prefix_list_is_honoured() -> None:
    """Some libraries list prefixes to keep; the octets differ, the message does not."""
    root = etree.fromstring(XML)
    node = xmlsec.template.create(root, T.EXCL_C14N, T.RSA_SHA256, ns="ds")
    root.insert(1, node)
    reference = xmlsec.template.add_reference(node, T.SHA256, uri="#_a1")
    xmlsec.template.add_transform(reference, T.ENVELOPED)
    xmlsec.template.transform_add_c14n_inclusive_namespaces(
        xmlsec.template.add_transform(reference, T.EXCL_C14N), ["saml", "ds", "#default"]
    )
    context = xmlsec.SignatureContext()
    context.key = party.signing_key(SP)
    context.register_id(root, "ID")
    context.sign(node)
    assert identifier(by_form(etree.tostring(root), SP)) == "_a1"


def test_one_changed_octet_breaks_a_query_signature() -> None:
    query = party.redirect(XML, relay_state="one", signed_by=SP)
    with pytest.raises(NotSigned):
        by_query(query.replace(b"RelayState=one", b"RelayState=two"), SP)
    with pytest.raises(NotSigned):
        by_query(query.replace(b"&RelayState=one", b""), SP)
    message = wire.read_redirect(query, kind="SAMLRequest")
    assert message.query_signature is not None
    for value in (b"", b"x", message.query_signature.value[:-1], bytes(256)):
        changed = dataclasses.replace(message.query_signature, value=value)
        with pytest.raises(NotSigned):
            signature.covered(dataclasses.replace(message, query_signature=changed), trusted=[SP.certificate])


def test_a_broken_ecdsa_value_is_refused() -> None:
    message = wire.read_redirect(party.redirect(XML, signed_by=EC), kind="SAMLRequest")
    assert message.query_signature is not None
    for value in (b"", b"x", bytes(64), message.query_signature.value[:-1], b"\xff" * 64):
        changed = dataclasses.replace(message.query_signature, value=value)
        with pytest.raises(NotSigned):
            signature.covered(dataclasses.replace(message, query_signature=changed), trusted=[EC.certificate])


def test_a_redirected_message_has_no_signature_inside() -> None:
    """Bindings 3.4.4.1."""
    with pytest.raises(NotSigned, match="inside a redirected"):
        by_query(party.redirect(party.enveloped(XML, SP)), SP)
    with pytest.raises(NotSigned, match="inside a redirected"):
        by_query(party.redirect(party.enveloped(XML, SP), signed_by=SP), SP)
