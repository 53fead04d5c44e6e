"""Somebody signs out at the network provider: our session ends, and the parties that it led to hear of it; forged messages end nothing (V-22).

And the reverse: who signs out here signs out there.
"""

import base64
import html
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from consent.models import Logout
from idp.jobs import logouts
from idp.jobs.shift import Shift
from idp.signin import network_sessions, sessions
from idp.signin.network_sessions import NetworkSession
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.house import BASE, House, authorize_url, open_house, redeem
from tests.protocols.saml import logging_out as lo
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import Pair, rsa_pair
from tests.storage import Storage
from tests.upstreams import kit, provider
from tests.upstreams.kit import Road
from tests.upstreams.oidc_provider import CLIENT_ID, STRANGER, Provider, token
from tests.upstreams.test_the_road_over_oidc import Way, register, way_to

SLO = f"{BASE}/network/saml/slo"
THERE = "https://moo.example/slo"
EVENTS: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.fixture(scope="module")
async def road(storage: Storage) -> AsyncIterator[Road]:
    async with open_house(kit.settings_for(storage), Clock(), storage) as house:
        inside = f'<md:SingleLogoutService Binding="{provider.REDIRECT}" Location="{THERE}"/>'
        document = provider.metadata(inside=inside)
        yield Road(house, await kit.attach(house, document=document, links={"Noor": "leerling-1"}))


async def comes_in(road: Road) -> tuple[Browser, str]:
    """Noor by way of the provider, and on to a publisher: her browser, and the NameID of the assertion."""
    browser = road.house.browser()
    told = await road.ask(browser)
    await road.send(browser, provider.answer(told))
    asked = authorize_url()
    page = await browser.get(asked.url)
    assert (await redeem(road.house, browser, page, asked)).status_code == 200
    named: Any = etree.fromstring(provider.assertion(told)).find(".//{*}NameID")
    return browser, etree.tostring(named).decode()


def request(
    road: Road, name: str, *, index: str | None = "zitting-1", issuer: str = provider.ENTITY, to: str = SLO
) -> bytes:
    named: Any = etree.fromstring(name)
    about = lo.Signed(named.text or "", named.get("Format", ""), index or "")
    xml = lo.request(about, to=to, issued=road.house.clock.now, issuer=issuer, with_index=index is not None)
    plain = f'<saml:NameID Format="{about.name_format}">'
    told = "".join(f' {key}="{value}"' for key, value in sorted(named.attrib.items()))
    return xml.replace(plain.encode(), f"<saml:NameID{told}>".encode())


async def by_redirect(road: Road, browser: Browser, xml: bytes, pair: Pair | None = provider.KEY) -> Any:
    return await browser.request("GET", f"/network/saml/slo?{lo.query(xml, pair, relay_state='r')}")


async def states(house: House) -> list[str]:
    async with house.floor.database.read() as db:
        return list((await db.execute(select(Logout.state).order_by(Logout.id))).scalars())


async def test_our_metadata_as_a_service_provider_tell_where(road: Road) -> None:
    root = etree.fromstring((await road.house.browser().client.get("/network/saml/metadata")).content)
    offered = [node.get("Location") for node in root.iterfind(".//md:SingleLogoutService", lo.NS)]
    assert offered == [SLO, SLO, f"{SLO}/soap"]


async def test_c230_a_signed_request_of_the_provider_ends_what_it_began(road: Road) -> None:
    browser, name = await comes_in(road)
    other, _ = await comes_in(road)
    before = len(await states(road.house))
    page = await by_redirect(road, browser, request(road, name))
    assert (page.location or "").startswith(f"{THERE}?")
    answer, relay_state = lo.from_query(page.location or "", await keys(road), kind="SAMLResponse")
    assert (lo.codes(answer)[0], relay_state) == ("Success", "r")
    assert answer.findtext("saml:Issuer", namespaces=lo.NS) == f"{BASE}/network/saml/metadata"
    assert await road.session_of(browser) is None
    assert await road.session_of(other) is None  # the same index: the same session there
    assert len(await states(road.house)) == before + 2


