"""The same journeys for a publisher that speaks SAML."""

import base64
import html
import re

from lxml import etree

from consent import ticks
from metadata import parties
from metadata.saml.policy import USUAL, Policy
from metadata.saml.reader import read_sp
from protocols.attributes import catalogue
from tests.browser import Browser, Page
from tests.house import BASE, ECKID, House, pupil_signs_in, staff_signs_in
from tests.protocols.saml import party as sp

NS = {"samlp": "urn:oasis:names:tc:SAML:2.0:protocol", "saml": "urn:oasis:names:tc:SAML:2.0:assertion"}
ENDPOINT = f"{BASE}/saml/sso"
DOCUMENT = f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{sp.ENTITY}">
<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:AssertionConsumerService Binding="{sp.POST}" Location="{sp.ACS}" index="0" isDefault="true"/>
</md:SPSSODescriptor></md:EntityDescriptor>"""


async def publish(house: House, policy: Policy = USUAL) -> None:
    """Hangs a SAML connection under the seeded publisher, which the school has ticked."""
    known = read_sp(DOCUMENT.encode())
    async with house.floor.database.begin() as db:
        await parties.add_entity(db, house.party_id, known, DOCUMENT.encode(), now=house.clock.now, policy=policy)


def request(house: House, **changed: str | None) -> bytes:
    issued = house.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return sp.authn_request({"IssueInstant": issued, "Destination": ENDPOINT, **changed})


async def ask(house: House, browser: Browser, *, relay_state: str = "terug&<waar>", **changed: str | None) -> Page:
    query = sp.redirect(request(house, **changed), relay_state=relay_state).decode()
    return await browser.get(f"/saml/sso?{query}")


def answered(page: Page) -> tuple[bytes, str | None]:
    """The Response and the RelayState of the page that posts them on."""
    fields = dict(re.findall(r'name="(SAMLResponse|RelayState)" value="([^"]*)"', page.text))
    assert f'action="{sp.ACS}"' in page.text
    relay_state = fields.get("RelayState")
    return base64.b64decode(fields["SAMLResponse"]), html.unescape(relay_state) if relay_state is not None else None


def status_of(response: bytes) -> list[str]:
    root = etree.fromstring(response)
    return [code.get("Value", "").rsplit(":", 1)[1] for code in root.iterfind(".//samlp:StatusCode", NS)]


async def test_the_eckid_is_the_name_where_the_party_wants_it_so(house: House) -> None:
    await publish(house, Policy(name_id="eckid"))
    browser = house.browser()
    page = await pupil_signs_in(browser, await ask(house, browser), house, "Noor", "Groep 6", "4711")
    root = etree.fromstring(answered(page)[0])
    assert root.findtext(".//saml:NameID", namespaces=NS) == ECKID


async def test_a_posted_request_comes_back_once_to_our_own_address(house: House) -> None:
    await publish(house)
    browser = house.browser()
    await staff_signs_in(browser, await ask(house, browser), "juf")
    body = {"SAMLRequest": base64.b64encode(request(house, ID="_c3")).decode(), "RelayState": "r"}
    page = await browser.request("POST", "/saml/sso", data=body, cross_site=True)
    assert page.status == 303
    assert (page.location or "").startswith(f"{BASE}/saml/sso/")
    response, _ = answered(await browser.follow(page))
    assert status_of(response) == ["Success"]


async def test_a_passive_request_of_a_stranger_gets_no_passive_and_no_page(house: House) -> None:
    await publish(house)
    response, relay_state = answered(await ask(house, house.browser(), IsPassive="true"))
    assert status_of(response) == ["Responder", "NoPassive"]
    assert relay_state == "terug&<waar>"


async def test_without_a_tick_the_party_learns_only_that_it_was_denied(house: House) -> None:
    """C-225: and only when the person goes back."""
    await publish(house)

    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
    browser = house.browser()
    page = await staff_signs_in(browser, await ask(house, browser), "juf")
    assert "Rekenrijk" in page.text
    assert b"Assertion" not in page.response.content
    response, _ = answered(await browser.post(page.url, _refused_form(page)))
    assert status_of(response) == ["Responder", "AuthnFailed"]


def _refused_form(page: Page) -> dict[str, str]:
    fields = dict(re.findall(r'name="(ticket|step)" value="([^"]*)"', page.text))
    assert fields["step"] == "refused"
    return fields


async def test_everything_released_is_in_the_catalogue(house: House) -> None:
    await publish(house)
    browser = house.browser()
    page = await pupil_signs_in(browser, await ask(house, browser), house, "Finn", "Groep 6", "0042")
    root = etree.fromstring(answered(page)[0])
    names = {attribute.get("Name") for attribute in root.iterfind(".//saml:Attribute", NS)}
    assert names <= {field.uri for field in catalogue.CATALOGUE}
    assert "urn:mace:surf.nl:attribute-def:eckid" not in names
