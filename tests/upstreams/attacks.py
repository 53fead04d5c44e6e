"""Responses that an attacker makes, as data: from an honest one for Noor, or from one that the provider truly signed about the attacker (C-250 to
C-278).

`Forge` holds what a forger may have: what the honest provider would tell, and our certificate for encryption.
"""

import base64
import copy
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from lxml import etree
from lxml.etree import _Element as Element

from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.protocols.saml.party import signing_key
from tests.upstreams import provider
from tests.upstreams.provider import NAMESPACES, Told

DS, SAML, SAMLP = (f"{{{NAMESPACES[prefix]}}}" for prefix in ("ds", "saml", "samlp"))
STRANGER = rsa_pair("stranger")
T = xmlsec.Transform


@dataclass(frozen=True)
class Forge:
    """What a forger starts from: the question's own honest answer (about whom he may be himself), and our certificate for encryption."""

    told: Told
    certificate: str

    @property
    def own(self) -> Told:
        """What the provider truly says of the forger, whom nobody here knows."""
        return replace(self.told, name_id="de-aanvaller")

    def signed(self, **changes: object) -> bytes:
        if changes.get("envelope_answers") == "KEEP":
            changes["envelope_answers"] = self.told.answers
        return provider.answer(replace(self.told, **changes))  # type: ignore[arg-type]


Make = Callable[[Forge], bytes]
ATTACKS: list[tuple[str, str, Make]] = []


def attack(number: str) -> Callable[[Make], Make]:
    def named(make: Make) -> Make:
        ATTACKS.append((number, make.__name__, make))
        return make

    return named


def changed(number: str, name: str, **changes: object) -> None:
    """An answer that its provider truly signed and that says one thing wrong."""
    ATTACKS.append((number, name, lambda forge: forge.signed(**changes)))


def _parts(forge: Forge, signed: str) -> tuple[Element, Element, Element, Element]:
    """A Response that is truly signed about the forger, its signature, the signed element without it, and a forged copy about Noor."""
    root = etree.fromstring(provider.answer(forge.own, signed=signed))
    honest = root if signed == "response" else root.find(f"{SAML}Assertion")
    assert honest is not None
    signature = honest.find(f"{DS}Signature")
    assert signature is not None
    bare = copy.deepcopy(honest)
    bare.remove(_found(bare, f"{DS}Signature"))
    forged = copy.deepcopy(bare)
    forged.set("ID", "_vals")
    for name_id in forged.iter(f"{SAML}NameID"):
        name_id.text = forge.told.name_id
    return root, signature, bare, forged


def _found(parent: Element, name: str) -> Element:
    found = parent.find(name)
    assert found is not None
    return found


@attack("C-250")
def xsw1_a_forged_response_around_the_signed_one(forge: Forge) -> bytes:
    _, signature, bare, forged = _parts(forge, "response")
    signature.append(bare)
    forged.insert(1, signature)
    return etree.tostring(forged)


@attack("C-251")
def xsw2_a_forged_response_with_a_detached_signature(forge: Forge) -> bytes:
    _, signature, bare, forged = _parts(forge, "response")
    forged.insert(1, bare)
    forged.insert(2, signature)
    return etree.tostring(forged)


@attack("C-252")
def xsw3_a_forged_assertion_before_the_signed_one(forge: Forge) -> bytes:
    root, _, _, forged = _parts(forge, "assertion")
    root.insert(2, forged)
    return etree.tostring(root)


@attack("C-253")
def xsw4_the_signed_assertion_inside_the_forged_one(forge: Forge) -> bytes:
    root, _, _, forged = _parts(forge, "assertion")
    honest = _found(root, f"{SAML}Assertion")
    root.replace(honest, forged)
    forged.append(honest)
    return etree.tostring(root)


@attack("C-254")
def xsw5_a_changed_copy_with_the_signature_and_the_original_behind_it(forge: Forge) -> bytes:
    root, signature, bare, forged = _parts(forge, "assertion")
    forged.set("ID", bare.get("ID", ""))
    forged.insert(1, signature)
    root.replace(_found(root, f"{SAML}Assertion"), forged)
    root.append(bare)
    return etree.tostring(root)


