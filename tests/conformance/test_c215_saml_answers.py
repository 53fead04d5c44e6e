"""C-201, C-215 to C-229, C-233 to C-236: what a SAML party is told, over HTTP: by whom, about whom, how proven, until when, in which words."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from lxml import etree

from consent import ticks
from metadata import connections, targets
from metadata.saml.policy import Policy
from tests.browser import Browser
from tests.conformance.saml_party import (
    CHILD_CLASS,
    MFA_CLASS,
    NOOR,
    NS,
    OURSELVES,
    PASSWORD_CLASS,
    answer,
    ask,
    ask_by_form,
    connect,
    demand,
    document,
    named_in,
    nothing_for_the_party,
    one_house,
    request,
    says_yes,
    verified,
)
from tests.house import BASE, House, pupil_signs_in, signed_in, staff_signs_in
from tests.metadata.test_targets import LESSON
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import Pair, rsa_pair
from tests.storage import Storage


@pytest.fixture(scope="module")
async def house(storage: Storage) -> AsyncIterator[House]:
    async with one_house(storage) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def as_agreed(house: House) -> None:
    await says_yes(house)


def moment(text: str | None) -> datetime:
    """A moment in UTC with its Z."""
    assert text is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    return datetime.fromisoformat(text)


async def test_c215_force_authn_asks_again_and_tells_the_new_moment(house: House) -> None:
    await connect(house)
    browser = await signed_in(house, "juf")
    first = answer(await ask(house, browser))
    house.clock.move(minutes=5)
    page = await ask(house, browser, ForceAuthn="true")
    assert page.status == 200
    assert "SAMLResponse" not in page.text
    fresh = answer(await staff_signs_in(browser, page, "juf"))
    before, after = (moment(one.of(".//saml:AuthnStatement", "AuthnInstant")) for one in (first, fresh))
    assert (before, after) == (house.clock.now - timedelta(minutes=5), house.clock.now)
    house.clock.move(minutes=1)
    again = answer(await ask(house, browser, ForceAuthn="false"))
    assert moment(again.of(".//saml:AuthnStatement", "AuthnInstant")) == after
    assert answer(await ask(house, browser, ForceAuthn="yes")).statuses == ["Requester"]


async def test_c216_a_passive_request_never_shows_a_page(house: House) -> None:
    await connect(house)
    child, teacher = house.browser(), await signed_in(house, "juf")
    assert answer(await pupil_signs_in(child, await ask(house, child), house, *NOOR)).statuses == ["Success"]
    for browser in (child, teacher):
        assert answer(await ask(house, browser, IsPassive="true")).statuses == ["Success"]
    unproven = demand(MFA_CLASS)
    stranger = house.browser()
    asked: tuple[tuple[Browser, dict[str, Any], str], ...] = (
        (stranger, {}, "NoPassive"),
        (teacher, {"ForceAuthn": "true"}, "NoPassive"),
        (teacher, {"inside": unproven}, "NoPassive"),
        (child, {"inside": unproven}, "NoAuthnContext"),
        # Who coordinates owes a second factor first.
        (await signed_in(house, "ict"), {}, "NoPassive"),
    )
    for browser, more, expected in asked:
        for by in (ask, ask_by_form):
            page = await by(house, browser, IsPassive="true", **more)
            assert answer(page).statuses[1:] == [expected]
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
    found = answer(await ask(house, teacher, IsPassive="true"))
    assert (found.statuses, found.assertion) == (["Responder", "NoPassive"], None)


@pytest.mark.parametrize(("alg", "method"), [("RS256", sp.RSA_SHA256), ("ES256", sp.ECDSA_SHA256)])
async def test_c217_the_response_is_signed_by_the_partys_kind_of_key_and_the_assertion_where_wanted(
    house: House, alg: str, method: str
) -> None:
    browser = await signed_in(house, "juf")
    for wanted in (False, True):
        role = ' WantAssertionsSigned="true"' if wanted else ""
        await connect(house, document(role=role), Policy(alg="ES256" if alg == "ES256" else "RS256"))
        found = answer(await ask(house, browser))
        await verified(house, found, *([found.root, found.told] if wanted else [found.root]))
        signatures = found.root.findall(".//ds:SignatureMethod", NS)
        assert [one.get("Algorithm") for one in signatures] == [method] * (2 if wanted else 1)
    refused = answer(await ask(house, browser, IsPassive="x"))
    sp.verify(refused.root, Pair("idp", "", rsa_pair("sp").private, named_in(refused.root)))


async def test_c201_c218_c226_c227_one_assertion_for_one_party_one_request_and_five_minutes(house: House) -> None:
    await connect(house)
    browser = await signed_in(house, "juf")
    found = answer(await ask(house, browser, ID="_x" + "y" * 254))
    for path in ("saml:Assertion", ".//saml:AuthnStatement", ".//saml:AttributeStatement", ".//saml:Subject"):
        assert len(found.root.findall(path, NS)) == 1
    assert not {"EncryptedAssertion", "EncryptedID", "EncryptedAttribute"} & {
        etree.QName(element).localname for element in found.root.iter()
    }
    now = house.clock.now
    assert found.root.get("Destination") == found.of(".//saml:SubjectConfirmationData", "Recipient") == sp.ACS
    assert found.root.get("InResponseTo") == found.of(".//saml:SubjectConfirmationData", "InResponseTo")
    assert [one.text for one in found.told.iterfind(".//saml:Audience", NS)] == [sp.ENTITY]
    begins, ends = (moment(found.of("saml:Conditions", name)) for name in ("NotBefore", "NotOnOrAfter"))
    assert begins <= now < ends
    assert ends - begins <= timedelta(minutes=5)
    assert moment(found.of(".//saml:SubjectConfirmationData", "NotOnOrAfter")) == ends
    assert found.of(".//saml:AuthnStatement", "SessionIndex")
    assert now < moment(found.of(".//saml:AuthnStatement", "SessionNotOnOrAfter")) <= now + timedelta(hours=12)
    again = answer(await ask(house, browser))
    identifiers = [element.get("ID", "") for one in (found, again) for element in (one.root, one.told)]
    assert len(set(identifiers)) == 4
    # 160 random bits.
    assert all(re.fullmatch(r"_[0-9a-f]{40}", identifier) for identifier in identifiers)
    for element in (found.root, found.told):
        moment(element.get("IssueInstant"))
        assert element.findtext("saml:Issuer", namespaces=NS) == OURSELVES
    said = [
        text
        for element in found.root.iter()
        for text in (element.text or "", *map(str, element.attrib.values()))
        if etree.QName(element).namespace != NS["ds"] and element.get("InResponseTo") != text
    ]
    assert max(map(len, said)) <= 256


async def test_c224_a_context_is_reached_or_refused_and_never_a_lower_one_named(house: House) -> None:
    await connect(house)
    teacher, coordinator = await signed_in(house, "juf"), await signed_in(house, "ict", two_steps=True)

    async def reached(name: str, comparison: str | None = None, *, by: str = "juf") -> str | None:
        browser = teacher if by == "juf" else coordinator
        found = answer(await ask(house, browser, inside=demand(name, comparison), IsPassive="true"))
        if found.assertion is None:
            return found.statuses[-1]
        return found.assertion.findtext(".//saml:AuthnContextClassRef", namespaces=NS)

    assert await reached(PASSWORD_CLASS) == PASSWORD_CLASS
    assert await reached(MFA_CLASS, by="ict") == MFA_CLASS
    assert await reached(PASSWORD_CLASS, by="ict") == PASSWORD_CLASS, "who proved more proved this too"
    assert await reached(MFA_CLASS) == "NoPassive", "a second factor would have to be asked for"
    assert await reached("urn:oasis:names:tc:SAML:2.0:ac:classes:X509") == "NoAuthnContext"
    assert await reached(PASSWORD_CLASS, "minimum", by="ict") == MFA_CLASS
    assert await reached(CHILD_CLASS, "better") == PASSWORD_CLASS
    assert await reached(MFA_CLASS, "better", by="ict") == "NoAuthnContext"
    assert await reached(PASSWORD_CLASS, "maximum", by="ict") == PASSWORD_CLASS
    assert await reached(PASSWORD_CLASS, "most") == "Requester"


async def test_c225_every_refusal_is_a_status_at_a_proven_address(house: House) -> None:
    await connect(house)
    browser = await signed_in(house, "juf")
    refusals: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"Version": "1.1"}, ["VersionMismatch"]),
        ({"Version": None}, ["VersionMismatch"]),
        ({"ProtocolBinding": sp.ARTIFACT}, ["Requester", "UnsupportedBinding"]),
        ({"ForceAuthn": "ja"}, ["Requester"]),
        ({"IsPassive": "nee"}, ["Requester"]),
        (
            {"inside": "<saml:Subject><saml:NameID>noor</saml:NameID></saml:Subject>"},
            ["Requester", "RequestUnsupported"],
        ),
        ({"inside": '<samlp:NameIDPolicy AllowCreate="misschien"/>'}, ["Requester"]),
        ({"inside": "<samlp:NameIDPolicy/><samlp:NameIDPolicy/>"}, ["Requester"]),
        ({"inside": "<samlp:RequestedAuthnContext/>"}, ["Requester"]),
        ({"inside": '<samlp:Scoping ProxyCount="-1"/>'}, ["Requester"]),
    )
    for more, expected in refusals:
        found = answer(await ask(house, browser, **more))
        assert (found.statuses, found.assertion, found.relay_state) == (expected, None, "terug")
        assert found.root.get("InResponseTo") == "_a1"
        assert found.root.get("Destination") == sp.ACS
        sp.verify(found.root, Pair("idp", "", rsa_pair("sp").private, named_in(found.root)))
    # C-101: who presses back at the doors.
    away = house.browser("198.51.100.77")
    found = answer(await away.choose(await ask(house, away), "back", "party"))
    assert (found.statuses, found.assertion, found.relay_state) == (["Responder", "AuthnFailed"], None, "terug")
    elsewhere: dict[str, Any] = {"AssertionConsumerServiceURL": "https://boos.example/"}
    assert nothing_for_the_party(await ask(house, browser, Version="1.1", **elsewhere))
    query = sp.redirect(request(house, issuer="https://onbekend.example")).decode()
    assert nothing_for_the_party(await browser.get(f"/saml/sso?{query}"))


RELAYED = ("", "a" * 80, "a" * 1024, "<script>alert(1)</script>", "\"'&<>+%20 é\U0001f600", "https://boos.example/")


async def test_c229_relay_state_comes_back_byte_for_byte_and_leads_nobody_anywhere(house: House) -> None:
    await connect(house)
    browser = await signed_in(house, "juf")
    for relay_state in RELAYED:
        page = await ask(house, browser, relay_state=relay_state)
        assert answer(page).relay_state == relay_state
        assert not {"<", ">", '"'} & set(re.findall('name="RelayState" value="([^"]*)"', page.text)[0])
        assert "<script>alert" not in page.text
        policy = page.response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        # Where the form goes is a party: browsers would hold `form-action` against its redirects too (D25).
        assert "unsafe" not in policy
        assert "form-action" not in policy
        assert page.response.headers["referrer-policy"] == "no-referrer"
        assert page.response.headers["cache-control"] == "no-store"
    assert answer(await ask(house, browser, relay_state=None)).relay_state is None
    for wrong in ("a" * 1025, "a\nb", "a\0b"):
        assert nothing_for_the_party(await ask(house, browser, relay_state=wrong))


async def test_c234_nothing_is_sent_unasked_but_for_a_target_that_is_registered(house: House) -> None:
    """D36: to the default address, without InResponseTo; for each party by itself, and off until then."""
    await connect(house)
    shortcut = (
        f"/login/leerlingen/snelkoppelaar?INSTELLING_REF={house.school.instelling_ref}&TARGET={quote(LESSON, safe='')}"
    )
    browser = house.browser()
    assert (await browser.get(shortcut)).status == 404
    async with house.floor.database.begin() as db:
        await targets.add(db, sp.ENTITY, LESSON, now=house.clock.now, loopback_allowed=False)
    found = answer(await pupil_signs_in(browser, await browser.get(shortcut), house, *NOOR))
    assert (found.statuses, found.relay_state) == (["Success"], LESSON)
    assert found.root.get("InResponseTo") is None
    assert found.of(".//saml:SubjectConfirmationData", "InResponseTo") is None
    assert found.root.get("Destination") == sp.ACS
    browser = house.browser()
    on_its_way = await browser.get(shortcut)
    async with house.floor.database.begin() as db:
        await connections.answer_otherwise(db, sp.ENTITY, unsolicited=False)
    assert "SAMLResponse" not in (await pupil_signs_in(browser, on_its_way, house, *NOOR)).text
    assert (await browser.get(shortcut)).status == 404


async def test_c235_scoping_says_who_may_answer_and_through_how_many_hands(house: House) -> None:
    """We prove people ourselves here: no count is too low for that, and a list without us is not for us."""
    await connect(house)
    browser = await signed_in(house, "juf")
    listed = '<samlp:Scoping ProxyCount="{}"><samlp:IDPList>{}</samlp:IDPList></samlp:Scoping>'
    us, other = (f'<samlp:IDPEntry ProviderID="{name}"/>' for name in (OURSELVES, "https://andere.example"))
    for inside in (
        '<samlp:Scoping ProxyCount="0"/>',
        "<samlp:Scoping><samlp:RequesterID>https://achter.example</samlp:RequesterID></samlp:Scoping>",
        listed.format(1, us),
        listed.format(0, other + us),
    ):
        found = answer(await ask(house, browser, inside=inside))
        assert found.statuses == ["Success"]
        assert found.told.findall(".//saml:AuthenticatingAuthority", NS) == []
    refused = answer(await ask(house, browser, inside=listed.format(1, other)))
    assert refused.statuses == ["Responder", "NoSupportedIDP"]


async def test_c236_five_parties_at_once_in_one_browser_end_at_their_own(house: House) -> None:
    five = [(f"https://sp{number}.example/saml", f"https://sp{number}.example/acs") for number in range(5)]
    browser, pages = house.browser(), []
    for entity_id, acs in five:
        await connect(house, document(entity_id=entity_id, acs=acs))
        query = sp.redirect(request(house, issuer=entity_id, AssertionConsumerServiceURL=acs), relay_state=acs)
        pages.append(await browser.get(f"/saml/sso?{query.decode()}"))
    names = set()
    for (entity_id, acs), page in zip(five, pages, strict=True):
        found = answer(await pupil_signs_in(browser, page, house, *NOOR), acs=acs)
        assert (found.root.get("Destination"), found.relay_state) == (acs, acs)
        assert found.told.findtext(".//saml:Audience", namespaces=NS) == entity_id
        names.add(found.of(".//saml:AuthnStatement", "SessionIndex"))
    assert len(names) == 5, "no two parties can compare their session"
    assert BASE not in names
