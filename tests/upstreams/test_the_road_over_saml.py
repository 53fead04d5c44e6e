"""By way of a network provider over SAML: from a shortcut or a tile to a session, bound to one browser and one question (D34, D35)."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from directory import home
from idp.http import cookies
from idp.main import create_app
from idp.signin import network_sessions, sessions
from metadata import key_users, keys, rollover, targets
from tests.browser import Browser, Page
from tests.house import ECKID, ELSEWHERE, authorize_url, beside, redeem
from tests.journeys.test_a_publisher_asks_over_saml import answered, publish, request, status_of
from tests.journeys.test_a_publisher_asks_over_saml import ask as saml_asks
from tests.metadata.test_targets import LESSON, registered
from tests.protocols.saml import party
from tests.protocols.saml.keys import Pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.storage import Storage
from tests.upstreams import kit, provider
from tests.upstreams.kit import Road
from tests.upstreams.provider import Told


@pytest.fixture(scope="module")
async def road(storage: Storage) -> AsyncIterator[Road]:
    async with kit.attached_house(storage) as opened:
        await registered(opened.house)
        yield opened


@pytest.mark.parametrize("signed", ["assertion", "response", "both"])
@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_linked_child_comes_in(road: Road, signed: str, encrypted: bool) -> None:
    browser = road.house.browser()
    told = await road.ask(browser)
    to = await road.certificate() if encrypted else None
    page = await road.send(browser, provider.answer(told, signed=signed, to=to))
    assert (page.status, await road.session_of(browser)) == (200, "Noor")


async def test_d35_a_child_of_a_school_that_goes_by_its_provider_at_home_is_in_there(road: Road) -> None:
    house, rules = road.house, replace(home.USUAL, way="network", network_name="Schoolplein")
    for decided in (rules, home.USUAL):
        async with house.floor.database.begin() as db:
            await home.decide(db, house.school.id, decided)
        browser = house.browser(ELSEWHERE)
        await road.send(browser, provider.answer(await road.ask(browser)))
        assert (await browser.get("/account")).heading == "Hoi Noor!"


async def test_a_child_is_recognised_by_its_eckid(road: Road) -> None:
    for said in (
        {"name_id": "nooit gezien", "attributes": {provider.ECKID: (ECKID,)}},
        {"name_id": ECKID, "name_format": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"},
    ):
        browser = road.house.browser()
        told = replace(await road.ask(browser), **said)
        await road.send(browser, provider.answer(told))
        assert await road.session_of(browser) == "Noor"


async def test_c134_c272_an_answer_that_another_browser_asked_for_brings_nobody(road: Road) -> None:
    attacker, victim = road.house.browser(), road.house.browser()
    told = await road.ask(attacker)
    await road.ask(victim)
    page = await road.send(victim, provider.answer(told))
    assert (page.status, page.heading) == (403, "Deze inlogpoging hoort bij een andere browser")
    assert await road.session_of(victim) is None
    assert (await road.send(road.house.browser(), provider.answer(told))).status == 403


async def test_c272_an_answer_counts_once_and_only_for_the_last_question(road: Road) -> None:
    browser = road.house.browser()
    page = await browser.request("GET", road.shortcut())
    first = provider.asked(page.location or "")["ID"]
    once_more = await browser.request("GET", f"/signin/{first[1:].partition('.')[0]}")
    second = provider.asked(once_more.location or "")["ID"]
    told = Told(answers=second, now=road.house.clock.now)
    assert (await road.send(browser, provider.answer(replace(told, answers=first)))).status == 410
    honest = provider.answer(told)
    await road.send(browser, honest)
    assert await road.session_of(browser) == "Noor"
    kept = browser.cookies["__Host-session"]
    assert (await road.send(browser, honest)).status == 410
    assert browser.cookies["__Host-session"] == kept


@pytest.mark.parametrize("to", ["", LESSON], ids=["our own page", "a lesson"])
async def test_c274_of_the_same_answer_on_two_nodes_one_counts(road: Road, storage: Storage, to: str) -> None:
    house = road.house
    browser = house.browser()
    page = await browser.get(road.shortcut(TARGET=to) if to else road.shortcut())
    told = Told(answers=provider.asked(page.location or "")["ID"], now=house.clock.now)
    honest = provider.form(provider.answer(told))
    other = browser
    app = create_app(house.floor.settings, clock=house.clock, seconds=house.clock.seconds)
    async with app.router.lifespan_context(app):
        if storage.postgres is not None:
            other = Browser(beside(house, app).browser().client, browser.base, dict(browser.cookies))
        answers = await asyncio.gather(
            *(one.request("POST", "/network/saml/acs", data=honest, cross_site=True) for one in (browser, other) * 3)
        )
        if other is not browser:
            await other.client.aclose()
    assert sorted(page.status for page in answers)[0] == 303
    assert sorted(page.status for page in answers)[1] in {400, 410}


async def test_a_lesson_is_one_answer_away_from_the_providers_and_who_finds_it_gone_is_signed_in(road: Road) -> None:
    browsers = road.house.browser(), road.house.browser()
    answers = []
    for browser in browsers:
        page = await browser.get(road.shortcut(TARGET=LESSON))
        told = Told(answers=provider.asked(page.location or "")["ID"], now=road.house.clock.now)
        answers.append(provider.form(provider.answer(told)))
    page = await browsers[0].request("POST", "/network/saml/acs", data=answers[0], cross_site=True)
    assert (page.status, (page.location or "").partition("?")[0]) == (303, "https://rekenrijk.example/begin")
    async with road.house.floor.database.begin() as db:
        await targets.remove(db, LESSON)
    page = await browsers[1].request("POST", "/network/saml/acs", data=answers[1], cross_site=True)
    await registered(road.house)
    assert page.status == 404
    assert [await road.session_of(browser) for browser in browsers] == ["Noor", "Noor"]


async def test_d34_an_unasked_response_is_a_hint_and_leads_to_a_question_of_ours(road: Road) -> None:
    browser = road.house.browser()
    forged = provider.answer(Told(answers=None, now=road.house.clock.now), signed="none")
    page = await road.send(browser, forged, RelayState=LESSON)
    assert (page.location or "").startswith(provider.SSO)
    assert await road.session_of(browser) is None
    told = Told(answers=provider.asked(page.location or "")["ID"], now=road.house.clock.now)
    page = await road.send(browser, provider.answer(told))
    # No page in between: on to the publisher of the lesson, which asks us in its own way.
    assert (page.status, (page.location or "").partition("?")[0]) == (303, "https://rekenrijk.example/begin")
    assert page.query["target_link_uri"] == LESSON


@pytest.mark.parametrize("target", ["https://elders.example/", "javascript:alert(1)", "//elders.example"])
async def test_a_hint_leads_to_registered_material_only(road: Road, target: str) -> None:
    hint = provider.answer(Told(answers=None, now=road.house.clock.now))
    page = await road.send(road.house.browser(), hint, RelayState=target)
    assert (page.status, page.location) == (404, None)


async def test_a_hint_of_a_stranger_leads_nowhere(road: Road) -> None:
    told = Told(answers=None, now=road.house.clock.now, issuer="https://vreemd.example", asserted_issuer=None)
    assert (await road.send(road.house.browser(), provider.answer(told, signed="none"))).status == 403


async def test_a_shortcut_with_a_target_ends_there(road: Road) -> None:
    browser = road.house.browser()
    page = await browser.get(road.shortcut(TARGET=LESSON))
    told = Told(answers=provider.asked(page.location or "")["ID"], now=road.house.clock.now)
    page = await road.send(browser, provider.answer(told))
    assert (page.location or "").startswith("https://rekenrijk.example/begin?")
    asked = authorize_url()
    page = await browser.get(asked.url)
    assert (await redeem(road.house, browser, page, asked)).status_code == 200


async def test_a_shortcut_of_a_school_that_did_not_tick_the_provider_offers_its_own_way(road: Road) -> None:
    document = provider.metadata(entity="https://zuid.example/saml")
    number = await kit.attach(road.house, name="Zuid", document=document, ticked=False)
    page = await road.house.browser().get(road.shortcut(number))
    assert (page.status, page.heading) == (404, "Deze snelkoppeling werkt hier niet")


async def test_c215_a_publisher_that_wants_a_new_proof_gets_one_of_the_provider(road: Road) -> None:
    browser = road.house.browser()
    await road.send(browser, provider.answer(await road.ask(browser)))
    road.house.clock.move(minutes=10)
    asked = authorize_url(prompt="login")
    page = await browser.get(asked.url)
    request = provider.asked(page.location or "")
    assert request["ForceAuthn"] == "true"
    told = Told(answers=request["ID"], now=road.house.clock.now)
    old = await road.send(browser, provider.answer(replace(told, proven=timedelta(minutes=-10))))
    assert old.status == 400
    page = await road.send(browser, provider.answer(told))
    assert (page.location or "").startswith("https://rekenrijk.example/callback?")
    assert (await redeem(road.house, browser, page, asked)).status_code == 200


async def test_an_old_proof_is_told_as_old_as_it_is(road: Road) -> None:
    browser = road.house.browser()
    told = await road.ask(browser)
    await road.send(browser, provider.answer(replace(told, proven=timedelta(hours=-2))))
    session = await _session(road, browser)
    assert session.proven_at == int(told.now.timestamp()) - 7200


async def _session(road: Road, browser: Browser) -> sessions.Session:
    floor = road.house.floor
    cookie = browser.cookies["__Host-session"][0]
    found = await sessions.find(floor.store, floor.keyring, cookie, now=int(floor.now.timestamp()))
    assert found is not None
    return found


async def test_what_the_provider_calls_the_session_is_kept_for_signing_out(road: Road) -> None:
    browser = road.house.browser()
    await road.send(browser, provider.answer(await road.ask(browser)))
    session, floor = await _session(road, browser), road.house.floor
    opened = await network_sessions.of(floor.store, session.mark)
    assert opened is not None
    assert (opened.upstream_id, opened.index) == (road.number, "zitting-1")
    assert etree.fromstring(opened.called).text == "leerling-1"
    mine = (floor.store, floor.keyring, road.number, opened.called)
    assert session.mark in await network_sessions.named(*mine, index="zitting-1")
    assert await network_sessions.named(*mine, index="zitting-2") == ()
    await network_sessions.forget(floor.store, floor.keyring, session.mark)
    assert session.mark not in await network_sessions.named(*mine)


async def test_who_is_declined_reads_who_can_help_and_has_another_way(road: Road) -> None:
    browser = road.house.browser()
    told = replace(await road.ask(browser), status="urn:oasis:names:tc:SAML:2.0:status:Responder").named()
    page = await road.send(browser, provider.response(told, ""))
    assert (page.status, page.heading) == (200, "Het inloggen lukte niet")
    again = await browser.choose(page, "again", "1")
    assert (again.location or "").startswith(provider.SSO)
    told = replace(told, answers=provider.asked(again.location or "")["ID"]).named()
    page = await road.send(browser, provider.response(told, ""))
    page = await browser.choose(page, "back", "way")
    assert page.offers("way") == ["pupil", "staff", "home"]


def _our_key(document: bytes) -> tuple[str, rsa.RSAPublicKey]:
    root = etree.fromstring(document)
    (signing,) = root.findall(".//{*}KeyDescriptor[@use='signing']")
    text = signing.findtext(".//{*}X509Certificate") or ""
    key = x509.load_der_x509_certificate(base64.b64decode(text)).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return text, key


async def _metadata(road: Road) -> bytes:
    return (await road.house.browser().request("GET", "/network/saml/metadata")).response.content


async def test_c207_c209_our_metadata_as_a_service_provider_is_signed_and_whole(road: Road) -> None:
    document = await _metadata(road)
    certificate, _ = _our_key(document)
    root = etree.fromstring(document)
    party.verify(root, Pair("ours", "RS256", None, certificate))  # type: ignore[arg-type]
    assert root.get("entityID") == provider.US
    (role,) = root.findall("{*}SPSSODescriptor")
    assert (role.get("AuthnRequestsSigned"), role.get("WantAssertionsSigned")) == ("true", "true")
    (acs,) = role.findall("{*}AssertionConsumerService")
    assert (acs.get("Location"), acs.get("Binding")) == (provider.ACS, provider.POST)
    (encryption,) = role.findall("{*}KeyDescriptor[@use='encryption']")
    methods = [method.get("Algorithm", "").rpartition("#")[2] for method in encryption.findall("{*}EncryptionMethod")]
    assert methods == ["aes256-gcm", "aes128-gcm", "rsa-oaep-mgf1p", "rsa-oaep"]
    assert encryption.findtext(".//{*}X509Certificate") != certificate
    languages = [name.get("{http://www.w3.org/XML/1998/namespace}lang") for name in role.iter("{*}DisplayName")]
    assert languages == ["nl", "en"]


async def test_our_question_is_signed_by_its_query(road: Road) -> None:
    _, key = _our_key(await _metadata(road))
    page = await road.house.browser().get(road.shortcut())
    query, _, signature = urlsplit(page.location or "").query.partition("&Signature=")
    value = base64.b64decode(parse_qs(f"Signature={signature}")["Signature"][0])
    key.verify(value, query.encode(), padding.PKCS1v15(), hashes.SHA256())
    asked = provider.asked(page.location or "")
    assert (asked["AssertionConsumerServiceURL"], asked["Destination"]) == (provider.ACS, provider.SSO)
    assert "ForceAuthn" not in asked


async def test_our_question_is_signed_inside_where_the_provider_takes_posts(road: Road) -> None:
    document = provider.metadata(entity="https://post.example/saml", binding=provider.POST)
    number = await kit.attach(road.house, name="Post", document=document)
    page: Page = await road.house.browser().get(road.shortcut(number))
    assert page.status == 200
    root = etree.fromstring(provider.posted(page.text))
    certificate, _ = _our_key(await _metadata(road))
    party.verify(root, Pair("ours", "RS256", None, certificate))  # type: ignore[arg-type]
    root.set("ForceAuthn", "true")
    with pytest.raises(xmlsec.Error):
        party.verify(root, Pair("ours", "RS256", None, certificate))  # type: ignore[arg-type]


async def test_c235_a_party_learns_who_proved_the_person_and_may_want_nobody_behind_us(road: Road) -> None:
    house = road.house
    await publish(house)
    browser = house.browser()
    await road.send(browser, provider.answer(await road.ask(browser)))
    response, _ = answered(await saml_asks(house, browser))
    root = etree.fromstring(response)
    assert [one.text for one in root.iter("{*}AuthenticatingAuthority")] == [provider.ENTITY]
    scoped = request(house, ID="_z1").replace(
        b"</samlp:AuthnRequest>", b'<samlp:Scoping ProxyCount="0"/></samlp:AuthnRequest>'
    )
    response, _ = answered(await browser.get(f"/saml/sso?{party.redirect(scoped, relay_state='x').decode()}"))
    assert status_of(response) == ["Responder", "ProxyCountExceeded"]


async def test_c232_our_question_is_signed_with_the_key_that_the_provider_knows(road: Road) -> None:
    """A new key is published; one provider has it already, and everybody else gets it in its turn."""
    house = road.house
    keyring, now = house.floor.keyring, house.clock.now
    async with house.floor.database.begin() as db:
        new = await rollover.rotate(db, keyring, "RS256", now=now)
    known = await keys.load(house.floor.database, keyring, now=now)
    old = known.active("RS256", now).kid
    for chosen, signs in [(new, new), (old, old), (None, old)]:
        async with house.floor.database.begin() as db:
            await key_users.choose(db, known, provider.ENTITY, chosen, now=now)
            users = {one.connection: one for one in await key_users.listed(db, known, now=now)}
        assert (users[provider.ENTITY].kid, users[provider.ENTITY].chosen) == (signs, chosen is not None)
        house.clock.move(seconds=6)
        page = await house.browser().get(road.shortcut())
        query, _, signature = urlsplit(page.location or "").query.partition("&Signature=")
        value = base64.b64decode(parse_qs(f"Signature={signature}")["Signature"][0])
        (signer,) = (one for one in known.signers if one.kid == signs)
        public = x509.load_der_x509_certificate(base64.b64decode(signer.certificate)).public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        public.verify(value, query.encode(), padding.PKCS1v15(), hashes.SHA256())
    async with house.floor.database.begin() as db:
        await rollover.revoke(db, keyring, new, now=house.clock.now)
    ec = known.active("ES256", now).kid
    with pytest.raises(ValueError, match="RS256"):
        async with house.floor.database.begin() as db:
            await key_users.choose(db, known, provider.ENTITY, ec, now=now)


async def test_the_next_one_on_this_device_is_offered_the_same_provider(road: Road) -> None:
    browser = road.house.browser()
    await road.send(browser, provider.answer(await road.ask(browser)))
    assert browser.cookies[cookies.NETWORK] == (str(road.number), "Lax")
    del browser.cookies[cookies.SESSION]
    page = await browser.post("/signin", {})
    assert "Via Moo" in page.text
    page = await browser.choose(page, "way", "network")
    told = Told(answers=provider.asked(page.location or "")["ID"], now=road.house.clock.now)
    await road.send(browser, provider.answer(told))
    assert await road.session_of(browser) == "Noor"
    stranger = road.house.browser()
    page = await stranger.post("/signin", {})
    assert "Via Moo" not in page.text
    page = await stranger.get(f"{page.url}/network")
    assert page.offers("way") == ["pupil", "staff", "home"]


async def test_c135_the_session_before_is_dead_though_a_cross_site_post_leaves_it_behind(road: Road) -> None:
    browser, floor = road.house.browser(), road.house.floor
    await road.send(browser, provider.answer(await road.ask(browser)))
    before = browser.cookies[cookies.SESSION][0]
    hint = provider.answer(Told(answers=None, now=road.house.clock.now))
    page = await road.send(browser, hint, RelayState=LESSON)
    told = Told(answers=provider.asked(page.location or "")["ID"], now=road.house.clock.now)
    await road.send(browser, provider.answer(told))
    assert await road.session_of(browser) == "Noor"
    assert browser.cookies[cookies.SESSION][0] != before
    now = int(floor.now.timestamp())
    assert await sessions.find(floor.store, floor.keyring, before, now=now) is None
