"""Signature wrapping, XSW1 to XSW8, on signed requests, and the smaller tricks with references (C-250 to C-263).

The prize would be a request of the attacker's making that passes for the party's: here one that wants ForceAuthn. Whatever happens to the
document, either it is refused or the honest request is read.
"""

import copy
from collections.abc import Callable

import pytest
from lxml import etree
from lxml.etree import _Element as Element

from metadata.saml.document import Malformed
from protocols.saml.signature import NotSigned
from tests.attacks.signature_wrapping import DS, EVERY, SAMLP, Parts
from tests.protocols.saml import party
from tests.protocols.saml.asking import accepted, by_post
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec

SP = rsa_pair("sp")
TRUSTING = party.party(SP)
SIGNED = party.enveloped(party.authn_request(), SP)
T = xmlsec.Transform


def parts() -> Parts:
    return Parts.of(SIGNED, lambda forged: forged.set("ForceAuthn", "true"))


@pytest.mark.parametrize("wrap", EVERY)
def test_c250_to_c257_wrapped_messages_are_refused(wrap: Callable[[Parts], Element]) -> None:
    with pytest.raises(NotSigned):
        by_post(etree.tostring(wrap(parts())), of=TRUSTING)


def test_the_honest_message_is_accepted() -> None:
    asked = accepted(by_post(SIGNED, of=TRUSTING))
    assert asked.signed
    assert not asked.force


def test_c258_a_removed_signature_is_missed_where_one_was_promised() -> None:
    _, _, bare, _ = parts()
    with pytest.raises(NotSigned):
        by_post(etree.tostring(bare), of=party.party(SP, signed=True))


def test_c259_a_signature_over_another_element_proves_nothing() -> None:
    inner = party.authn_request(inside='<samlp:Extensions ID="_inner"/>')
    root = etree.fromstring(inner)
    signature = xmlsec.template.create(root, T.EXCL_C14N, T.RSA_SHA256, ns="ds")
    root.insert(1, signature)
    reference = xmlsec.template.add_reference(signature, T.SHA256, uri="#_inner")
    xmlsec.template.add_transform(reference, T.ENVELOPED)
    xmlsec.template.add_transform(reference, T.EXCL_C14N)
    context = xmlsec.SignatureContext()
    context.key = party.signing_key(SP)
    context.register_id(root[2], "ID")
    context.sign(signature)
    with pytest.raises(NotSigned, match="something else"):
        by_post(etree.tostring(root), of=TRUSTING)


@pytest.mark.parametrize("attribute", ["ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id"])
def test_c260_an_id_that_occurs_twice_is_refused(attribute: str) -> None:
    honest, _, _, _ = parts()
    etree.SubElement(honest, f"{SAMLP}Extensions").set(attribute, "_a1")
    with pytest.raises(NotSigned, match="twice"):
        by_post(etree.tostring(honest), of=TRUSTING)


def test_c261_an_empty_or_missing_reference_is_refused() -> None:
    with pytest.raises(NotSigned, match="something else"):
        by_post(party.enveloped(party.authn_request(), SP, uri=""), of=TRUSTING)
    without = SIGNED.replace(b' URI="#_a1"', b"")
    with pytest.raises(NotSigned, match="something else"):
        by_post(without, of=TRUSTING)
    for uri in (b"#xpointer(/)", b"#xpointer(id('_a1'))", b"http://sp.example/x", b"#_a1 ", b"_a1"):
        with pytest.raises(NotSigned, match="something else"):
            by_post(SIGNED.replace(b'URI="#_a1"', b'URI="' + uri + b'"'), of=TRUSTING)


def test_c261_a_message_without_an_id_cannot_be_referred_to() -> None:
    with pytest.raises(NotSigned):
        by_post(SIGNED.replace(b' ID="_a1"', b""), of=TRUSTING)
    with pytest.raises(NotSigned):
        by_post(party.enveloped(party.authn_request({"ID": ""}), SP, uri=""), of=TRUSTING)


