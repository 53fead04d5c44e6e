"""C-215, C-235: a person whom a network provider proved, on to a publisher: who proved, when, and whether the publisher allows it."""

import html
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from tests.conformance.saml_party import NS, OURSELVES, answer, ask, ask_by_form, connect
from tests.house import signed_in
from tests.protocols.saml import party as sp
from tests.storage import Storage
from tests.upstreams import kit, provider
from tests.upstreams.kit import Road

SCOPING = '<samlp:Scoping ProxyCount="{}"/>'


@pytest.fixture(scope="module")
async def road(storage: Storage) -> AsyncIterator[Road]:
    async with kit.attached_house(storage) as opened:
        await connect(opened.house)
        yield opened


async def test_c235_the_assertion_names_who_proved_the_person_and_the_count_is_kept(road: Road) -> None:
    house, browser = road.house, road.house.browser()
    proven = house.clock.now - timedelta(minutes=20)
    told = replace(await road.ask(browser), proven=timedelta(minutes=-20))
    await road.send(browser, provider.answer(told))
    for inside in ("", SCOPING.format(1)):
        found = answer(await ask(house, browser, inside=inside))
        assert [one.text for one in found.told.iterfind(".//saml:AuthenticatingAuthority", NS)] == [provider.ENTITY]
        assert found.told.findtext("saml:Issuer", namespaces=NS) == OURSELVES
        assert found.of(".//saml:AuthnStatement", "AuthnInstant") == f"{proven:%Y-%m-%dT%H:%M:%SZ}"
    for passive in ("true", "false"):
        refused = answer(await ask(house, browser, inside=SCOPING.format(0), IsPassive=passive))
        assert (refused.statuses, refused.assertion) == (["Responder", "ProxyCountExceeded"], None)
    ours = answer(await ask(house, await signed_in(house, "juf"), inside=SCOPING.format(0)))
    assert ours.statuses == ["Success"]
    assert ours.told.find(".//saml:AuthenticatingAuthority", NS) is None, "we proved her ourselves"


async def test_c215_force_authn_goes_on_to_who_proved_the_person(road: Road) -> None:
    house, browser = road.house, road.house.browser()
    await road.send(browser, provider.answer(await road.ask(browser)))
    page = await ask(house, browser, ForceAuthn="true", inside=SCOPING.format(2))
    asked = provider.question(page.location or "")
    assert asked.get("ForceAuthn") == "true"
    (scoping,) = asked.findall("samlp:Scoping", NS)
    assert (scoping.get("ProxyCount"), len(scoping)) == ("1", 0), "one hand fewer, and not a word about who asks us"
    house.clock.move(minutes=1)
    at_once = provider.Told(answers=asked.get("ID"), now=house.clock.now)
    found = answer(await road.send(browser, provider.answer(at_once)))
    assert found.of(".//saml:AuthnStatement", "AuthnInstant") == f"{house.clock.now:%Y-%m-%dT%H:%M:%SZ}"


async def test_c235_who_stands_behind_a_party_by_its_own_word_is_handed_on_and_the_party_is_not_named(
    road: Road,
) -> None:
    house, browser = road.house, road.house.browser()
    await road.send(browser, provider.answer(await road.ask(browser)))
    behind = ["https://achter.example/a?b=1&c=2", "urn:nog:verder"]
    written = "".join(f"<samlp:RequesterID>{html.escape(one)}</samlp:RequesterID>" for one in behind)
    for count, left in (("", None), (' ProxyCount="1"', "0")):
        inside = f"<samlp:Scoping{count}>{written}</samlp:Scoping>"
        for by in (ask, ask_by_form):
            page = await browser.follow(await by(house, browser, ForceAuthn="true", inside=inside))
            asked = provider.question(page.location or "")
            (scoping,) = asked.findall("samlp:Scoping", NS)
            assert (scoping.get("ProxyCount"), [one.text for one in scoping]) == (left, behind)
            assert sp.ENTITY.encode() not in etree.tostring(asked)