async def test_c230_by_soap_and_without_an_index_every_session_of_the_person_ends(road: Road) -> None:
    browser, name = await comes_in(road)
    xml = sp.enveloped(request(road, name, index=None, to=f"{SLO}/soap"), provider.KEY)
    client, kind = road.house.browser().client, {"Content-Type": "text/xml"}
    forged = sp.enveloped(request(road, name, index=None, to=f"{SLO}/soap"), rsa_pair("stranger"))
    foreign = forged.replace(provider.ENTITY.encode(), b"https://niemand.example")
    for content, status, told in (
        (lo.envelope(forged), 200, b"status:RequestDenied"),
        (lo.envelope(foreign), 403, b"<faultstring>party.unknown,"),
        (b"<a/>", 500, b"<faultcode>S:Client<"),
    ):
        refused = await client.post("/network/saml/slo/soap", content=content, headers=kind)
        assert (refused.status_code, told in refused.content) == (status, True), told
        assert await road.session_of(browser) == "Noor"
    response = await client.post("/network/saml/slo/soap", content=lo.envelope(xml), headers=kind)
    assert lo.codes(lo.from_envelope(response.content)) == ["Success"]
    assert await road.session_of(browser) is None


async def test_v22_a_forged_or_foreign_request_ends_nothing(road: Road) -> None:
    other = "https://ander.example/saml"
    raw = provider.metadata(entity=other, key=rsa_pair("ander"))
    await kit.attach(road.house, name="Ander", document=raw, ticked=False)
    browser, name = await comes_in(road)
    good = request(road, name)
    for xml, pair in (
        (good, None),
        (good, rsa_pair("stranger")),
        (request(road, name, to=THERE), provider.KEY),
        (request(road, name, issuer="https://niemand.example"), provider.KEY),
        (
            request(road, name, issuer=other),
            rsa_pair("ander"),
        ),  # truly signed, by a provider that opened no such session
        (request(road, name.replace("leerling-1", "leerling-2")), provider.KEY),
        (request(road, name, index="zitting-9"), provider.KEY),
    ):
        page = await by_redirect(road, browser, xml, pair)
        assert page.status in {303, 400, 403}
        assert await road.session_of(browser) == "Noor"
    body = {"SAMLRequest": base64.b64encode(good).decode()}
    assert (await browser.request("POST", "/network/saml/slo", data=body, cross_site=True)).status == 400
    assert await road.session_of(browser) == "Noor"


async def test_who_signs_out_here_is_signed_out_at_the_saml_provider_in_a_frame(road: Road) -> None:
    browser, _ = await comes_in(road)
    page = await browser.get("/signout")
    page = await browser.choose(page, "answer", "yes")
    ((_, address),) = re.findall(r'<iframe data-name="(\d+)" data-answers src="([^"]+)"', page.text)
    assert address.startswith(f"{THERE}?")
    asked, _ = lo.from_query(html.unescape(address), await keys(road), kind="SAMLRequest")
    assert asked.findtext("saml:NameID", namespaces=lo.NS) == "leerling-1"
    assert asked.findtext("samlp:SessionIndex", namespaces=lo.NS) == "zitting-1"
    assert asked.findtext("saml:Issuer", namespaces=lo.NS) == f"{BASE}/network/saml/metadata"
    answer = lo.response(to=SLO, in_response_to=asked.get("ID"), issued=road.house.clock.now, issuer=provider.ENTITY)
    for pair, status in ((rsa_pair("stranger"), 400), (provider.KEY, 200)):
        query = lo.query(answer, pair, kind="SAMLResponse")
        assert (await browser.request("GET", f"/network/saml/slo?{query}")).status == status
    after = await browser.request("GET", f"{page.url}?seen=0")
    assert (after.location or "").endswith("/signout/done?as=home")
    assert await road.session_of(browser) is None


async def test_c077_a_saml_provider_that_did_not_sign_out_is_named(road: Road) -> None:
    """Silent, or not able to, or answering something else; nor can another provider say it for it."""
    third = "https://derde.example/saml"
    raw = provider.metadata(entity=third, key=rsa_pair("ander"))
    await kit.attach(road.house, name="Derde", document=raw, ticked=False)
    for answers in (None, "Responder", "another", "third"):
        browser, _ = await comes_in(road)
        page = await browser.choose(await browser.get("/signout"), "answer", "yes")
        ((_, address),) = re.findall(r'<iframe data-name="(\d+)" data-answers src="([^"]+)"', page.text)
        asked, _ = lo.from_query(html.unescape(address), await keys(road), kind="SAMLRequest")
        if answers is not None:
            status = lo.SUCCESS.replace("Success", "Responder" if answers == "Responder" else "Success")
            about = asked.get("ID") if answers != "another" else "_een-ander"
            issuer, key = (third, rsa_pair("ander")) if answers == "third" else (provider.ENTITY, provider.KEY)
            xml = lo.response(to=SLO, in_response_to=about, issued=road.house.clock.now, issuer=issuer, status=status)
            query = lo.query(xml, key, kind="SAMLResponse")
            assert (await browser.request("GET", f"/network/saml/slo?{query}")).status == 200
        for _ in range(2):  # also when the page is loaded once more
            after = await browser.get(f"{page.url}?seen=0")
            assert "<li>Moo</li>" in after.text