def test_c262_two_references_are_refused() -> None:
    root = etree.fromstring(party.authn_request(inside='<samlp:Extensions ID="_two"/>'))
    signature = xmlsec.template.create(root, T.EXCL_C14N, T.RSA_SHA256, ns="ds")
    root.insert(1, signature)
    for uri in ("#_a1", "#_two"):
        reference = xmlsec.template.add_reference(signature, T.SHA256, uri=uri)
        xmlsec.template.add_transform(reference, T.ENVELOPED)
        xmlsec.template.add_transform(reference, T.EXCL_C14N)
    context = xmlsec.SignatureContext()
    context.key = party.signing_key(SP)
    context.register_id(root, "ID")
    context.register_id(root[2], "ID")
    context.sign(signature)
    with pytest.raises(NotSigned, match="SignedInfo"):
        by_post(etree.tostring(root), of=TRUSTING)


@pytest.mark.parametrize(
    "transforms",
    [
        (T.ENVELOPED,),
        (T.EXCL_C14N,),
        (T.ENVELOPED, T.C14N),
        (T.ENVELOPED, T.EXCL_C14N_COMMENTS),
        (T.EXCL_C14N, T.ENVELOPED),
        (T.ENVELOPED, T.EXCL_C14N, T.EXCL_C14N),
    ],
)
def test_c263_other_transforms_are_refused(transforms: tuple[object, ...]) -> None:
    try:
        xml = party.enveloped(party.authn_request(), SP, transforms=transforms)
    except xmlsec.Error:
        xml = SIGNED.replace(b"http://www.w3.org/2000/09/xmldsig#enveloped-signature", b"urn:none")
    with pytest.raises(NotSigned):
        by_post(xml, of=TRUSTING)


@pytest.mark.parametrize(
    "algorithm",
    [
        b"http://www.w3.org/TR/1999/REC-xslt-19991116",
        b"http://www.w3.org/TR/1999/REC-xpath-19991116",
        b"http://www.w3.org/2002/06/xmldsig-filter2",
    ],
)
def test_c263_xslt_and_xpath_are_refused_before_they_run(algorithm: bytes) -> None:
    xml = SIGNED.replace(b"http://www.w3.org/2000/09/xmldsig#enveloped-signature", algorithm)
    with pytest.raises(NotSigned, match="transforms other"):
        by_post(xml, of=TRUSTING)


def test_c263_another_canonicalisation_of_signed_info_is_refused() -> None:
    for c14n in (T.C14N, T.EXCL_C14N_COMMENTS):
        with pytest.raises(NotSigned, match="transforms other"):
            by_post(party.enveloped(party.authn_request(), SP, c14n=c14n), of=TRUSTING)


def test_a_second_signature_is_refused() -> None:
    honest, signature, _, _ = parts()
    honest.append(copy.deepcopy(signature))
    with pytest.raises(NotSigned, match="one signature"):
        by_post(etree.tostring(honest), of=TRUSTING)


def test_a_signature_elsewhere_in_the_message_is_refused() -> None:
    honest, signature, _, _ = parts()
    etree.SubElement(honest, f"{SAMLP}Extensions").append(signature)
    with pytest.raises(NotSigned, match="directly in the message"):
        by_post(etree.tostring(honest), of=TRUSTING)


@pytest.mark.parametrize("extra", ["Object", "KeyName", "SignedInfo", "SignatureValue", "Manifest"])
def test_unexpected_content_in_a_signature_is_refused(extra: str) -> None:
    honest, signature, _, _ = parts()
    etree.SubElement(signature, f"{DS}{extra}")
    with pytest.raises(NotSigned, match="unexpected content"):
        by_post(etree.tostring(honest), of=TRUSTING)


def test_changed_content_is_refused() -> None:
    for before, after in ((b"_a1", b"_a2"), (b"<saml:Issuer>", b'<saml:Issuer x="1">'), (b"acs", b"acs2")):
        with pytest.raises((NotSigned, Malformed)):
            by_post(SIGNED.replace(before, after, 1), of=TRUSTING)
