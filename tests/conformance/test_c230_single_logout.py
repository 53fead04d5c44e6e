"""C-230: SAML single logout both ways, over Redirect, POST and SOAP; across protocols; and every request that must not have an effect."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from idp.core.settings import Settings
from idp.http import cookies
from metadata import parties
from metadata.saml.reader import read_sp
from tests.browser import Browser, Page
from tests.conformance.relying_party import arrives, register, tokens_of, unverified
from tests.conformance.test_c060_logout import logout_url, signed_in
from tests.conformance.test_c071_telling_clients import HERE, states, token_of, told_at, work
from tests.house import House, pupil_signs_in
from tests.listening import Heard, listening, nobody_listens
from tests.protocols.saml import logging_out as lo
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import Pair, rsa_pair
from tests.protocols.saml.logging_out import NS, Signed

SLO = f"{HERE}/saml/slo"
SOAP = f"{HERE}/saml/slo/soap"
THERE = "https://sp.example/slo"
BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:"
PAIR = "sp"


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_url": HERE})


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
        assert response.status_code in {400, 403}
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


async def test_c230_across_protocols_from_saml_to_openid_connect(house: House) -> None:
    """An SP's request: the OpenID Connect client is told; who is down makes it a PartialLogout, and is told later (C-077)."""
    await publish(house, ("HTTP-Redirect", THERE))
    async with listening() as client:
        await told_at(house, client.address)
        browser, signed = await visits(house)
        known = unverified((await tokens_of(house, await arrives(house, browser)))["id_token"])[1]
        page = await by_redirect(house, browser, asked(house, signed))
        assert (await answer_of(house, page))[0] == ["Success"]
        claims = await token_of(house, await client.next())
        assert (claims["sub"], claims["sid"]) == (known["sub"], known["sid"])
        await told_at(house, nobody_listens())
        browser, signed = await visits(house)
        await tokens_of(house, await arrives(house, browser))
        page = await by_redirect(house, browser, asked(house, signed))
        assert (await answer_of(house, page))[0] == ["Success", "PartialLogout"]
        await told_at(house, client.address)
        house.clock.move(seconds=31)
        await work(house)
        await token_of(house, await client.next())


async def test_c230_across_protocols_from_openid_connect_to_saml_by_soap(house: House) -> None:
    """NameID and SessionIndex of the assertion, signed, in an envelope; the party's own answer decides whether it counts."""
    ok = True

    def answers(heard: Heard) -> tuple[int, bytes]:
        request = lo.from_envelope(heard.body)
        status = lo.SUCCESS if ok else lo.SUCCESS.replace("Success", "Responder")
        xml = lo.response(to=HERE, in_response_to=request.get("ID"), issued=house.clock.now, status=status)
        return 200, lo.envelope(sp.enveloped(xml, rsa_pair(PAIR)))

    async with listening(answers) as server:
        await publish(house, ("SOAP", server.address + "/soap"))
        browser, signed = await visits(house)
        page = await browser.request("GET", logout_url(id_token_hint=await hint(house, browser)))
        assert (page.location or "").split("?")[0].endswith("/signout/done")
        heard = await server.next()
        request = lo.from_envelope(heard.body)
        lo.verified(request, await certificates(house))
        assert heard.headers["soapaction"] == '"http://www.oasis-open.org/committees/security"'
        assert request.findtext("saml:NameID", namespaces=NS) == signed.name_id
        assert request.findtext("samlp:SessionIndex", namespaces=NS) == signed.session_index
        assert sorted(await states(house)) == ["mute", "told"]
        ok = False
        browser, _ = await visits(house)
        page = await browser.get(logout_url(id_token_hint=await hint(house, browser)))
        assert "<li>Rekenrijk</li>" in page.text
        house.clock.move(seconds=31)
        ok = True
        assert await work(house) == 1
        ids = {lo.from_envelope((await server.next()).body).get("ID") for _ in range(2)}
        assert len(ids) == 2


async def hint(house: House, browser: Browser) -> str:
    return str((await tokens_of(house, await arrives(house, browser)))["id_token"])


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


def transient() -> str:
    return '<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient" AllowCreate="true"/>'


def frame_of(page: Page) -> tuple[str, str]:
    (found,) = re.findall(r'<iframe data-name="(\d+)" data-answers src="([^"]+)"', page.text)
    return found[0], found[1]


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


def persistent() -> str:
    return transient().replace("transient", "persistent")


async def test_c230_without_a_session_index_the_browser_tells_which_session(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    browser, signed = await visits(house)
    xml = asked(house, signed, with_index=False)
    page = await by_redirect(house, house.browser(), xml)
    assert (await answer_of(house, page))[0] == ["Requester", "UnknownPrincipal"]
    page = await by_redirect(house, browser, xml)
    assert (await answer_of(house, page))[0] == ["Success"]
    assert not await signed_in(browser)


async def test_c078_the_worker_tells_service_providers_too(house: House) -> None:
    from directory import people

    async with listening(lambda _: (500, b"")) as server:
        await publish(house, ("SOAP", server.address))
        _, signed = await visits(house)
        async with house.floor.database.begin() as db:
            await people.end_sessions(db, house.people["Noor"])
        await work(house)
        request = lo.from_envelope((await server.next()).body)
        assert request.findtext("saml:NameID", namespaces=NS) == signed.name_id
        assert await states(house) == ["waiting"]


async def test_c230_more_than_one_party_knows_the_child_by_its_own_name(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    await register(house, "lettergreep")
    browser, signed = await visits(house)
    again, same = await visits(house, browser)
    assert again is browser
    assert (same.name_id, same.session_index) == (signed.name_id, signed.session_index)
