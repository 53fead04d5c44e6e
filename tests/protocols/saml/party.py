"""A publisher that speaks SAML: its metadata, its requests, its signatures, made without any of the product's code."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from lxml import etree

from metadata.saml.party import ConsumerService, SamlParty
from protocols.saml.idp.asked import Here
from protocols.saml.idp.contexts import Ladder, Rung
from tests.protocols.saml.keys import Pair
from tests.protocols.saml.libxmlsec import xmlsec

NOW = datetime(2026, 11, 23, 9, 30, 15, tzinfo=UTC)
ENDPOINT = "https://idp.example/saml/sso"
ENTITY = "https://sp.example/saml"
ACS = "https://sp.example/acs"
OTHER_ACS = "https://sp.example/acs?second=1&b=2"

POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
ARTIFACT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"


LADDER: Ladder = (
    Rung("pin", (f"{CLASSES}unspecified",)),
    Rung("password", (f"{CLASSES}PasswordProtectedTransport", f"{CLASSES}Password")),
    Rung("second-factor", (f"{CLASSES}TimeSyncToken", "https://refeds.org/profile/mfa")),
)
HERE = Here("https://idp.example/saml/metadata", LADDER)


def party(*pairs: Pair, signed: bool = False, valid_until: datetime | None = None) -> SamlParty:
    return SamlParty(
        entity_id=ENTITY,
        consumers=(
            ConsumerService(0, POST, ACS),
            ConsumerService(1, POST, OTHER_ACS, default=False),
            ConsumerService(2, ARTIFACT, "https://sp.example/artifact"),
        ),
        signing=tuple(pair.certificate for pair in pairs),
        requests_signed=signed,
        valid_until=valid_until,
    )


def authn_request(
    changed: Mapping[str, str | None] | None = None, *, inside: str = "", issuer: str = ENTITY, before: str = ""
) -> bytes:
    """An AuthnRequest that is in order but for what the test changes: attributes by name (None: left out), and child elements."""
    attributes = {
        "ID": "_a1",
        "Version": "2.0",
        "IssueInstant": "2026-11-23T09:30:00Z",
        "Destination": ENDPOINT,
        "AssertionConsumerServiceURL": ACS,
        **(changed or {}),
    }
    root = etree.Element(
        "{urn:oasis:names:tc:SAML:2.0:protocol}AuthnRequest",
        {name: value for name, value in attributes.items() if value is not None},
        nsmap={
            "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
            "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
            "ds": "http://www.w3.org/2000/09/xmldsig#",
        },
    )
    head = etree.tostring(root).decode().removesuffix("/>")
    return f"{head}>{before}<saml:Issuer>{issuer}</saml:Issuer>{inside}</samlp:AuthnRequest>".encode()


def deflated(xml: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(xml) + packer.flush()).decode()


def redirect(
    xml: bytes,
    *,
    relay_state: str | None = None,
    signed_by: Pair | None = None,
    algorithm: str | None = None,
    der: bool = False,
) -> bytes:
    """A query string as Bindings 3.4.4 builds it."""
    query = f"SAMLRequest={quote(deflated(xml), safe='')}"
    if relay_state is not None:
        query += f"&RelayState={quote(relay_state, safe='')}"
    if signed_by is not None:
        default = RSA_SHA256 if signed_by.alg == "RS256" else ECDSA_SHA256
        query += f"&SigAlg={quote(algorithm or default, safe='')}"
        value = signed_by.sign(query.encode())
        if der and isinstance(signed_by.private, ec.EllipticCurvePrivateKey):
            value = signed_by.private.sign(query.encode(), ec.ECDSA(hashes.SHA256()))
        query += f"&Signature={quote(base64.b64encode(value).decode(), safe='')}"
    return query.encode()


def weakly_signed_redirect(xml: bytes, pair: Pair) -> bytes:
    """A query with a true RSA-SHA1 signature."""
    assert isinstance(pair.private, rsa.RSAPrivateKey)
    algorithm = quote("http://www.w3.org/2000/09/xmldsig#rsa-sha1", safe="")
    query = f"SAMLRequest={quote(deflated(xml), safe='')}&SigAlg={algorithm}"
    value = pair.private.sign(query.encode(), padding.PKCS1v15(), hashes.SHA1())
    return f"{query}&Signature={quote(base64.b64encode(value).decode(), safe='')}".encode()


def form(xml: bytes, *, relay_state: str | None = None) -> bytes:
    """The body of a form post."""
    body = f"SAMLRequest={quote(base64.b64encode(xml).decode(), safe='')}"
    return (body if relay_state is None else f"{body}&RelayState={quote(relay_state, safe='')}").encode()


def enveloped(
    xml: bytes,
    pair: Pair,
    *,
    method: Any = None,
    digest: Any = xmlsec.Transform.SHA256,
    transforms: Sequence[Any] = (xmlsec.Transform.ENVELOPED, xmlsec.Transform.EXCL_C14N),
    c14n: Any = xmlsec.Transform.EXCL_C14N,
    uri: str | None = None,
    key: Any = None,
    place: int = 1,
    tail: str = "",
) -> bytes:
    """The message with an enveloped signature and white space behind it, after its Issuer or at another `place`, made by libxmlsec."""
    root = etree.fromstring(xml)
    default = xmlsec.Transform.RSA_SHA256 if pair.alg == "RS256" else xmlsec.Transform.ECDSA_SHA256
    signature = xmlsec.template.create(root, c14n, method or default, ns="ds")
    root.insert(place, signature)
    signature.tail = tail
    reference = xmlsec.template.add_reference(signature, digest, uri=f"#{root.get('ID')}" if uri is None else uri)
    for transform in transforms:
        xmlsec.template.add_transform(reference, transform)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    context = xmlsec.SignatureContext()
    context.key = key or signing_key(pair)
    context.register_id(root, "ID")
    context.sign(signature)
    return etree.tostring(root)


def signing_key(pair: Pair) -> Any:
    key = xmlsec.Key.from_memory(pair.pem, xmlsec.KeyFormat.PEM)
    key.load_cert_from_memory(pair.certificate_pem, xmlsec.KeyFormat.CERT_PEM)
    return key


def verify(element: Any, pair: Pair) -> None:
    """libxmlsec's opinion of the one signature directly in an element. Raises `xmlsec.Error`."""
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pair.certificate_pem, xmlsec.KeyFormat.CERT_PEM)
    context.register_id(element, "ID")
    (signature,) = element.findall("{http://www.w3.org/2000/09/xmldsig#}Signature")
    context.verify(signature)
