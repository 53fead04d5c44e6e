"""A signature whose key comes from the message, or whose public key is used as a secret (C-265, CVE-2021-21239)."""

import base64

import pytest
from lxml import etree

from metadata.saml import certificates
from protocols.saml.signature import NotSigned
from tests.protocols.saml import party
from tests.protocols.saml.asking import accepted, by_post
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec

SP, STRANGER = rsa_pair("sp"), rsa_pair("stranger")
TRUSTING = party.party(SP)
DS = "{http://www.w3.org/2000/09/xmldsig#}"
XML = party.authn_request()
T = xmlsec.Transform


def test_c265_a_strangers_certificate_in_the_message_is_not_used() -> None:
    xml = party.enveloped(XML, STRANGER)
    assert STRANGER.certificate[:60].encode() in xml
    with pytest.raises(NotSigned):
        by_post(xml, of=TRUSTING)


def test_c265_a_trusted_certificate_in_the_message_does_not_cover_for_a_strangers_key() -> None:
    root = etree.fromstring(party.enveloped(XML, STRANGER))
    for certificate in root.iter(f"{DS}X509Certificate"):
        certificate.text = SP.certificate
    with pytest.raises(NotSigned):
        by_post(etree.tostring(root), of=TRUSTING)


def test_c265_a_bare_key_value_is_not_used() -> None:
    root = etree.fromstring(party.enveloped(XML, STRANGER))
    (info,) = root.iter(f"{DS}KeyInfo")
    info[:] = []
    numbers = STRANGER.private.public_key().public_numbers()
    value = etree.SubElement(etree.SubElement(info, f"{DS}KeyValue"), f"{DS}RSAKeyValue")
    for name, number in (("Modulus", numbers.n), ("Exponent", numbers.e)):  # type: ignore[union-attr]
        octets = number.to_bytes((number.bit_length() + 7) // 8)
        etree.SubElement(value, f"{DS}{name}").text = base64.b64encode(octets).decode()
    with pytest.raises(NotSigned):
        by_post(etree.tostring(root), of=TRUSTING)


@pytest.mark.parametrize("info", [None, "stranger", "nonsense"])
def test_c265_what_key_info_says_makes_no_difference(info: str | None) -> None:
    root = etree.fromstring(party.enveloped(XML, SP))
    (key_info,) = root.iter(f"{DS}KeyInfo")
    key_info[:] = []
    if info is None:
        key_info.getparent().remove(key_info)  # type: ignore[union-attr]
    else:
        data = etree.SubElement(etree.SubElement(key_info, f"{DS}X509Data"), f"{DS}X509Certificate")
        data.text = STRANGER.certificate if info == "stranger" else "%%%"
    assert accepted(by_post(etree.tostring(root), of=TRUSTING)).signed


@pytest.mark.parametrize(
    "secret", [certificates.load(SP.certificate).der, SP.certificate.encode(), SP.certificate_pem.encode()]
)
def test_c265_a_public_certificate_is_no_shared_secret(secret: bytes) -> None:
    key = xmlsec.Key.from_binary_data(xmlsec.KeyData.HMAC, secret)
    for method in (T.HMAC_SHA256, T.HMAC_SHA1):
        with pytest.raises(NotSigned, match="not allowed"):
            by_post(party.enveloped(XML, SP, method=method, key=key), of=TRUSTING)


def test_a_truncated_hmac_in_disguise_is_refused() -> None:
    xml = party.enveloped(XML, SP)
    length = b'rsa-sha256"><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>'
    with pytest.raises(NotSigned):
        by_post(xml.replace(b'rsa-sha256"/>', length), of=TRUSTING)
