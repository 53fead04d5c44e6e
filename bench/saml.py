"""A service provider: one operation is an AuthnRequest by redirect and the page with the signed Response to it, encrypted or not."""

import base64
import itertools
import re
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlencode

import xmlsec
from lxml import etree

from bench.client import Answer, Browser
from bench.load import WrongAnswerError

ENTITY_ID = "http://127.0.0.1:9/saml"  # never contacted
ACS = ENTITY_ID + "/acs"
ENCRYPTED_ENTITY_ID = "http://127.0.0.1:9/saml-encrypted"
VERIFIED_EACH = 20  # every response is looked at, one in twenty has its signature verified

NAMES = {
    "p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "a": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}


def metadata(entity_id: str, *, encryption_certificate: bytes | None = None) -> str:
    """What the service provider says of itself; with a certificate (PEM) it wants its assertions encrypted."""
    lines = (encryption_certificate or b"").decode().splitlines()
    key = (
        f'<KeyDescriptor use="encryption"><KeyInfo xmlns="{NAMES["ds"]}"><X509Data><X509Certificate>'
        f"{''.join(line for line in lines if not line.startswith('--'))}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    )
    return f"""<EntityDescriptor xmlns="{NAMES["md"]}" entityID="{entity_id}">
<SPSSODescriptor protocolSupportEnumeration="{NAMES["p"]}" WantAssertionsSigned="false" AuthnRequestsSigned="false">
{key if lines else ""}<AssertionConsumerService index="0" isDefault="true" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
 Location="{entity_id}/acs"/></SPSSODescriptor></EntityDescriptor>
"""


METADATA = metadata(ENTITY_ID)


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """What the identity provider under test says of itself in its metadata, and who asks: with a key (PEM) it wants encrypted assertions."""

    sso_url: str
    certificate: bytes
    entity_id: str = ENTITY_ID
    key: bytes | None = None
    turn: Iterator[int] = field(default_factory=itertools.count)


async def register(origin: str, metadata_url: str) -> ServiceProvider:
    """Reads the identity provider's metadata."""
    browser = Browser(origin)
    try:
        root = _parse((await browser.get(metadata_url)).body)
    finally:
        browser.close()
    services = root.findall(".//md:IDPSSODescriptor/md:SingleSignOnService", NAMES)
    (sso_url, *_) = (s.get("Location", "") for s in services if s.get("Binding", "").endswith(":HTTP-Redirect"))
    keys = root.findall(".//md:IDPSSODescriptor/md:KeyDescriptor", NAMES)
    (text, *_) = (k.findtext(".//ds:X509Certificate", "", NAMES) for k in keys if k.get("use", "signing") == "signing")
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(base64.b64decode(text)) + b"-----END CERTIFICATE-----\n"
    return ServiceProvider(sso_url, pem)


def request(sp: ServiceProvider) -> tuple[str, str]:
    """An AuthnRequest as an address, and its ID."""
    number = "_" + secrets.token_hex(16)
    xml = (
        f'<samlp:AuthnRequest xmlns:samlp="{NAMES["p"]}" xmlns:saml="{NAMES["a"]}" ID="{number}" Version="2.0" '
        f'IssueInstant="{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}" Destination="{sp.sso_url}" '
        f'AssertionConsumerServiceURL="{sp.entity_id}/acs" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">'
        f"<saml:Issuer>{sp.entity_id}</saml:Issuer></samlp:AuthnRequest>"
    )
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = base64.b64encode(squeeze.compress(xml.encode()) + squeeze.flush()).decode()
    return f"{sp.sso_url}?{urlencode({'SAMLRequest': packed, 'RelayState': number[:20]})}", number


async def sso(sp: ServiceProvider, browser: Browser) -> None:
    """The whole operation for a browser with a session: straight to the page that posts the Response to us."""
    url, number = request(sp)
    check(sp, await browser.follow(await browser.get(url)), number)


_FIELD = re.compile(r"""<input\b[^>]*?\bname=["']?SAMLResponse\b[^>]*>""", re.I)
_VALUE = re.compile(r"""\bvalue=(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.I)


def check(sp: ServiceProvider, page: Answer, number: str) -> None:
    """Success, an answer to this very request, and (one in twenty) a signature that covers its parent element."""
    field_ = _FIELD.search(page.text)
    value = _VALUE.search(field_.group(0)) if field_ else None
    if page.status != 200 or value is None:
        raise WrongAnswerError("no SAMLResponse", page)
    xml = base64.b64decode(unescape("".join(filter(None, value.groups()))))
    if b"status:Success" not in xml or number.encode() not in xml:
        raise WrongAnswerError("not a Success for this request", page)
    if sp.key and (b"EncryptedData" not in xml or b"<saml:NameID" in xml):
        raise WrongAnswerError("not encrypted", page)
    if next(sp.turn) % VERIFIED_EACH == 0:
        _verify(sp, xml)


def _verify(sp: ServiceProvider, xml: bytes) -> None:
    root = _parse(xml)
    xmlsec.tree.add_ids(root, ["ID"])
    signatures = root.findall(".//ds:Signature", NAMES)
    if not signatures:
        raise ValueError("the response has no signature")
    for signature in signatures:
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(sp.certificate, xmlsec.constants.KeyDataFormatCertPem)
        context.verify(signature)
        parent, covered = signature.getparent(), signature.find("ds:SignedInfo/ds:Reference", NAMES)
        if parent is None or covered is None or covered.get("URI") != f"#{parent.get('ID')}":
            raise ValueError("a signature does not cover the element it stands in")
    if sp.key:
        _open(root, sp.key)
    if root.find(".//a:Attribute", NAMES) is None:
        raise ValueError("the response has no attribute")


def _open(root: etree._Element, key: bytes) -> None:
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem))
    data = root.find(".//xenc:EncryptedData", NAMES)
    if data is None:
        raise ValueError("the response holds nothing encrypted")
    xmlsec.EncryptionContext(manager).decrypt(data)


def _parse(xml: bytes) -> etree._Element:
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
