"""C-230: SAML single logout both ways, over Redirect, POST and SOAP; across protocols; and every request that must not have an effect."""

import hashlib
import html
import re
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from lxml import etree
from sqlalchemy import insert

from idp.core.settings import Settings
from idp.http import cookies
from metadata.models import DecryptionKey
from tests.conformance.relying_party import disable_party, register
from tests.conformance.saml_logout import (
    BINDING,
    PAIR,
    SLO,
    SOAP,
    THERE,
    answer_of,
    asked,
    by_redirect,
    by_soap,
    certificates,
    frame_of,
    hint,
    persistent,
    posted,
    publish,
    transient,
    visits,
)
from tests.conformance.test_c060_logout import logout_url, signed_in
from tests.conformance.test_c071_telling_clients import HERE, states
from tests.house import House
from tests.protocols.saml import logging_out as lo
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import Pair, rsa_pair
from tests.protocols.saml.logging_out import NS
from tests.upstreams import provider


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_url": HERE})


async def test_c230_metadata_offers_each_binding(house: House) -> None:
    root = etree.fromstring((await house.browser().client.get("/saml/metadata")).content)
    offered = {(node.get("Binding"), node.get("Location")) for node in root.iterfind(".//md:SingleLogoutService", NS)}
    assert offered == {
        (BINDING + "HTTP-Redirect", SLO),
        (BINDING + "HTTP-POST", SLO),
        (BINDING + "SOAP", SOAP),
    }


async def test_c230_a_signed_request_by_redirect_ends_the_session_and_is_answered(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    browser, signed = await visits(house)
    kept = dict(browser.cookies)
    page = await by_redirect(house, browser, asked(house, signed))
    assert (await answer_of(house, page))[0] == ["Success"]
    assert cookies.SESSION not in browser.cookies
    browser.cookies = kept
    assert not await signed_in(browser)  # C-320
    page = await by_redirect(house, browser, asked(house, signed))
    assert (await answer_of(house, page))[0] == ["Success"]  # over already is what it wants


async def test_c230_by_a_cross_site_post_the_cookie_stays_behind_and_the_session_ends_all_the_same(
    house: House,
) -> None:
    await publish(house, ("HTTP-POST", THERE))
    browser, signed = await visits(house)
    import base64

    xml = sp.enveloped(asked(house, signed), rsa_pair(PAIR))
    form = {"SAMLRequest": base64.b64encode(xml).decode(), "RelayState": "r&1"}
    page = await browser.request("POST", "/saml/slo", data=form, cross_site=True)
    assert f'action="{THERE}"' in page.text
    answer = etree.fromstring(posted(page, "SAMLResponse"))
    lo.verified(answer, await certificates(house))
    assert lo.codes(answer) == ["Success"]
    assert 'name="RelayState" value="r&amp;1"' in page.text
    assert not await signed_in(browser)


async def test_c230_by_soap_without_any_browser(house: House) -> None:
    await publish(house, ("SOAP", THERE))
    browser, signed = await visits(house)
    response = await by_soap(house, asked(house, signed, to=SOAP))
    assert (response.status_code, response.headers["content-type"].split(";")[0]) == (200, "text/xml")
    answer = lo.from_envelope(response.content)
    lo.verified(answer, await certificates(house))
    assert lo.codes(answer) == ["Success"]
    assert not await signed_in(browser)


async def test_c230_what_must_have_no_effect_has_none(house: House) -> None:
    """Unsigned, signed by a stranger, by another party for this one's session, of another person, misaddressed, stale, tampered with."""
    await publish(house, ("HTTP-Redirect", THERE))
    other = "https://other.example/saml"
    await publish(
        house, ("HTTP-Redirect", THERE), entity=other, acs="https://other.example/acs", pair=rsa_pair("other")
    )
    browser, signed = await visits(house)
    stranger = rsa_pair("stranger")
    good = asked(house, signed)
    refused = (
        f"/saml/slo?{lo.query(good, None)}",
        f"/saml/slo?{lo.query(good, stranger)}",
        f"/saml/slo?{lo.query(asked(house, signed, to=THERE), rsa_pair(PAIR))}",
        f"/saml/slo?{lo.query(asked(house, signed, changed={'IssueInstant': '2026-01-01T00:00:00Z'}), rsa_pair(PAIR))}",
        f"/saml/slo?{lo.query(asked(house, signed, changed={'NotOnOrAfter': '2026-01-01T00:00:00Z'}), rsa_pair(PAIR))}",
        f"/saml/slo?{lo.query(asked(house, signed, changed={'Version': '1.1'}), rsa_pair(PAIR))}",
        f"/saml/slo?{lo.query(asked(house, signed, issuer='https://nobody.example/x'), rsa_pair(PAIR))}",
        f"/saml/slo?{lo.query(good, rsa_pair(PAIR))}&SAMLResponse=x",
        f"/saml/slo?{lo.query(good, rsa_pair(PAIR)).replace('RelayState', 'relaystate')}&RelayState=x",
    )
    for url in refused:
        page = await browser.request("GET", url)
        assert (page.status in {400, 403}, page.location) == (True, None), url[:60]
    unknown = (
        asked(house, replace(signed, name_id="iemand-anders")),
        asked(house, replace(signed, session_index="_verzonnen")),
        asked(house, replace(signed, session_index=signed.session_index[:-4] + "AAAA")),
    )
    for xml in unknown:
        page = await by_redirect(house, browser, xml)
        assert (await answer_of(house, page))[0] == ["Requester", "UnknownPrincipal"]
    # Another party's true signature, on what it overheard of this party's session.
    foreign = lo.query(asked(house, signed, issuer=other), rsa_pair("other"), relay_state="r&1")
    page = await browser.request("GET", f"/saml/slo?{foreign}")
    assert (await answer_of(house, page))[0] == ["Requester", "UnknownPrincipal"]
    for response in (
        await by_soap(house, asked(house, signed, to=SOAP), signed=False),
        await by_soap(house, asked(house, signed, to=SOAP), pair=stranger),
        await by_soap(house, asked(house, signed, to=SLO)),
    ):
        assert lo.codes(lo.from_envelope(response.content)) == ["Requester", "RequestDenied"]
    assert await signed_in(browser)


async def test_c230_an_asynchronous_request_gets_no_response(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE), ("SOAP", THERE))
    browser, signed = await visits(house)
    page = await by_redirect(house, browser, asked(house, signed, extensions=lo.ASYNCHRONOUS))
    assert (page.location or "").split("?")[0].endswith("/signout/done")
    assert not await signed_in(browser)
    browser, signed = await visits(house)
    response = await by_soap(house, asked(house, signed, to=SOAP, extensions=lo.ASYNCHRONOUS))
    assert (response.status_code, response.content) == (202, b"")
    assert not await signed_in(browser)


