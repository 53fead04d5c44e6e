"""Signatures that are missing, over something else, odd, or by other keys (C-258 to C-265)."""

import base64
import copy
import hashlib
import re
from dataclasses import replace

from lxml import etree

from tests.protocols.saml.libxmlsec import xmlsec
from tests.protocols.saml.party import signing_key
from tests.upstreams import provider
from tests.upstreams.forging import DS, SAML, STRANGER, Forge, T, attack, found_in


@attack("C-258")
def no_signature(forge: Forge) -> bytes:
    return provider.answer(forge.told, signed="none")


@attack("C-258")
def the_signature_taken_off(forge: Forge) -> bytes:
    root = etree.fromstring(forge.signed())
    assertion = found_in(root, f"{SAML}Assertion")
    assertion.remove(found_in(assertion, f"{DS}Signature"))
    return etree.tostring(root)


def _signed_otherwise(
    forge: Forge, uris: list[str], transforms: tuple[object, ...] = (T.ENVELOPED, T.EXCL_C14N)
) -> bytes:
    told = forge.told.named()
    root = etree.fromstring(provider.assertion(replace(told, more='<saml:AttributeStatement ID="_inner"/>')))
    signature = xmlsec.template.create(root, T.EXCL_C14N, T.RSA_SHA256, ns="ds")
    root.insert(1, signature)
    for uri in uris:
        reference = xmlsec.template.add_reference(signature, T.SHA256, uri=uri.replace("SELF", told.id))
        for transform in transforms:
            xmlsec.template.add_transform(reference, transform)
    context = xmlsec.SignatureContext()
    context.key = signing_key(provider.KEY)
    context.register_id(root, "ID")
    context.register_id(found_in(root, f"{SAML}AttributeStatement"), "ID")
    context.sign(signature)
    return provider.response(told, etree.tostring(root).decode())


@attack("C-259")
def a_signature_over_another_element(forge: Forge) -> bytes:
    return _signed_otherwise(forge, ["#_inner"])


@attack("C-260")
def two_elements_with_one_id(forge: Forge) -> bytes:
    told = forge.told.named()
    return provider.answer(replace(told, more=f'<saml:AttributeStatement ID="{told.id}"/>'))


@attack("C-261")
def an_empty_reference(forge: Forge) -> bytes:
    return provider.answer(forge.told, uri="")


@attack("C-261")
def no_reference_uri(forge: Forge) -> bytes:
    return re.sub(rb' URI="#[^"]*"', b"", forge.signed())


@attack("C-262")
def two_references(forge: Forge) -> bytes:
    return _signed_otherwise(forge, ["#SELF", "#_inner"])


@attack("C-263")
def only_the_canonical_transform(forge: Forge) -> bytes:
    return provider.answer(forge.told, transforms=(T.ENVELOPED, T.C14N))


@attack("C-263")
def a_transform_by_xslt(forge: Forge) -> bytes:
    xslt = b"http://www.w3.org/TR/1999/REC-xslt-19991116"
    return forge.signed().replace(b"http://www.w3.org/2000/09/xmldsig#enveloped-signature", xslt)


@attack("C-263")
def a_transform_by_xpath(forge: Forge) -> bytes:
    xpath = b"http://www.w3.org/TR/1999/REC-xpath-19991116"
    return forge.signed().replace(b"http://www.w3.org/2000/09/xmldsig#enveloped-signature", xpath)


@attack("C-264")
def a_digest_with_a_comment_in_it(forge: Forge) -> bytes:
    root = etree.fromstring(provider.answer(forge.own))
    (digest,) = root.iter(f"{DS}DigestValue")
    true = digest.text or ""
    for name_id in root.iter(f"{SAML}NameID"):
        name_id.text = forge.told.name_id
    assertion = copy.deepcopy(found_in(root, f"{SAML}Assertion"))
    assertion.remove(found_in(assertion, f"{DS}Signature"))
    octets = etree.tostring(assertion, method="c14n", exclusive=True)
    false = base64.b64encode(hashlib.sha256(octets).digest()).decode()
    digest.text = "@@"
    return etree.tostring(root).replace(b"@@", f"<!--{false}-->{true}".encode())


@attack("C-264")
def a_digest_in_two_elements(forge: Forge) -> bytes:
    return re.sub(rb"(<ds:DigestValue>)(.{4})", rb"\1\2<ds:x/>", forge.signed())


@attack("C-265")
def signed_by_a_stranger_who_shows_his_certificate(forge: Forge) -> bytes:
    return provider.answer(forge.told, key=STRANGER)


@attack("C-265")
def signed_by_a_stranger_who_shows_the_providers_certificate(forge: Forge) -> bytes:
    root = etree.fromstring(provider.answer(forge.told, key=STRANGER))
    for certificate in root.iter(f"{DS}X509Certificate"):
        certificate.text = provider.KEY.certificate
    return etree.tostring(root)


@attack("C-265")
def the_public_certificate_as_a_shared_secret(forge: Forge) -> bytes:
    key = xmlsec.Key.from_binary_data(xmlsec.KeyData.HMAC, provider.KEY.certificate.encode())
    return provider.answer(forge.told, method=T.HMAC_SHA256, secret=key)


@attack("C-265")
def a_bare_key_value(forge: Forge) -> bytes:
    root = etree.fromstring(provider.answer(forge.told, key=STRANGER))
    (info,) = root.iter(f"{DS}KeyInfo")
    info[:] = []
    numbers = STRANGER.private.public_key().public_numbers()
    value = etree.SubElement(etree.SubElement(info, f"{DS}KeyValue"), f"{DS}RSAKeyValue")
    for name, number in (("Modulus", numbers.n), ("Exponent", numbers.e)):  # type: ignore[union-attr]
        etree.SubElement(value, f"{DS}{name}").text = base64.b64encode(number.to_bytes(256)).decode()
    return etree.tostring(root)


@attack("C-210")
def signed_by_rsa_with_sha1(forge: Forge) -> bytes:
    return provider.answer(forge.told, method=T.RSA_SHA1, digest=T.SHA1)
