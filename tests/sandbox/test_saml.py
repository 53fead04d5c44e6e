"""The same over SAML: an assertion about a reference person, and each refusal, those before any sign-in included."""

from dataclasses import replace

from directory.reference.people import ReferencePerson
from metadata import parties
from metadata.saml.reader import read_sp
from tests.browser import Browser
from tests.house import House
from tests.inside import lapse
from tests.journeys.test_a_publisher_asks_over_saml import DOCUMENT, answered, ask, publish, status_of
from tests.sandbox.trying import contact_comes, kept, put_under_test, told

REFUSED: dict[str, dict[str, str]] = {
    "saml.address": {"AssertionConsumerServiceURL": "https://elders.example/acs"},
    "saml.destination": {"Destination": "https://elders.example/saml/sso"},
    "request.expired": {"IssueInstant": "2020-01-01T00:00:00Z"},
    "saml.malformed": {"ID": "1-geen-naam"},
    "saml.VersionMismatch": {"Version": "1.1"},
    "saml.UnsupportedBinding": {"ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"},
    "saml.NoPassive": {"IsPassive": "true"},
}


async def under_test(house: House) -> tuple[Browser, dict[str, ReferencePerson]]:
    await publish(house)
    people = await put_under_test(house)
    return await contact_comes(house), people


async def test_an_assertion_about_a_reference_person_is_told(house: House) -> None:
    browser, people = await under_test(house)
    page = await browser.choose(await ask(house, browser), "person", str(people["Zoë"].person_id))
    response, relay_state = answered(page)
    assert status_of(response) == ["Success"]
    assert relay_state == "terug&<waar>"
    [exchange] = await kept(house)
    step = exchange.steps[0].step
    assert step.answered["attributes"]["givenName"] == ["Zoë"]
    assert step.answered["attributes"]["eckId"] == {"length": 153}
    assert told(exchange) == ["advice.unsigned", "good.whole"]
    shown = await browser.get(f"/party/{house.party_id}/exchanges/{exchange.name}")
    assert "niet ondertekend" in shown.text
    check = (await browser.get(f"/party/{house.party_id}/check")).text
    assert check.count("Niet in orde") == 1


async def test_each_refused_request_is_explained(house: House) -> None:
    await under_test(house)
    browser = house.browser()
    for fault, changed in REFUSED.items():
        await lapse(house, seconds=2)
        await ask(house, browser, **changed)
        newest = (await kept(house))[0]
        assert newest.faults == (fault,), (fault, newest.faults)
        assert told(newest) == [fault]


async def test_a_request_that_is_not_signed_though_the_metadata_promise_it(house: House) -> None:
    promises = replace(read_sp(DOCUMENT.encode()), requests_signed=True)
    async with house.floor.database.begin() as db:
        await parties.add_entity(db, house.party_id, promises, DOCUMENT.encode(), now=house.clock.now)
    await put_under_test(house)
    page = await ask(house, house.browser())
    assert page.status == 400
    assert (await kept(house))[0].faults == ("saml.signature",)