async def test_c230_a_provider_may_encrypt_the_name(road: Road) -> None:
    """Core 3.7.1; what does not open is like a name of nobody."""
    browser, name = await comes_in(road)
    certificate, xml = await road.certificate(), request(road, name)
    plain = re.search(rb"<saml:NameID.*</saml:NameID>", xml)
    assert plain is not None

    def hidden(to: str) -> bytes:
        return xml.replace(plain[0], provider.encrypted_id(plain[0].decode(), to).encode())

    page = await by_redirect(road, browser, hidden(rsa_pair("stranger").certificate))
    answer, _ = lo.from_query(page.location or "", await keys(road), kind="SAMLResponse")
    assert lo.codes(answer) == ["Requester", "UnknownPrincipal"]
    assert await road.session_of(browser) == "Noor"
    page = await by_redirect(road, browser, hidden(certificate))
    answer, _ = lo.from_query(page.location or "", await keys(road), kind="SAMLResponse")
    assert lo.codes(answer)[0] == "Success"
    assert await road.session_of(browser) is None


async def keys(road: Road) -> list[str]:
    root = etree.fromstring((await road.house.browser().client.get("/network/saml/metadata")).content)
    found = root.iterfind(".//md:KeyDescriptor[@use='signing']//ds:X509Certificate", lo.NS)
    return [str(node.text) for node in found]


@pytest.fixture(scope="module")
async def zulu(storage: Storage) -> AsyncIterator[Way]:
    async with open_house(kit.settings_for(storage), Clock(), storage) as house:
        known = Provider()
        yield way_to(house, await register(house, known), known)


async def kept(way: Way, browser: Browser) -> NetworkSession:
    """What is kept of the provider with the session of this browser."""
    floor = way.house.floor
    session = await sessions.find(floor.store, floor.keyring, browser.cookies["__Host-session"][0], now=way.now)
    assert session is not None
    found = await network_sessions.of(floor.store, session.mark)
    assert found is not None
    return found


async def leaves(browser: Browser) -> Page:
    """Signs out at our own door; where that leads."""
    form = (await browser.get("/signout")).form("answer")
    return await browser.request("POST", "/signout", data={**form.hidden, "answer": "yes"})


async def signed_in(way: Way, **more: str) -> Browser:
    browser = way.house.browser()
    query = await way.ask(browser)
    id_token = token(way.provider.claims(query, now=way.now, **more), way.provider.key)
    assert await way.brought(id_token, query, browser) == "Noor"
    asked = authorize_url()
    page = await browser.get(asked.url)
    assert (await redeem(way.house, browser, page, asked)).status_code == 200
    return browser


def logout_claims(way: Way, **changes: Any) -> dict[str, Any]:
    told = {
        "iss": way.provider.issuer,
        "aud": CLIENT_ID,
        "iat": way.now,
        "exp": way.now + 120,
        "jti": "eenmalig",
        "events": EVENTS,
        "sub": "leerling-1",
        "sid": "zitting-1",
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


async def tells(way: Way, text: str) -> int:
    answer = await way.house.browser().client.post("/network/oidc/logout", data={"logout_token": text})
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.status_code)


@pytest.mark.parametrize("changes", [{}, {"sid": None}, {"sub": None}, {"typ": "JWT"}], ids=str)
async def test_a_logout_token_ends_the_session_and_the_parties_hear_of_it(
    zulu: Way, changes: Mapping[str, Any]
) -> None:
    browser = await signed_in(zulu)
    before = len(await states(zulu.house))
    header = {"typ": changes.get("typ", "logout+jwt")}
    claims = logout_claims(zulu, jti=f"ends {changes}", **{key: None for key in changes if key != "typ"})
    assert await tells(zulu, token(claims, zulu.provider.key, **header)) == 200
    assert await zulu.road.session_of(browser) is None
    assert len(await states(zulu.house)) == before + 1
    await logouts.turn(Shift(zulu.house.floor, ()))
    assert (await states(zulu.house))[-1] == "mute"
    assert await tells(zulu, token(claims, zulu.provider.key, **header)) == 400  # once