@attack("C-255")
def xsw6_the_original_inside_the_signature(forge: Forge) -> bytes:
    root, signature, bare, forged = _parts(forge, "assertion")
    signature.append(bare)
    forged.insert(1, signature)
    root.replace(_found(root, f"{SAML}Assertion"), forged)
    return etree.tostring(root)


@attack("C-256")
def xsw7_a_forged_assertion_inside_extensions(forge: Forge) -> bytes:
    root, _, _, forged = _parts(forge, "assertion")
    extensions = etree.Element(f"{SAMLP}Extensions")
    extensions.append(forged)
    root.insert(1, extensions)
    return etree.tostring(root)


@attack("C-257")
def xsw8_the_original_inside_an_object_of_the_signature(forge: Forge) -> bytes:
    root, signature, bare, forged = _parts(forge, "assertion")
    etree.SubElement(signature, f"{DS}Object").append(bare)
    forged.insert(1, signature)
    root.replace(_found(root, f"{SAML}Assertion"), forged)
    return etree.tostring(root)


@attack("C-258")
def no_signature(forge: Forge) -> bytes:
    return provider.answer(forge.told, signed="none")


@attack("C-258")
def the_signature_taken_off(forge: Forge) -> bytes:
    root = etree.fromstring(forge.signed())
    assertion = _found(root, f"{SAML}Assertion")
    assertion.remove(_found(assertion, f"{DS}Signature"))
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
    context.register_id(_found(root, f"{SAML}AttributeStatement"), "ID")
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
    assertion = copy.deepcopy(_found(root, f"{SAML}Assertion"))
    assertion.remove(_found(assertion, f"{DS}Signature"))
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


@attack("C-266")
def a_comment_in_the_name(forge: Forge) -> bytes:
    """The provider signed leerling-1.evil; a reader that stops at the comment reads leerling-1."""
    honest = forge.signed(name_id="leerling-1.evil")
    return honest.replace(b"leerling-1.evil", b"leerling-1<!---->.evil")


@attack("C-266")
def a_comment_in_an_attribute(forge: Forge) -> bytes:
    honest = forge.signed(attributes={provider.ECKID: ("https://ketenid.nl/pilot/ab",)})
    return honest.replace(b"pilot/ab", b"pilot/<!-- -->ab")


@attack("C-267")
def an_instruction_in_the_name(forge: Forge) -> bytes:
    return forge.signed().replace(b"leerling-1", b"leerling<?x?>-1")


@attack("C-267")
def cdata_in_the_name(forge: Forge) -> bytes:
    return forge.signed().replace(b"leerling-1", b"<![CDATA[leerling-1]]>")


@attack("C-267")
def an_entity_in_the_name(forge: Forge) -> bytes:
    return forge.signed().replace(b"leerling-1", b"&leerling;")


@attack("C-267")
def an_element_in_the_name(forge: Forge) -> bytes:
    return forge.signed(name_id="leerling-1<x/>")


@attack("C-268")
def two_roots_for_two_parsers(forge: Forge) -> bytes:
    return forge.signed() + provider.answer(forge.told, signed="none")


@attack("C-268")
def another_encoding_declared(forge: Forge) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-7"?>' + forge.signed()


@attack("C-269")
def the_signature_under_another_prefix_redefined(forge: Forge) -> bytes:
    return forge.signed().replace(b"<ds:SignedInfo>", b'<ds:SignedInfo xmlns:ds="urn:other">', 1)


@attack("C-269")
def a_relative_namespace(forge: Forge) -> bytes:
    """Nobody can sign it: it has no canonical form (CVE-2025-66568)."""
    return forge.signed().replace(b"</saml:Assertion>", b'<x xmlns="relative/uri"/></saml:Assertion>')


@attack("C-270")
def an_encrypted_assertion_without_any_signature(forge: Forge) -> bytes:
    """CVE-2026-2092: everybody can encrypt to us."""
    return provider.answer(forge.told, signed="none", to=forge.certificate)


