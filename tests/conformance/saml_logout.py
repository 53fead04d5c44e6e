"""A publisher that signs people out over SAML, and what it gets."""

import html
import re
from typing import Any

from lxml import etree

from metadata import parties
from metadata.saml.reader import read_sp
from tests.browser import Browser, Page
from tests.conformance.relying_party import arrives, tokens_of
from tests.conformance.test_c071_telling_clients import HERE
from tests.house import House, pupil_signs_in
from tests.protocols.saml import logging_out as lo
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import Pair, rsa_pair
from tests.protocols.saml.logging_out import NS, Signed

SLO = f"{HERE}/saml/slo"
SOAP = f"{HERE}/saml/slo/soap"
THERE = "https://sp.example/slo"
BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:"
PAIR = "sp"


def document(*services: tuple[str, str], entity: str = sp.ENTITY, acs: str = sp.ACS, pair: Pair | None = None) -> str:
    key = (pair or rsa_pair(PAIR)).certificate
    logouts = "".join(f'<md:SingleLogoutService Binding="{BINDING}{name}" Location="{url}"/>' for name, url in services)
    return f"""<md:EntityDescriptor xmlns:md="{NS["md"]}" entityID="{entity}">
<md:SPSSODescriptor protocolSupportEnumeration="{NS["samlp"]}"><md:KeyDescriptor use="signing">
<ds:KeyInfo xmlns:ds="{NS["ds"]}"><ds:X509Data><ds:X509Certificate>{key}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
</md:KeyDescriptor>{logouts}
<md:AssertionConsumerService Binding="{sp.POST}" Location="{acs}" index="0" isDefault="true"/>
</md:SPSSODescriptor></md:EntityDescriptor>"""


async def publish(house: House, *services: tuple[str, str], **more: Any) -> None:
    """Hangs a service provider with these logout services under the seeded publisher."""
    written = document(*services, **more)
    known = read_sp(written.encode(), loopback_http=True)
    async with house.floor.database.begin() as db:
        await parties.add_entity(db, house.party_id, known, written.encode(), now=house.clock.now)


async def visits(
    house: House, browser: Browser | None = None, *, entity: str = sp.ENTITY, acs: str = sp.ACS, inside: str = ""
) -> tuple[Browser, Signed]:
    """Noor at a service provider: her browser, and what the assertion said."""
    browser = browser or house.browser()
    changed = {
        "IssueInstant": f"{house.clock.now:%Y-%m-%dT%H:%M:%SZ}",
        "Destination": f"{HERE}/saml/sso",
        "AssertionConsumerServiceURL": acs,
    }
    asked = sp.authn_request(changed, issuer=entity, inside=inside)
    page = await browser.get(f"/saml/sso?{sp.redirect(asked).decode()}")
    if page.offers("group"):
        page = await pupil_signs_in(browser, page, house, "Noor", "Groep 6", "4711")
    return browser, lo.told(posted(page, "SAMLResponse"))


def posted(page: Page, name: str) -> bytes:
    """The message in a page of ours that posts it on."""
    import base64

    (value,) = re.findall(rf'name="{name}" value="([^"]*)"', page.text)
    return base64.b64decode(html.unescape(value))


async def certificates(house: House) -> list[str]:
    raw = (await house.browser().client.get("/saml/metadata")).content
    return [str(node.text) for node in etree.fromstring(raw).iterfind(".//md:KeyDescriptor//ds:X509Certificate", NS)]


def asked(house: House, signed: Signed, *, to: str = SLO, **more: Any) -> bytes:
    return lo.request(signed, to=to, issued=house.clock.now, **more)


async def by_redirect(house: House, browser: Browser, xml: bytes, *, pair: Pair | None = None) -> Page:
    return await browser.request("GET", f"/saml/slo?{lo.query(xml, pair or rsa_pair(PAIR), relay_state='r&1')}")


async def by_soap(house: House, xml: bytes, *, pair: Pair | None = None, signed: bool = True) -> Any:
    body = lo.envelope(sp.enveloped(xml, pair or rsa_pair(PAIR)) if signed else xml)
    return await house.browser().client.post("/saml/slo/soap", content=body, headers={"Content-Type": "text/xml"})


async def answer_of(house: House, page: Page) -> tuple[list[str], Any]:
    """The status codes of the signed LogoutResponse that a redirect carries to the party."""
    assert (page.location or "").startswith(f"{THERE}?")
    message, relay_state = lo.from_query(page.location or "", await certificates(house), kind="SAMLResponse")
    assert etree.QName(message).localname == "LogoutResponse"
    assert (message.get("InResponseTo"), message.get("Destination"), relay_state) == ("_lr1", THERE, "r&1")
    assert message.findtext("saml:Issuer", namespaces=NS) == f"{HERE}/saml/metadata"
    return lo.codes(message), message


def transient() -> str:
    return '<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient" AllowCreate="true"/>'


def frame_of(page: Page) -> tuple[str, str]:
    (found,) = re.findall(r'<iframe data-name="(\d+)" data-answers src="([^"]+)"', page.text)
    return found[0], found[1]


def persistent() -> str:
    return transient().replace("transient", "persistent")


async def hint(house: House, browser: Browser) -> str:
    return str((await tokens_of(house, await arrives(house, browser)))["id_token"])
