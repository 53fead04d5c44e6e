"""A publisher over SAML that believes nothing: what it gets is parsed, verified and decrypted without any of the product's code."""

import base64
import html
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element
from sqlalchemy import update

from consent import ticks
from metadata import parties
from metadata.models import SamlEntity
from metadata.saml.policy import USUAL, Policy
from metadata.saml.reader import read_sp
from protocols.attributes import catalogue
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.house import BASE, House, open_house
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import Pair, rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.storage import Storage
from tests.upstreams.kit import settings_for

ENDPOINT = f"{BASE}/saml/sso"
OURSELVES = f"{BASE}/saml/metadata"
OTHER_ACS = "https://sp.example/acs?second=1&b=2"
FORMATS = {
    "transient": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    "persistent": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "unspecified": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    "email": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
}
NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xenc11": "http://www.w3.org/2009/xmlenc11#",
}
_SPACES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())


URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
PAIRWISE_ID = "urn:oasis:names:tc:SAML:attribute:pairwise-id"
SUBJECT_ID = "urn:oasis:names:tc:SAML:attribute:subject-id"
ECKID_NAME = "urn:mace:surf.nl:attribute-def:eckid"
PASSWORD_CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
MFA_CLASS = "https://refeds.org/profile/mfa"
CHILD_CLASS = "urn:poortwachter:acr:leerlinggeheim"
NOOR = ("Noor", "Groep 6", "4711")


@asynccontextmanager
async def one_house(storage: Storage) -> AsyncIterator[House]:
    """For a whole module: each test connects the party anew, and begins with the school's yes (`says_yes`)."""
    async with open_house(settings_for(storage), Clock(), storage) as opened:
        yield opened


async def says_yes(house: House) -> None:
    """The school's yes to everything, whatever the test before made of it."""
    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, house.party_id, catalogue.NAMES, now=house.clock.now, by="test")


def key(pair: Pair, use: str = "", methods: str = "") -> str:
    """A KeyDescriptor; `use` is empty for a key that serves both."""
    told = f' use="{use}"' if use else ""
    return (
        f"<md:KeyDescriptor{told}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{pair.certificate}"
        f"</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>"
    )


def document(
    *,
    keys: str = "",
    role: str = "",
    formats: Sequence[str] = (),
    requested: Sequence[str] = (),
    services: Mapping[int, Sequence[str]] | None = None,
    subject_id: str | None = None,
    entity_id: str = sp.ENTITY,
    acs: str = sp.ACS,
    outer: str = "",
) -> bytes:
    """The metadata of a publisher with two addresses, the first one its default."""
    wanted = (
        '<md:Extensions><mdattr:EntityAttributes xmlns:mdattr="urn:oasis:names:tc:SAML:metadata:attribute"><saml:Attribute'
        ' Name="urn:oasis:names:tc:SAML:profiles:subject-id:req"'
        ' NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">'
        f"<saml:AttributeValue>{subject_id}</saml:AttributeValue></saml:Attribute></mdattr:EntityAttributes></md:Extensions>"
    )
    told = "".join(f"<md:NameIDFormat>{FORMATS[name]}</md:NameIDFormat>" for name in formats)
    wishes = services if services is not None else {0: requested} if requested else {}
    asked = "".join(
        f'<md:AttributeConsumingService index="{index}"><md:ServiceName xml:lang="nl">Les</md:ServiceName>'
        + "".join(f'<md:RequestedAttribute Name="{name}" isRequired="true"/>' for name in names)
        + "</md:AttributeConsumingService>"
        for index, names in wishes.items()
    )
    return (
        f'<md:EntityDescriptor {_SPACES} entityID="{entity_id}"{outer}>{wanted if subject_id else ""}'
        f'<md:SPSSODescriptor{role} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}{told}'
        f'<md:AssertionConsumerService Binding="{sp.POST}" Location="{acs}" index="0" isDefault="true"/>'
        f'<md:AssertionConsumerService Binding="{sp.POST}" Location="{html.escape(OTHER_ACS)}" index="1"/>'
        f"{asked}</md:SPSSODescriptor></md:EntityDescriptor>"
    ).encode()


async def connect(house: House, given: bytes = b"", policy: Policy = USUAL) -> None:
    """Hangs the publisher of this metadata under the seeded party, or changes the one with the same entityID as a writer does (D10)."""
    raw = given or document()
    known = read_sp(raw, loopback_http=house.floor.settings.base_url.startswith("http:"))
    changes = {"read": known.to_json(), "policy": asdict(policy), "version": SamlEntity.version + 1}
    change = update(SamlEntity).where(SamlEntity.entity_id == known.entity_id).values(**changes)
    async with house.floor.database.begin() as db:
        if not (await db.execute(change)).rowcount:
            await parties.add_entity(db, house.party_id, known, raw, now=house.clock.now, policy=policy)


def request(house: House, *, inside: str = "", issuer: str = sp.ENTITY, **changed: Any) -> bytes:
    """An AuthnRequest of this moment."""
    issued = house.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return sp.authn_request({"IssueInstant": issued, "Destination": ENDPOINT, **changed}, inside=inside, issuer=issuer)