async def test_v22_a_forged_logout_token_ends_nothing(zulu: Way) -> None:
    browser = await signed_in(zulu)
    key, now = zulu.provider.key, zulu.now
    good = logout_claims(zulu, jti="forged")
    head, body, _ = token(good, key, typ="logout+jwt").split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "logout+jwt"}).encode()).rstrip(b"=").decode()
    forged = [
        token(good, STRANGER, typ="logout+jwt"),
        token(good, replace(STRANGER, kid=key.kid), typ="logout+jwt"),
        f"{none}.{body}.",
        f"{head}.{body}.{'A' * 342}",
        token(good, key, typ="at+jwt"),
        token(good, key, typ="logout+jwt", jwk={"kty": "RSA"}),
        "nonsense",
    ]
    wrong: list[dict[str, Any]] = [
        {"iss": "https://ander.example"},
        {"iss": "https://ander.example\0"},
        {"aud": "iemand-anders"},
        {"iat": now - 3600},
        {"iat": now + 3600},
        {"exp": now - 3600},
        {"iat": None},
        {"events": {}},
        {"events": None},
        {"nonce": "eenmalig"},
        {"jti": None},
        {"sub": None, "sid": None},
        {"sub": 7},
    ]
    forged += [token(logout_claims(zulu, **{"jti": "forged", **change}), key, typ="logout+jwt") for change in wrong]
    for text in forged:
        assert await tells(zulu, text) == 400
    # Truly signed, about somebody else or another session of hers.
    for change in ({"sub": "leerling-2"}, {"sid": "zitting-2"}):
        claims = logout_claims(zulu, jti=f"elsewhere {change}", **change)
        assert await tells(zulu, token(claims, key, typ="logout+jwt")) == 200
    assert await zulu.road.session_of(browser) == "Noor"


async def test_who_signs_out_at_our_door_goes_by_the_providers_and_from_a_publisher_straight_back(zulu: Way) -> None:
    """RP-Initiated Logout 2; C-061 holds whatever the provider does. The ID token goes there in a form, and was kept for that alone."""
    browser = await signed_in(zulu)
    assert (await kept(zulu, browser)).hint is None, "a provider without a page for signing out is told nothing"
    zulu.provider.document["end_session_endpoint"] = f"{zulu.provider.issuer}/uit"
    zulu.house.clock.move(hours=2)  # what the provider says of itself is read again
    browser = await signed_in(zulu)
    sealed = (await kept(zulu, browser)).hint or ""
    assert sealed
    assert "leerling-1" not in base64.b64decode(sealed).decode("latin-1")
    out = await leaves(browser)
    assert (out.location or "").startswith(f"{BASE}/network/oidc/out/") or (out.location or "").startswith(
        "/network/oidc/out/"
    )
    page = await browser.get(out.location or "")
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    assert f'action="{zulu.provider.issuer}/uit"' in page.text
    claims = json.loads(base64.urlsafe_b64decode(fields.pop("id_token_hint").split(".")[1] + "=="))
    assert (claims["sub"], claims["aud"]) == ("leerling-1", CLIENT_ID)
    assert fields == {"client_id": CLIENT_ID, "post_logout_redirect_uri": f"{BASE}/signout/done"}
    again = await browser.request("GET", out.location or "")
    assert (again.status, (again.location or "").endswith("/signout/done")) == (303, True), "once"
    # An ID token that is too long to keep is not kept: the provider asks, then.
    browser = await signed_in(zulu, more="x" * 9000)
    out = await leaves(browser)
    assert (out.location or "").startswith(f"{zulu.provider.issuer}/uit?")
    assert out.query == {"client_id": CLIENT_ID, "post_logout_redirect_uri": f"{BASE}/signout/done"}
    browser = zulu.house.browser()
    query = await zulu.ask(browser)
    await zulu.brought(token(zulu.provider.claims(query, now=zulu.now), zulu.provider.key), query, browser)
    asked = authorize_url()
    hint = (await redeem(zulu.house, browser, await browser.get(asked.url), asked)).json()["id_token"]
    after = "https://rekenrijk.example/klaar"
    gone = await browser.request("GET", f"/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri={after}")
    assert gone.location == after
    assert await zulu.road.session_of(browser) is None
