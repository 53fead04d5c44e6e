"""Three service providers that others wrote, by their own metadata and signed requests: signed and encrypted, there and back (C-217, C-219);
signing out from there and from here (C-230)."""

import base64
import html
import zlib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from lxml import etree

from metadata.saml.policy import Policy
from tests.browser import Browser
from tests.clock import Clock
from tests.conformance.saml_logout import frame_of, posted
from tests.conformance.saml_party import NOOR, answer, connect
from tests.conformance.test_c060_logout import signed_in
from tests.conformance.test_c071_telling_clients import states
from tests.house import BASE, ECKID, House, pupil_signs_in
from tests.peers.installed import installed
from tests.peers.service_providers import JUDGES, SLO, Judge, Refused, Sent, node_saml
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import rsa_pair


@pytest.fixture
def clock() -> Clock:
    """The machine's time, standing still."""
    made = Clock()
    made.now = datetime.now(UTC)
    return made


@pytest.mark.parametrize("name", sorted(JUDGES))
async def test_c217_c219_c230_a_child_arrives_signed_and_encrypted_and_leaves_both_ways(
    house: House, tmp_path: Path, name: str
) -> None:
    pair = rsa_pair("sp")
    ours = (await house.browser().request("GET", "/saml/metadata")).response.content
    with JUDGES[name](tmp_path, ours, pair) as judge:
        await connect(house, judge.metadata, Policy(dialect="entree"))
        browser = house.browser()
        asked = urlsplit(judge.url)
        page = await pupil_signs_in(browser, await browser.get(f"{asked.path}?{asked.query}"), house, *NOOR)
        found = answer(page, opens=pair)
        with pytest.raises(Refused, match="ignature"):
            judge.accept(found.octets.replace(b"</samlp:StatusCode>", b" </samlp:StatusCode>"))
        accepted = judge.accept(found.octets)
        assert accepted.name_id == found.name_id.text
        assert accepted.attributes["eckId"] == [ECKID]
        assert found.relay_state == "terug"
        await signs_out(house, browser, judge)
        page = await pupil_signs_in(browser, await browser.get(f"{asked.path}?{asked.query}"), house, *NOOR)
        judge.accept(answer(page, opens=pair).octets)
        await is_signed_out(house, browser, judge)


async def test_c230_node_saml_by_post_looks_for_the_request_in_another_element(house: House, tmp_path: Path) -> None:
    """By POST it reads InResponseTo of a `Response` only, whatever message came (its issue 331, passport-saml's 438): ours names the request, and
    to who always wants that it says that nothing does. Its reader of redirects looks at the `LogoutResponse`.
    """
    pair = rsa_pair("sp")
    ours = (await house.browser().request("GET", "/saml/metadata")).response.content
    with node_saml(tmp_path, ours, pair) as judge:
        source = (installed().parent / "node_modules/@node-saml/node-saml/lib/saml.js").read_text()
        assert source.count("""selectAttributes(doc, "/*[local-name()='Response']/@InResponseTo")""") == 1
        assert "const inResponseTo = doc.LogoutResponse.$.InResponseTo;" in source
        heard = judge.metadata.replace(
            f'HTTP-Redirect" Location="{SLO}"'.encode(), f'HTTP-POST" Location="{SLO}"'.encode()
        )
        await connect(house, heard, Policy(dialect="entree"))
        browser, asked = house.browser(), urlsplit(judge.url)
        page = await pupil_signs_in(browser, await browser.get(f"{asked.path}?{asked.query}"), house, *NOOR)
        judge.accept(answer(page, opens=pair).octets)
        url = urlsplit(judge.leaves())
        request = zlib.decompress(base64.b64decode(parse_qs(url.query)["SAMLRequest"][0]), -15)
        page = await browser.request("GET", f"{url.path}?{url.query}")
        told = posted(page, "SAMLResponse")
        assert etree.fromstring(told).get("InResponseTo") == etree.fromstring(request).get("ID")
        with pytest.raises(Refused, match="InResponseTo is missing from response"):
            judge.posted(told)
        judge.begins(validateInResponseTo="ifPresent")
        assert judge.posted(told)["over"] is True
        with pytest.raises(Refused, match="ignature"):
            judge.posted(told.replace(b"Success", b"Succes"))


async def signs_out(house: House, browser: Browser, judge: Judge) -> None:
    """C-230: it asks, in the way of its software; the session ends, and it believes our answer and no other."""
    url = urlsplit(judge.leaves())
    assert f"{url.scheme}://{url.netloc}" == BASE
    page = await browser.request("GET", f"{url.path}?{url.query}")
    sent = Sent.to(page.location or "")
    assert sent.parameters["RelayState"]
    judge.confirmed(sent)
    assert not await signed_in(browser)


async def is_signed_out(house: House, browser: Browser, judge: Judge) -> None:
    """C-230: we ask, in a frame; it believes the request, nobody else's, and what it answers counts."""
    page = await browser.get("/signout")
    page = await browser.choose(page, "answer", "yes")
    _, address = frame_of(page)
    assert address.startswith(f"{SLO}?")
    sent = Sent.to(html.unescape(address))
    with pytest.raises(Refused):
        judge.obeys(forged(sent))
    url = urlsplit(judge.obeys(sent))
    heard = await browser.request("GET", f"{url.path}?{url.query}")
    assert (f"{url.scheme}://{url.netloc}", heard.status) == (BASE, 200)
    assert await states(house) == ["told"]


def forged(sent: Sent) -> Sent:
    """The request about somebody else, under the signature of ours."""
    xml = zlib.decompress(base64.b64decode(sent.parameters["SAMLRequest"]), -15)
    other = sp.deflated(xml.replace(b"</saml:NameID>", b"0</saml:NameID>"))
    parameters = {**sent.parameters, "SAMLRequest": other}
    return Sent(parameters, urlencode(parameters))
