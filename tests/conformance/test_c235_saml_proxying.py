"""C-215, C-235: a person whom a network provider proved, on to a publisher: who proved, when, and whether the publisher allows it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conformance.saml_party import NS, OURSELVES, answer, ask, connect
from tests.house import signed_in
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
