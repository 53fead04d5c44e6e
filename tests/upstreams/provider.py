"""A network provider that speaks SAML: its metadata, and Responses that are in order but for what a test changes. None of the product's code."""

import base64
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree
from lxml.etree import _Element as Element

from tests.browser import BASE
from tests.protocols.saml.keys import Pair, rsa_pair
from tests.protocols.saml.party import enveloped

ENTITY = "https://moo.example/saml"
SSO = "https://moo.example/sso"
ACS = f"{BASE}/network/saml/acs"
US = f"{BASE}/network/saml/metadata"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
MFA = "https://refeds.org/profile/mfa"
ECKID = "urn:mace:surf.nl:attribute-def:eckid"
NAMESPACES = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items() if prefix in {"saml", "samlp"})
KEY = rsa_pair("moo")


def metadata(
    *, entity: str = ENTITY, key: Pair = KEY, binding: str = REDIRECT, scopes: tuple[str, ...] = (), inside: str = ""
) -> bytes:
    """An EntityDescriptor of the provider."""
    scoped = "".join(f'<shibmd:Scope regexp="false">{scope}</shibmd:Scope>' for scope in scopes)
    extensions = f"<md:Extensions>{scoped}</md:Extensions>" if scoped else ""
    return (
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
        f' xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" entityID="{entity}">'
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f'{extensions}<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{key.certificate}'
        f"</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>{inside}"
        f'<md:SingleSignOnService Binding="{binding}" Location="{SSO}"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    ).encode()


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Told:
    """Everything a Response says; a test changes one of it. None leaves a thing out."""

    answers: str | None
    now: datetime
    issuer: str | None = ENTITY
    asserted_issuer: str | None = ENTITY
    destination: str | None = ACS
    recipient: str | None = ACS
    audience: str | None = US
    envelope_answers: str | None = "same"
    name_id: str = "leerling-1"
    name_format: str = PERSISTENT
    status: str = SUCCESS
    context: str = PASSWORD
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    issued: timedelta = timedelta(0)
    begins: timedelta | None = timedelta(minutes=-1)
    ends: timedelta | None = timedelta(minutes=5)
    confirmed_until: timedelta | None = timedelta(minutes=5)
    confirmed_from: timedelta | None = None
    session_until: timedelta | None = None
    proven: timedelta = timedelta(0)
    method: str = BEARER
    id: str = ""
    response_id: str = ""
    conditions: str = ""
    subject_inside: str | None = None
    more: str = ""

    def named(self) -> "Told":
        """With ids of its own."""
        fresh, other = f"_{os.urandom(16).hex()}", f"_{os.urandom(16).hex()}"
        return replace(self, id=self.id or fresh, response_id=self.response_id or other)


def _attribute(name: str, value: str | None) -> str:
    return f' {name}="{value}"' if value is not None else ""


def _at(told: Told, delta: timedelta | None) -> str | None:
    return None if delta is None else instant(told.now + delta)


def assertion(told: Told) -> str:
    issuer = f"<saml:Issuer>{told.asserted_issuer}</saml:Issuer>" if told.asserted_issuer is not None else ""
    audience = (
        f"<saml:AudienceRestriction><saml:Audience>{told.audience}</saml:Audience></saml:AudienceRestriction>"
        if told.audience is not None
        else ""
    )
    named = told.subject_inside
    if named is None:
        named = f'<saml:NameID Format="{told.name_format}">{told.name_id}</saml:NameID>'
    attributes = "".join(
        f'<saml:Attribute Name="{name}">'
        + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
        + "</saml:Attribute>"
        for name, values in told.attributes.items()
    )
    statement = f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement>" if attributes else ""
    return (
        f'<saml:Assertion {DECLARED} ID="{told.id}" Version="2.0" IssueInstant="{_at(told, told.issued)}">{issuer}'
        f'<saml:Subject>{named}<saml:SubjectConfirmation Method="{told.method}"><saml:SubjectConfirmationData'
        f"{_attribute('InResponseTo', told.answers)}{_attribute('Recipient', told.recipient)}"
        f"{_attribute('NotOnOrAfter', _at(told, told.confirmed_until))}"
        f"{_attribute('NotBefore', _at(told, told.confirmed_from))}/></saml:SubjectConfirmation></saml:Subject>"
        f"<saml:Conditions{_attribute('NotBefore', _at(told, told.begins))}{_attribute('NotOnOrAfter', _at(told, told.ends))}>"
        f"{audience}{told.conditions}</saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{_at(told, told.proven)}" SessionIndex="zitting-1"'
        f"{_attribute('SessionNotOnOrAfter', _at(told, told.session_until))}>"
        f"<saml:AuthnContext><saml:AuthnContextClassRef>{told.context}</saml:AuthnContextClassRef></saml:AuthnContext>"
        f"</saml:AuthnStatement>{statement}{told.more}</saml:Assertion>"
    )


def response(told: Told, inside: str) -> bytes:
    answers = told.answers if told.envelope_answers == "same" else told.envelope_answers
    issuer = f"<saml:Issuer>{told.issuer}</saml:Issuer>" if told.issuer is not None else ""
    return (
        f'<samlp:Response {DECLARED} ID="{told.response_id}" Version="2.0" IssueInstant="{_at(told, told.issued)}"'
        f"{_attribute('Destination', told.destination)}{_attribute('InResponseTo', answers)}>{issuer}"
        f'<samlp:Status><samlp:StatusCode Value="{told.status}"/></samlp:Status>{inside}</samlp:Response>'
    ).encode()


def signed_assertion(told: Told, *, key: Pair = KEY, secret: Any = None, **how: Any) -> str:
    if secret is not None:
        how["key"] = secret
        return enveloped(assertion(told).encode(), pair=key, **how).decode()
    return enveloped(assertion(told).encode(), key, place=0 if told.asserted_issuer is None else 1, **how).decode()


def answer(told: Told, *, signed: str = "assertion", key: Pair = KEY, to: str | None = None, **how: Any) -> bytes:
    """A whole Response; `signed` is assertion, response or both; `to` a certificate for which the assertion is encrypted."""
    told = told.named()
    inside = signed_assertion(told, key=key, **how) if signed in {"assertion", "both"} else assertion(told)
    if to is not None:
        inside = encrypted(inside, to)
    whole = response(told, inside)
    return enveloped(whole, key, place=0 if told.issuer is None else 1) if signed in {"response", "both"} else whole


AES256_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"


def encrypted(
    inside: str, certificate: str, *, method: str = AES256_GCM, transport: str = OAEP, size: int = 32, spoil: int = 0
) -> str:
    """An EncryptedAssertion; the names of the methods may differ from what was done."""
    public = x509.load_der_x509_certificate(base64.b64decode(certificate)).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    secret, nonce = os.urandom(size), os.urandom(12)
    wrapped = public.encrypt(secret, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    content = bytearray(nonce + AESGCM(secret).encrypt(nonce, inside.encode(), None))
    content[-1] ^= spoil
    return (
        f'<saml:EncryptedAssertion xmlns:saml="{NAMESPACES["saml"]}"><xenc:EncryptedData xmlns:xenc="{NAMESPACES["xenc"]}"'
        f' Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="{method}"/>'
        f'<ds:KeyInfo xmlns:ds="{NAMESPACES["ds"]}"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="{transport}"/>'
        f"<xenc:CipherData><xenc:CipherValue>{base64.b64encode(wrapped).decode()}</xenc:CipherValue></xenc:CipherData>"
        "</xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>"
        f"{base64.b64encode(content).decode()}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>"
    )


def encrypted_id(name: str, certificate: str, **how: Any) -> str:
    """An EncryptedID in the place of a NameID, which declares its own names."""
    inside = name.replace("<saml:NameID", f'<saml:NameID xmlns:saml="{NAMESPACES["saml"]}"')
    return encrypted(inside, certificate, **how).replace("EncryptedAssertion", "EncryptedID")


def asked(location: str) -> Mapping[str, str]:
    """The attributes of the AuthnRequest that a redirect to the provider carries."""
    return {str(name): str(value) for name, value in question(location).attrib.items()}


def question(location: str) -> Element:
    """That AuthnRequest."""
    packed = parse_qs(urlsplit(location).query)["SAMLRequest"][0]
    return etree.fromstring(zlib.decompress(base64.b64decode(packed), wbits=-15))


def posted(page: str) -> bytes:
    """The AuthnRequest that a page carries to the provider by form post."""
    found = re.search(r'name="SAMLRequest" value="([^"]+)"', page)
    assert found is not None
    return base64.b64decode(found.group(1))


def form(xml: bytes, **more: str) -> dict[str, str]:
    """The fields of the form post of a Response."""
    return {"SAMLResponse": base64.b64encode(xml).decode(), **more}
