"""Three service providers that others wrote, by their own metadata and signed requests: signed and encrypted, there and back (C-217, C-219);
signing out from there and from here (C-230)."""

import base64
import html
import zlib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from metadata.saml.policy import Policy
from tests.browser import Browser
from tests.clock import Clock
from tests.conformance.saml_logout import frame_of
from tests.conformance.saml_party import NOOR, answer, connect
from tests.conformance.test_c060_logout import signed_in
from tests.conformance.test_c071_telling_clients import states
from tests.house import BASE, ECKID, House, pupil_signs_in
from tests.peers.service_providers import JUDGES, SLO, Judge, Refused, Sent
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
