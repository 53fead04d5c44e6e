"""A shortcut with a TARGET (D36) ends at the registered lesson and nowhere else; one by way of a network provider says what to do."""

from urllib.parse import urlencode

import pytest
from lxml import etree
from sqlalchemy import func, select, update

from consent import ticks
from consent.models import Release
from directory.schools import KnownSchool
from idp.http import cookies
from metadata import parties, targets
from metadata.models import OidcClient
from tests.browser import Browser, Page, forms_of
from tests.house import BASE, House, authorize_url, pupil_signs_in
from tests.journeys.stories import SHORTCUT, step_of
from tests.journeys.test_a_publisher_asks_over_saml import NS, answered, publish, status_of
from tests.metadata.test_targets import LESSON, registered
from tests.protocols.saml import party as sp

NOOR = ("Noor", "Groep 6", "4711")


def to(school: KnownSchool, target: str, *, path: str = SHORTCUT, **more: str) -> str:
    return f"{path}?{urlencode({'INSTELLING_REF': school.instelling_ref, 'TARGET': target, **more})}"


async def releases(house: House) -> int:
    """How many times something left."""
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(Release))).scalar_one()


async def withdraw_tick(house: House) -> None:
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")


async def signs_in(browser: Browser, page: Page, house: House) -> Page:
    assert "Rekenrijk" in page.text, "where the journey leads is in view"
    return await pupil_signs_in(browser, page, house, *NOOR)


async def test_c075_an_openid_client_is_told_where_to_and_asks_by_itself(house: House) -> None:
    await registered(house)
    browser = house.browser()
    page = await signs_in(browser, await browser.get(to(house.school, LESSON)), house)
    assert (page.location or "").startswith("https://rekenrijk.example/begin?")
    assert page.query == {"iss": BASE, "target_link_uri": LESSON}
    assert await releases(house) == 0, "nothing left yet"
    assert "code" in (await browser.request("GET", authorize_url().url)).query, "the client's own question passes"
    page = await browser.get(to(house.school, LESSON))
    assert page.heading == "Ben jij Noor?", "a shortcut always starts anew"
    assert cookies.SESSION not in browser.cookies


async def test_a_saml_party_gets_a_response_that_it_did_not_ask_for(house: House) -> None:
    await publish(house)
    async with house.floor.database.begin() as db:
        await targets.add(db, sp.ENTITY, LESSON, now=house.clock.now, loopback_allowed=False)
    browser = house.browser()
    page = await signs_in(browser, await browser.get(to(house.school, LESSON)), house)
    response, relay_state = answered(page)
    assert (status_of(response), relay_state) == (["Success"], LESSON)
    root = etree.fromstring(response)
    assert root.get("InResponseTo") is None
    assert root.find(".//saml:SubjectConfirmationData", NS).get("InResponseTo") is None  # type: ignore[union-attr]
    assert root.get("Destination") == sp.ACS
    assert await releases(house) == 1
    assert (await browser.get(page.url)).status == 410, "an answer is given once"


async def test_a_lesson_that_became_another_partys_meanwhile_leads_nowhere(house: House) -> None:
    await registered(house)
    browser = house.browser()
    page = await browser.get(to(house.school, LESSON))
    now, keyring = house.clock.now, house.floor.keyring
    async with house.floor.database.begin() as db:
        await targets.remove(db, LESSON)
        other = await parties.add_party(db, name="Taalschip", kind="publisher", fields=(), sector="t.example", now=now)
        told = {"client_id": "taalschip", "initiate_login_uri": "https://t.example/begin", "redirect_uris": []}
        await parties.add_client(db, keyring, other, {**told, "token_endpoint_auth_method": "none"}, now=now)
        begin = (await db.execute(select(OidcClient.metadata_).where(OidcClient.client_id == "rekenrijk"))).scalar_one()
        whole = {**begin, **told}
        await db.execute(update(OidcClient).where(OidcClient.client_id == "taalschip").values(metadata_=whole))
        await targets.add(db, "taalschip", LESSON, now=now, loopback_allowed=False)
    assert (await signs_in(browser, page, house)).status == 404


@pytest.mark.parametrize("protocol", ["oidc", "saml"])
async def test_what_went_meanwhile_leads_nowhere(house: House, protocol: str) -> None:
    if protocol == "oidc":
        await registered(house)
    else:
        await publish(house)
        async with house.floor.database.begin() as db:
            await targets.add(db, sp.ENTITY, LESSON, now=house.clock.now, loopback_allowed=False)
    browser = house.browser()
    page = await browser.get(to(house.school, LESSON))
    async with house.floor.database.begin() as db:
        await targets.remove(db, LESSON)
    page = await signs_in(browser, page, house)
    assert page.status == 404
    assert "SAMLResponse" not in page.text
    assert await releases(house) == 0


async def test_a_child_reads_that_its_school_said_no_before_it_leaves(house: House) -> None:
    await registered(house)
    await withdraw_tick(house)
    browser = house.browser()
    page = await signs_in(browser, await browser.get(to(house.school, LESSON)), house)
    assert (page.status, forms_of(page.text)) == (200, []), "nobody goes back to a party that asked nothing"
    assert page.heading == "Deze deur is dicht"
    assert '<a class="button" href="/">' in page.text


async def test_a_foreign_target_is_refused_in_words_a_child_understands(house: House) -> None:
    await registered(house)
    for target in ("https://evil.example/les/7", LESSON + "&next=https://evil.example", "//evil.example", "x"):
        page = await house.browser().get(to(house.school, target))
        assert (page.status, page.heading) == (404, "Deze les vinden we niet")
        assert "evil.example" not in page.text
    assert step_of(await house.browser().get(to(house.school, ""))) == "group", "an empty TARGET is none"


@pytest.mark.parametrize("path", [SHORTCUT, "/login/snelkoppelaar"])
async def test_a_network_provider_that_is_not_connected_has_a_way_on(house: House, path: str) -> None:
    await registered(house)
    browser = house.browser()
    page = await browser.get(to(house.school, LESSON, path=path, NETWERKBEHEERDER="4"))
    assert (page.status, page.heading) == (404, "Deze snelkoppeling werkt hier niet")
    onwards = to(house.school, LESSON)
    assert f'href="{onwards.replace("&", "&amp;")}"' in page.text
    assert step_of(await browser.get(onwards)) == "group"
    assert (await browser.get(f"{path}?NETWERKBEHEERDER=4")).heading == "Deze snelkoppeling werkt niet"