async def test_c230_a_party_without_soap_is_opened_in_a_frame_and_its_answer_counts(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    browser, signed = await visits(house, inside=transient())
    assert signed.name_format.endswith("transient")
    page = await browser.get(logout_url(id_token_hint=await hint(house, browser)))
    name, address = frame_of(page)
    request, _ = lo.from_query(html.unescape(address), await certificates(house), kind="SAMLRequest")
    assert request.findtext("saml:NameID", namespaces=NS) == signed.name_id
    assert request.findtext("samlp:SessionIndex", namespaces=NS) == signed.session_index
    assert (await browser.get(f"{page.url}?seen={name}")).status == 200
    assert "told" not in await states(house)  # that it loaded is no answer
    answer = lo.response(to=SLO, in_response_to=request.get("ID"), issued=house.clock.now)
    for pair in (None, rsa_pair("stranger")):
        page = await browser.request("GET", f"/saml/slo?{lo.query(answer, pair, kind='SAMLResponse')}")
        assert page.status == 400
    made_up = lo.response(to=SLO, in_response_to="_1.0." + "0" * 40, issued=house.clock.now)
    page = await browser.request("GET", f"/saml/slo?{lo.query(made_up, rsa_pair(PAIR), kind='SAMLResponse')}")
    assert page.status == 400
    assert "told" not in await states(house)
    page = await browser.request("GET", f"/saml/slo?{lo.query(answer, rsa_pair(PAIR), kind='SAMLResponse')}")
    assert page.status == 200
    assert sorted(await states(house)) == ["mute", "told"]


async def test_c230_a_party_that_takes_post_only_gets_it_from_a_page_of_ours_in_the_frame(house: House) -> None:
    await publish(house, ("HTTP-POST", THERE))
    browser, signed = await visits(house)
    page = await browser.get(logout_url(id_token_hint=await hint(house, browser)))
    _, address = frame_of(page)
    assert "frame-src 'self'" in page.response.headers["content-security-policy"]
    inner = await browser.get(address)
    assert "frame-ancestors 'self'" in inner.response.headers["content-security-policy"]
    assert f'action="{THERE}"' in inner.text
    request = etree.fromstring(posted(inner, "SAMLRequest"))
    lo.verified(request, await certificates(house))
    assert request.findtext("samlp:SessionIndex", namespaces=NS) == signed.session_index
    assert (await browser.request("GET", address[:-4] + "0000")).status == 404


async def test_c230_one_service_provider_asks_and_another_is_opened_before_the_answer_goes_back(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    other, acs = "https://other.example/saml", "https://other.example/acs"
    await publish(house, ("HTTP-Redirect", "https://other.example/slo"), entity=other, acs=acs, pair=rsa_pair("other"))
    for answered, expected in ((True, ["Success"]), (False, ["Success", "PartialLogout"])):
        browser, signed = await visits(house)
        _, elsewhere = await visits(house, browser, entity=other, acs=acs)
        assert elsewhere.session_index != signed.session_index
        page = await browser.follow(await by_redirect(house, browser, asked(house, signed)))
        _, address = frame_of(page)
        if answered:
            request, _ = lo.from_query(html.unescape(address), await certificates(house), kind="SAMLRequest")
            xml = lo.response(to=SLO, in_response_to=request.get("ID"), issued=house.clock.now, issuer=other)
            query = lo.query(xml, rsa_pair("other"), kind="SAMLResponse")
            assert (await browser.request("GET", f"/saml/slo?{query}")).status == 200
        after = await browser.follow(await browser.request("GET", f"{page.url}?seen="))
        assert (await answer_of(house, after))[0] == expected
        once = await browser.request("GET", after.url)
        assert (once.location or "").endswith("/signout/done")


async def test_c230_a_party_without_a_logout_service_gets_no_answer_and_nobody_hangs(house: House) -> None:
    await publish(house)
    browser, signed = await visits(house)
    page = await by_redirect(house, browser, asked(house, signed))
    assert (page.location or "").split("?")[0].endswith("/signout/done")
    assert not await signed_in(browser)


async def test_c129_c230_a_party_that_is_switched_off_ends_its_session_and_nobody_is_led_to_it(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    browser, signed = await visits(house)
    other, second = await visits(house)
    await disable_party(house)
    page = await by_redirect(house, browser, asked(house, signed))
    assert (page.location or "").split("?")[0].endswith("/signout/done")
    page = await by_redirect(house, browser, asked(house, replace(signed, name_id="iemand-anders")))
    assert THERE not in f"{page.location} {page.text}"
    answered = await by_soap(house, asked(house, second, to=SOAP))
    assert lo.codes(lo.from_envelope(answered.content)) == ["Success"], "its server hears what came of it"
    for one in (browser, other):
        assert (await one.request("GET", "/account")).status == 303


async def test_c230_the_session_of_who_signed_in_here_since_is_none_of_the_partys_business(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    _, signed = await visits(house)
    browser, _ = await visits(house)
    page = await by_redirect(house, browser, asked(house, signed))
    assert (await answer_of(house, page))[0] == ["Success"]
    assert await signed_in(browser)


async def test_c230_every_session_that_the_party_names_is_ended(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    inside = persistent()
    browser, signed = await visits(house, inside=inside)
    other, second = await visits(house, inside=inside)
    assert signed.name_id == second.name_id
    index = f"<samlp:SessionIndex>{second.session_index}</samlp:SessionIndex></samlp:LogoutRequest>"
    xml = asked(house, signed).replace(b"</samlp:LogoutRequest>", index.encode())
    page = await by_redirect(house, browser, xml)
    assert (await answer_of(house, page))[0] == ["Success"]
    assert not await signed_in(browser)
    assert not await signed_in(other)


async def test_c230_without_a_session_index_the_browser_tells_which_session(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    browser, signed = await visits(house)
    xml = asked(house, signed, with_index=False)
    page = await by_redirect(house, house.browser(), xml)
    assert (await answer_of(house, page))[0] == ["Requester", "UnknownPrincipal"]
    page = await by_redirect(house, browser, xml)
    assert (await answer_of(house, page))[0] == ["Success"]
    assert not await signed_in(browser)


async def test_c230_more_than_one_party_knows_the_child_by_its_own_name(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    await register(house, "lettergreep")
    browser, signed = await visits(house)
    again, same = await visits(house, browser)
    assert again is browser
    assert (same.name_id, same.session_index) == (signed.name_id, signed.session_index)


NAME = re.compile(rb"<saml:NameID.*</saml:NameID>")
OURS = rsa_pair("ours")


async def opens(house: House, pair: Pair) -> None:
    """We have a key for which others encrypt to us."""
    der = pair.private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    place = f"decryption_keys.sealed.{hashlib.sha256(pair.certificate.encode()).hexdigest()}"
    sealed = house.floor.keyring.seal(der, bound_to=place)
    async with house.floor.database.begin() as db:
        row = {"certificate": pair.certificate, "sealed": sealed, "made_at": house.clock.now}
        await db.execute(insert(DecryptionKey).values(**row))


def hidden(xml: bytes, to: Pair, *, plain: str | None = None, **how: Any) -> bytes:
    """A request with its name encrypted, or something else in its place."""
    found = NAME.search(xml)
    assert found is not None
    inside = found[0].decode() if plain is None else plain
    return NAME.sub(lambda _: provider.encrypted_id(inside, to.certificate, **how).encode(), xml)


async def test_c230_an_encrypted_name_counts_and_tells_nobody_whether_it_opened(house: House) -> None:
    """Core 3.7.1. The oracle: what does not open, or opens to something else, is answered like a name that nobody has, letter for letter."""
    await publish(house, ("HTTP-Redirect", THERE))
    offered = ".//md:KeyDescriptor[@use='encryption']//ds:X509Certificate"
    before = etree.fromstring((await house.browser().client.get("/saml/metadata")).content)
    assert before.find(offered, NS) is None
    await opens(house, OURS)
    house.clock.move(seconds=5)
    ours = etree.fromstring((await house.browser().client.get("/saml/metadata")).content)
    assert [node.text for node in ours.iterfind(offered, NS)] == [OURS.certificate]
    browser, signed = await visits(house)
    good, stranger = asked(house, signed), rsa_pair("stranger")
    unknown = asked(house, replace(signed, name_id="iemand-anders"))
    rsa15 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
    cbc = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
    answers = []
    for xml in (
        unknown,
        hidden(unknown, OURS),
        hidden(good, stranger),
        hidden(good, OURS, spoil=1),
        hidden(good, OURS, transport=rsa15),
        hidden(good, OURS, method=cbc),
        hidden(good, OURS, plain="geen XML"),
        hidden(good, OURS, plain="<saml:Assertion/>"),
        hidden(good, OURS, plain="<saml:NameID><a/></saml:NameID>"),
        NAME.sub(b"<saml:EncryptedID/>", good),
    ):
        _, message = await answer_of(house, await by_redirect(house, browser, xml))
        answers.append(re.sub(rb'( ID|IssueInstant)="[^"]*"', b"", etree.tostring(message)))
    assert len(set(answers)) == 1
    assert b"UnknownPrincipal" in answers[0]
    # Without the party's signature nothing is opened at all; a name beside a hidden one is two names.
    assert (await browser.request("GET", f"/saml/slo?{lo.query(hidden(good, OURS), None)}")).status == 400
    found = NAME.search(good)
    assert found is not None
    twice = hidden(good, OURS).replace(b"<saml:EncryptedID", found[0] + b"<saml:EncryptedID", 1)
    assert (await by_redirect(house, browser, twice)).status == 400
    assert await signed_in(browser)
    page = await by_redirect(house, browser, hidden(good, OURS))
    assert (await answer_of(house, page))[0] == ["Success"]
    assert not await signed_in(browser)