@attack("C-270")
def an_encrypted_forgery_before_a_signed_assertion(forge: Forge) -> bytes:
    forged = provider.encrypted(provider.assertion(forge.told.named()), forge.certificate)
    honest = provider.answer(forge.own).decode()
    return honest.replace("</samlp:Status>", f"</samlp:Status>{forged}").encode()


@attack("C-270")
def two_signed_assertions(forge: Forge) -> bytes:
    honest = provider.answer(forge.own).decode()
    second = provider.signed_assertion(forge.told.named())
    return honest.replace("</samlp:Response>", f"{second}</samlp:Response>").encode()


changed("C-271", "another_recipient", recipient="https://elders.example/acs")
changed("C-271", "no_recipient", recipient=None)
changed("C-271", "another_destination", destination="https://elders.example/acs")
changed("C-271", "another_audience", audience="https://elders.example/sp")
changed("C-271", "no_audience", audience=None)
changed("C-271", "the_response_of_another_issuer", issuer="https://ander.example/saml")
changed("C-271", "the_assertion_of_another_issuer", asserted_issuer="https://ander.example/saml")
changed("C-271", "no_issuer_of_the_assertion", asserted_issuer=None)
changed("C-272", "no_question_in_the_signed_part", answers=None, envelope_answers="KEEP")
changed("C-272", "another_question_in_the_signed_part", answers="_onbekend", envelope_answers="KEEP")
changed("C-272", "another_question_on_the_envelope_of_a_signed_one", envelope_answers="_onbekend")
changed("C-273", "conditions_not_begun", begins=timedelta(minutes=4))
changed("C-273", "conditions_over", ends=timedelta(minutes=-3))
changed("C-273", "confirmation_over", confirmed_until=timedelta(minutes=-3))
changed("C-273", "confirmation_without_an_end", confirmed_until=None)
changed("C-273", "confirmation_with_a_beginning", confirmed_from=timedelta(minutes=-1))
changed("C-273", "the_providers_session_over", session_until=timedelta(minutes=-3))
changed("C-273", "good_for_a_year", ends=timedelta(days=365), confirmed_until=timedelta(days=365))
changed("C-273", "proven_in_the_future", proven=timedelta(minutes=4))
changed("C-275", "a_no_with_an_assertion", status="urn:oasis:names:tc:SAML:2.0:status:Responder")
changed("C-271", "an_unknown_condition", conditions='<x:Only xmlns:x="urn:x" />')
changed("C-272", "a_sender_vouches", method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")
changed("C-219", "an_encrypted_name", subject_inside="<saml:EncryptedID/>")


@attack("C-271")
def a_signed_response_without_destination(forge: Forge) -> bytes:
    return provider.answer(replace(forge.told, destination=None), signed="response")


@attack("C-276")
def an_external_entity(forge: Forge) -> bytes:
    return b'<!DOCTYPE r [<!ENTITY leerling SYSTEM "file:///etc/passwd">]>' + forge.signed()


@attack("C-276")
def a_billion_laughs(forge: Forge) -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]>'.encode() + forge.signed()


@attack("C-276")
def ten_thousand_elements_deep(forge: Forge) -> bytes:
    deep = "<a>" * 10_000 + "</a>" * 10_000
    return forge.signed().replace(b"</saml:Assertion>", f"{deep}</saml:Assertion>".encode())


@attack("C-276")
def a_hundred_thousand_attributes(forge: Forge) -> bytes:
    many = " ".join(f'a{n}="1"' for n in range(100_000))
    return provider.answer(forge.told, signed="none").replace(b"<samlp:Status>", f"<samlp:Status {many}>".encode())


@attack("C-278")
def a_scope_of_another_provider(forge: Forge) -> bytes:
    return forge.signed(attributes={"eduPersonPrincipalName": ("noor@andere.example",)})


def every() -> Iterator[tuple[str, Make]]:
    """Each attack under its number and name."""
    for number, name, make in ATTACKS:
        yield f"{number}: {name.replace('_', ' ')}", make
