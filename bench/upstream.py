"""A network provider over SAML: it answers our AuthnRequest with a signed Response, and the browser ends at the publisher without a page."""

import base64
import itertools
import os
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from bench import oidc
from bench.certificates import self_signed
from bench.client import Answer, Browser
from bench.load import Operation, WrongAnswerError
from bench.saml import NAMES
from metadata.decryption_keys import Opener
from metadata.saml import canonical, provider_reader
from metadata.saml.names import AES256_GCM, BEARER, HTTP_REDIRECT, PERSISTENT, RSA_OAEP_MGF1P
from protocols.saml import wire
from protocols.saml.sp import assertion, response
from protocols.saml.sp.response import Declined, Expected

ENTITY_ID = "http://127.0.0.1:9/network"  # never contacted: the browser stops at the redirect
SSO = ENTITY_ID + "/sso"
LESSON = "http://127.0.0.1:9/lesson"
BEGIN = "http://127.0.0.1:9/begin"
ACS, US = "/network/saml/acs", "/network/saml/metadata"


@dataclass(frozen=True, slots=True, eq=False)
class Provider:
    """The provider's key, as `canonical.Signer` wants it, and how many people it knows."""

    private: rsa.RSAPrivateKey
    certificate: str
    people: int
    kid: str = "network"
    alg: str = "RS256"

    def sign(self, data: bytes, /) -> bytes:
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    @property
    def metadata(self) -> bytes:
        """What it says of itself."""
        return (
            f'<EntityDescriptor xmlns="{NAMES["md"]}" entityID="{ENTITY_ID}">'
            f'<IDPSSODescriptor protocolSupportEnumeration="{NAMES["p"]}"><KeyDescriptor use="signing">'
            f'<KeyInfo xmlns="{NAMES["ds"]}"><X509Data><X509Certificate>{self.certificate}</X509Certificate></X509Data></KeyInfo>'
            f'</KeyDescriptor><SingleSignOnService Binding="{HTTP_REDIRECT}" Location="{SSO}"/></IDPSSODescriptor></EntityDescriptor>'
        ).encode()


def made(people: int) -> Provider:
    """A provider with a fresh key."""
    key, certificate = self_signed()
    private = serialization.load_pem_private_key(key, None)
    der = x509.load_pem_x509_certificate(certificate).public_bytes(serialization.Encoding.DER)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("an RSA key is made")
    return Provider(private, base64.b64encode(der).decode(), people)


def subject(number: int) -> str:
    """How the provider calls a person."""
    return f"leerling-{number}"


def answer(
    provider: Provider, question: str, origin: str, who: str, *, encrypt_to: rsa.RSAPublicKey | None = None
) -> bytes:
    """A Response with a signed assertion about a person."""
    now = datetime.now(UTC)
    at, until = f"{now:%Y-%m-%dT%H:%M:%SZ}", f"{now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    reference = "_" + secrets.token_hex(16)
    head = (
        f'<saml:Assertion xmlns:saml="{NAMES["a"]}" ID="{reference}" IssueInstant="{at}" Version="2.0">'
        f"<saml:Issuer>{ENTITY_ID}</saml:Issuer>"
    )
    rest = (
        f'<saml:Subject><saml:NameID Format="{PERSISTENT}">{who}</saml:NameID>'
        f'<saml:SubjectConfirmation Method="{BEARER}"><saml:SubjectConfirmationData InResponseTo="{question}"'
        f' NotOnOrAfter="{until}" Recipient="{origin}{ACS}"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>'
        f'<saml:Conditions NotBefore="{at}" NotOnOrAfter="{until}"><saml:AudienceRestriction><saml:Audience>{origin}{US}</saml:Audience>'
        f'</saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{at}" SessionIndex="{reference}">'
        "<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>"
        "</saml:AuthnContext></saml:AuthnStatement></saml:Assertion>"
    )
    inside = canonical.sign(canonical.prepare(provider), head, rest, reference=reference)
    if encrypt_to is not None:
        inside = _encrypted(inside, encrypt_to)
    return (
        f'<samlp:Response xmlns:samlp="{NAMES["p"]}" Destination="{origin}{ACS}" ID="_{secrets.token_hex(16)}" InResponseTo="{question}"'
        f' IssueInstant="{at}" Version="2.0"><saml:Issuer xmlns:saml="{NAMES["a"]}">{ENTITY_ID}</saml:Issuer><samlp:Status>'
        f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>{inside}</samlp:Response>'
    ).encode()


