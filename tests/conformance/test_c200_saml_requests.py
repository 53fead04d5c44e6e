"""C-200 to C-216, C-228, C-231, C-233: which AuthnRequests are taken, over HTTP, and where the answer may go."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from lxml import etree

from metadata.saml.reader import BadMetadata, read_sp
from tests.clock import Clock
from tests.conformance.saml_party import (
    FORMATS,
    NS,
    OTHER_ACS,
    OURSELVES,
    answer,
    ask,
    ask_by_form,
    connect,
    document,
    key,
    nothing_for_the_party,
    request,
)
from tests.house import House, open_house, signed_in
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import Pair, ec_pair, rsa_pair
from tests.storage import Storage
from tests.upstreams.kit import settings_for


@pytest.fixture(scope="module")
async def house(storage: Storage) -> AsyncIterator[House]:
    """One house for all of them: only the publisher's metadata change, and once the hour."""
    async with open_house(settings_for(storage), Clock(), storage) as opened:
        yield opened


def at(house: House, seconds: int) -> str:
    """A moment so many seconds from now."""
    moment = house.clock.now.timestamp() + seconds
    return type(house.clock.now).fromtimestamp(moment, house.clock.now.tzinfo).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_c200_c228_a_clock_may_be_three_minutes_off_and_a_request_is_no_older(house: House) -> None:
    await connect(house)
    browser = await signed_in(house, "juf")
    for seconds in (-180, 0, 180):
        found = answer(await ask(house, browser, IssueInstant=at(house, seconds)))
        assert found.statuses == ["Success"]
    for seconds in (-211, 181, -86400, 86400):
        assert nothing_for_the_party(await ask(house, browser, IssueInstant=at(house, seconds)))
    for nonsense in ("2026-11-23", "", "2026-11-23T07:30:00"):
        assert nothing_for_the_party(await ask(house, browser, IssueInstant=nonsense))


async def test_c228_a_destination_is_ours_and_a_return_brings_nothing_new(house: House) -> None:
    """ADR 7: the same request again is answered to the same address, about the same person, under its own ID."""
    pair = rsa_pair("sp")
    await connect(house, document(keys=key(pair, "signing")))
    browser = await signed_in(house, "juf")
    for wrong in ("https://elders.example/saml/sso", OURSELVES, "", sp.ENDPOINT + "?"):
        assert nothing_for_the_party(await ask(house, browser, Destination=wrong))
    assert answer(await ask(house, browser, Destination=None)).statuses == ["Success"]
    for by in (ask, ask_by_form):
        assert nothing_for_the_party(await by(house, browser, Destination=None, signed_by=pair))
    first, again = [answer(await ask(house, browser)) for _ in range(2)]
    assert first.root.get("InResponseTo") == again.root.get("InResponseTo") == "_a1"
    assert first.root.get("ID") != again.root.get("ID")
    assert (await ask(house, house.browser())).status == 200, "a stranger who sends it signs in first"