async def ask(
    house: House,
    browser: Browser,
    *,
    relay_state: str | None = "terug",
    signed_by: Pair | None = None,
    inside: str = "",
    **changed: Any,
) -> Page:
    """By redirect."""
    query = sp.redirect(request(house, inside=inside, **changed), relay_state=relay_state, signed_by=signed_by)
    return await browser.get(f"/saml/sso?{query.decode()}")


async def ask_by_form(
    house: House, browser: Browser, *, signed_by: Pair | None = None, inside: str = "", **changed: Any
) -> Page:
    """By POST, with an enveloped signature if any."""
    xml = request(house, inside=inside, **changed)
    signed = sp.enveloped(xml, signed_by) if signed_by else xml
    data = {"SAMLRequest": base64.b64encode(signed).decode(), "RelayState": "terug"}
    return await browser.follow(await browser.request("POST", "/saml/sso", data=data))


@dataclass(frozen=True)
class Answer:
    """A Response as it came. `assertion` is None where there is none, decrypted where it was encrypted."""

    octets: bytes
    root: Element
    relay_state: str | None
    assertion: Element | None

    @property
    def statuses(self) -> list[str]:
        """The last words of the status codes, the outer one first."""
        return [code.get("Value", "").rsplit(":", 1)[1] for code in self.root.iterfind(".//samlp:StatusCode", NS)]

    @property
    def told(self) -> Element:
        """The assertion, which must be there."""
        assert self.assertion is not None, self.statuses
        return self.assertion

    @property
    def name_id(self) -> Element:
        found = self.told.find(".//saml:NameID", NS)
        assert found is not None
        return found

    @property
    def attributes(self) -> dict[str, list[str]]:
        """Values by attribute name."""
        return {
            attribute.get("Name", ""): [value.text or "" for value in attribute]
            for attribute in self.told.iterfind(".//saml:Attribute", NS)
        }

    def of(self, path: str, name: str) -> str | None:
        """An attribute of the one element at a path of the assertion."""
        (element,) = self.told.findall(path, NS)
        return element.get(name)


def answer(page: Page, *, acs: str = sp.ACS, opens: Pair | None = None) -> Answer:
    """The Response that a page posts on to this address."""
    fields = dict(re.findall(r'name="(SAMLResponse|RelayState)" value="([^"]*)"', page.text))
    assert f'action="{html.escape(acs)}"' in page.text, page.title
    octets = base64.b64decode(fields["SAMLResponse"])
    root = etree.fromstring(octets)
    relay_state = fields.get("RelayState")
    assertion = root.find("saml:Assertion", NS)
    if opens is not None:
        assert assertion is None
        assertion = decrypted(octets, opens)
    return Answer(octets, root, None if relay_state is None else html.unescape(relay_state), assertion)


def decrypted(response: bytes, pair: Pair) -> Element:
    """The assertion in the one EncryptedAssertion of a Response, opened by libxmlsec."""
    root: Any = etree.fromstring(response)
    (data,) = root.findall("saml:EncryptedAssertion/xenc:EncryptedData", NS)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(pair.pem, xmlsec.KeyFormat.PEM))
    opened: Element = xmlsec.EncryptionContext(manager).decrypt(data)
    assert opened.tag == f"{{{NS['saml']}}}Assertion"
    # Apart from the Response, as a party reads what it has decrypted.
    return etree.fromstring(etree.tostring(opened))


def nothing_for_the_party(page: Page) -> bool:
    """Whether a page is for the person alone."""
    return page.status in {400, 403} and "SAMLResponse" not in page.text and sp.ACS not in page.text


def demand(name: str, comparison: str | None = None) -> str:
    """A RequestedAuthnContext."""
    told = f' Comparison="{comparison}"' if comparison else ""
    return (
        f"<samlp:RequestedAuthnContext{told}><saml:AuthnContextClassRef>{name}</saml:AuthnContextClassRef>"
        "</samlp:RequestedAuthnContext>"
    )


async def verified(house: House, found: Answer, *elements: Element) -> None:
    """The signatures directly in these elements are by the key of our metadata that they name."""
    ours = etree.fromstring((await house.browser().request("GET", "/saml/metadata")).response.content)
    published = {"".join((one.text or "").split()) for one in ours.iterfind(".//ds:X509Certificate", NS)}
    for element in elements:
        named = element.findtext("ds:Signature/ds:KeyInfo//ds:X509Certificate", namespaces=NS)
        assert named in published
        sp.verify(element, Pair("idp", "", rsa_pair("sp").private, named))
    covered = {element.get("URI") for element in found.root.iter(f"{{{NS['ds']}}}Reference")}
    assert covered <= {f"#{element.get('ID')}" for element in (found.root, found.told)}


def named_in(root: Element) -> str:
    """The certificate that the signature of an element names."""
    return root.findtext("ds:Signature/ds:KeyInfo//ds:X509Certificate", "", NS)