def _encrypted(inside: str, public: rsa.RSAPublicKey) -> str:
    secret, nonce = os.urandom(32), os.urandom(12)
    wrapped = public.encrypt(secret, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    content = nonce + AESGCM(secret).encrypt(nonce, inside.encode(), None)
    return (
        f'<saml:EncryptedAssertion xmlns:saml="{NAMES["a"]}"><xenc:EncryptedData xmlns:xenc="{NAMES["xenc"]}">'
        f'<xenc:EncryptionMethod Algorithm="{AES256_GCM}"/><ds:KeyInfo xmlns:ds="{NAMES["ds"]}"><xenc:EncryptedKey>'
        f'<xenc:EncryptionMethod Algorithm="{RSA_OAEP_MGF1P}"/><xenc:CipherData><xenc:CipherValue>'
        f"{base64.b64encode(wrapped).decode()}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData>"
        f"<xenc:CipherValue>{base64.b64encode(content).decode()}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
        "</saml:EncryptedAssertion>"
    )


def verification() -> Operation:
    """An encrypted and signed Response read, verified and decrypted, in this process: what the consumer service does before it asks who it is."""
    provider, ours = made(1), made(0)
    origin = "http://127.0.0.1:9"
    xml = answer(provider, "_question", origin, subject(0), encrypt_to=ours.private.public_key())
    body = urlencode({"SAMLResponse": base64.b64encode(xml).decode()}).encode()
    openers = (Opener(ours.certificate, ours.private),)
    idp = provider_reader.read_idp(provider.metadata, loopback_http=True)
    expected = Expected(idp, origin + US, origin + ACS, "_question", 0, fresh=False)
    now = datetime.now(UTC)

    async def verify(_: Browser) -> None:
        proven = response.proven(wire.read_post(body, kind="SAMLResponse"), expected, openers, now=now)
        if isinstance(proven, Declined) or assertion.read(proven, expected, now=now).brought.subject != subject(0):
            raise WrongAnswerError("verification", Answer())

    return verify


def federated(provider: Provider, rp: oidc.RelyingParty, origin: str, shortcut: str) -> Operation:
    """An empty browser: a shortcut by the provider to a lesson, the provider's answer, the publisher, its tokens; no page on the way."""
    turn = itertools.count()

    async def go(browser: Browser) -> None:
        browser.jar.forget()
        sent = await browser.follow(await browser.get(shortcut), until=SSO)
        question = _question(sent)
        told = answer(provider, question, origin, subject(next(turn) % provider.people))
        back = await browser.post(origin + ACS, {"SAMLResponse": base64.b64encode(told).decode()})
        back = await browser.follow(back, until=BEGIN)
        if not back.header("location").startswith(BEGIN):
            raise WrongAnswerError("by way of the provider", back)
        await oidc.sso(rp, browser)

    return go


def _question(sent: Answer) -> str:
    asked = parse_qs(urlsplit(sent.header("location")).query).get("SAMLRequest")
    if not asked:
        raise WrongAnswerError("on to the provider", sent)
    return etree.fromstring(zlib.decompress(base64.b64decode(asked[0]), wbits=-15)).get("ID", "")


def links(keys: Sequence[str], number: int, school: str) -> list[list[str]]:
    """The commands that tell the product by what the provider calls these pupils."""
    of = ["upstreams", "link", "--upstream", str(number), "--school", school, "--request", "bench"]
    return [[*of, "--person", key, "--subject", subject(at)] for at, key in enumerate(keys)]