@pytest.mark.parametrize("doctype", ["<!DOCTYPE a>", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'])
async def test_c202_a_document_type_never_comes_in_and_never_goes_out(house: House, doctype: str) -> None:
    await connect(house)
    browser = await signed_in(house, "juf")
    xml = doctype.encode() + request(house)
    assert nothing_for_the_party(await browser.get(f"/saml/sso?{sp.redirect(xml).decode()}"))
    posted = {"SAMLRequest": base64.b64encode(xml).decode()}
    assert nothing_for_the_party(await browser.request("POST", "/saml/sso", data=posted))
    with pytest.raises(Exception, match="document type"):
        read_sp(doctype.encode() + document())
    written = (await browser.get("/saml/metadata")).response.content, answer(await ask(house, browser)).octets
    assert not any(b"<!" in octets for octets in written)


async def test_c203_an_entity_is_named_by_an_absolute_uri_of_256_characters_at_most(house: House) -> None:
    longest = "https://sp.example/" + "x" * 237
    await connect(house, document(entity_id=longest))
    browser = await signed_in(house, "juf")
    query = sp.redirect(request(house, issuer=longest)).decode()
    found = answer(await browser.get(f"/saml/sso?{query}"))
    assert found.told.findtext(".//saml:Audience", namespaces=NS) == longest
    for wrong in (longest + "x", "sp.example", "", "https://sp.example/a b"):
        with pytest.raises(BadMetadata, match="entityID"):
            read_sp(document(entity_id=wrong))
    ours = etree.fromstring((await browser.get("/saml/metadata")).response.content)
    assert ours.get("entityID") == OURSELVES
    assert len(OURSELVES) <= 256


async def test_c210_weak_algorithms_are_refused_and_not_used(house: House) -> None:
    pair = rsa_pair("sp")
    await connect(house, document(keys=key(pair, "signing")))
    browser = await signed_in(house, "juf")
    weak = sp.weakly_signed_redirect(request(house), pair).decode()
    assert nothing_for_the_party(await browser.get(f"/saml/sso?{weak}"))
    found = answer(await ask(house, browser, signed_by=pair))
    algorithms = {element.get("Algorithm", "") for element in found.root.iter() if element.get("Algorithm")}
    assert algorithms == {
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        sp.RSA_SHA256,
    }


async def test_c211_requests_come_by_redirect_and_by_post_over_tls(house: House) -> None:
    await connect(house)
    browser = await signed_in(house, "juf")
    for by in (ask, ask_by_form):
        found = answer(await by(house, browser))
        assert (found.statuses, found.relay_state) == (["Success"], "terug")
    ours = etree.fromstring((await browser.get("/saml/metadata")).response.content)
    services = ours.findall(".//md:SingleSignOnService", NS)
    assert [service.get("Binding", "").rsplit(":", 1)[1] for service in services] == ["HTTP-Redirect", "HTTP-POST"]
    assert all((service.get("Location") or "").startswith("https://") for service in services)


async def test_c212_c213_a_promised_signature_is_there_and_a_given_one_is_right(house: House) -> None:
    pair, stranger = rsa_pair("sp"), rsa_pair("stranger")
    browser = await signed_in(house, "juf")
    for promised in (True, False):
        role = ' AuthnRequestsSigned="true"' if promised else ""
        await connect(house, document(keys=key(pair, "signing"), role=role))
        for by in (ask, ask_by_form):
            assert answer(await by(house, browser, signed_by=pair)).statuses == ["Success"]
            assert nothing_for_the_party(await by(house, browser, signed_by=stranger))
            unsigned = await by(house, browser)
            assert nothing_for_the_party(unsigned) if promised else answer(unsigned).statuses == ["Success"]
        whole = sp.redirect(request(house), signed_by=pair).decode()
        for parameter in ("SigAlg", "Signature"):
            halved = "&".join(part for part in whole.split("&") if not part.startswith(f"{parameter}="))
            assert nothing_for_the_party(await browser.get(f"/saml/sso?{halved}"))
        stripped = whole.split("&SigAlg=")[0]
        page = await browser.get(f"/saml/sso?{stripped}")
        assert nothing_for_the_party(page) if promised else answer(page).statuses == ["Success"]


async def test_c206_past_its_term_a_party_is_unusable_at_once_also_as_we_remember_it(house: House) -> None:
    ends = house.clock.now + timedelta(minutes=1)
    await connect(house, document(outer=f' validUntil="{ends:%Y-%m-%dT%H:%M:%SZ}"'))
    browser = await signed_in(house, "ict", two_steps=True)
    assert answer(await ask(house, browser)).statuses == ["Success"]
    house.clock.move(seconds=59)
    assert answer(await ask(house, browser)).statuses == ["Success"]
    house.clock.move(seconds=1)
    for by in (ask, ask_by_form):
        assert nothing_for_the_party(await by(house, browser))


async def test_c211_a_form_from_another_site_is_kept_whole_while_the_browser_comes_back(house: House) -> None:
    """D25: the session cookie stays behind; what was asked comes along, letter for letter."""
    await connect(house, document(keys=key(rsa_pair("sp"), "encryption")))
    relay_state = "\"'&<>+%20 é"
    persistent = f'<samlp:NameIDPolicy Format="{FORMATS["persistent"]}"/>'
    scoping = '<samlp:Scoping ProxyCount="1"><samlp:RequesterID>https://a.example</samlp:RequesterID></samlp:Scoping>'
    for browser, opens, expected in (
        (await signed_in(house, "juf"), rsa_pair("sp"), ["Success"]),
        (house.browser(), None, ["Responder", "NoPassive"]),
    ):
        xml = request(house, inside=persistent + scoping, IsPassive="true")
        data = {"SAMLRequest": base64.b64encode(xml).decode(), "RelayState": relay_state}
        page = await browser.request("POST", "/saml/sso", data=data, cross_site=True)
        assert (page.status, page.response.content) == (303, b"")
        found = answer(await browser.follow(page), opens=opens)
        assert (found.statuses, found.relay_state) == (expected, relay_state)
        assert opens is None or found.name_id.get("Format") == FORMATS["persistent"]
        assert (await browser.get(page.location or "")).status == 410, "once"


NEARLY = (
    sp.ACS + "/",
    sp.ACS + "?",
    sp.ACS + "#",
    sp.ACS + " ",
    sp.ACS.upper(),
    sp.ACS.replace("https", "http"),
    sp.ACS.replace("sp.example", "sp.example:443"),
    sp.ACS.replace("sp.example", "sp.example@boos.example"),
    sp.ACS.replace("/acs", "/x/../acs"),
    sp.ACS.replace("/acs", "/%61cs"),
    "https://boos.example/acs",
    "javascript:alert(1)",
    "",
)


async def test_c214_the_answer_goes_to_an_address_of_the_metadata(house: House) -> None:
    await connect(house)
    browser = await signed_in(house, "juf")
    index, url = "AssertionConsumerServiceIndex", "AssertionConsumerServiceURL"
    places: tuple[tuple[str, dict[str, Any]], ...] = (
        (sp.ACS, {url: None}),
        (sp.ACS, {url: sp.ACS}),
        (OTHER_ACS, {url: OTHER_ACS}),
        (OTHER_ACS, {url: None, index: "1"}),
        (OTHER_ACS, {url: OTHER_ACS, "ProtocolBinding": sp.POST}),
    )
    for where, chosen in places:
        found = answer(await ask(house, browser, **chosen), acs=where)
        assert found.root.get("Destination") == where
        assert found.of(".//saml:SubjectConfirmationData", "Recipient") == where
    for wrong in NEARLY:
        assert nothing_for_the_party(await ask(house, browser, **dict[str, Any]({url: wrong})))
    contradictions: tuple[dict[str, Any], ...] = (
        {url: sp.ACS, index: "0"},
        {url: None, index: "7"},
        {url: None, index: "-1"},
        {url: None, index: "x"},
    )
    for both in contradictions:
        assert nothing_for_the_party(await ask(house, browser, **both))
    other = answer(await ask(house, browser, ProtocolBinding=sp.ARTIFACT))
    assert other.statuses == ["Requester", "UnsupportedBinding"]


@pytest.mark.parametrize("use", ["signing", ""])
async def test_c231_each_of_three_keys_signs_expired_undirected_or_not(house: House, use: str) -> None:
    three: tuple[Pair, ...] = (rsa_pair("sp"), rsa_pair("one", expired=True), ec_pair("four"))
    await connect(house, document(keys="".join(key(pair, use) for pair in three), role=' AuthnRequestsSigned="true"'))
    browser = await signed_in(house, "juf")
    opens = rsa_pair("sp") if not use else None
    for pair in three:
        for by in (ask, ask_by_form):
            assert answer(await by(house, browser, signed_by=pair), opens=opens).statuses == ["Success"]
    assert nothing_for_the_party(await ask(house, browser, signed_by=rsa_pair("stranger")))


async def test_c233_what_we_have_never_heard_of_changes_nothing(house: House) -> None:
    await connect(house)
    browser = await signed_in(house, "juf")
    strange = (
        '<samlp:Extensions><x:a xmlns:x="urn:x"><x:b c="d"/></x:a></samlp:Extensions>',
        "<saml:Conditions/>",
        '<x:Advice xmlns:x="urn:x"/>',
    )
    for inside in strange:
        found = answer(await ask(house, browser, inside=inside, ProviderName="Les", Consent="urn:x", Strange="1"))
        assert found.statuses == ["Success"]
    query = sp.redirect(request(house), relay_state="r").decode()
    page = await browser.get(f"/saml/sso?vreemd=1&{query}&{quote('é')}=2")
    assert answer(page).relay_state == "r"
