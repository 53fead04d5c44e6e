"""When the answer is no, the page says what happened and whose help is needed; a child is always sent to its school (issue point 6, R71, D8)."""

from datetime import date

import pytest
from sqlalchemy import insert, update

from consent import ticks
from consent.models import Agreement, Exclusion
from directory.models import Employment, Enrolment
from metadata.models import Party
from tests.browser import Browser, Page, forms_of
from tests.house import BASE, CALLBACK, House, authorize_url, pupil_signs_in, staff_signs_in
from tests.inside import stored
from tests.journeys.stories import add_staff, step_of
from tests.journeys.test_a_publisher_asks_over_saml import publish
from tests.protocols.saml import party as sp

CAUSES = {
    "consent.not_given": ("heeft geen toestemming gegeven", "De ICT-coördinator van uw school beslist"),
    "consent.no_agreement": ("nog geen verwerkersovereenkomst", "Het schoolbestuur tekent"),
    "party.disabled": ("is op dit moment uitgezet", "De uitgeverij weet wanneer het weer kan"),
    "person.inactive": ("Uw account is inactief", "de LAS-leverancier"),
    "person.excluded": ("Voor u is Rekenrijk uitgezet", "De ICT-coördinator van uw school"),
}


async def break_it(house: House, cause: str) -> None:
    async with house.floor.database.begin() as db:
        if cause == "consent.not_given":
            await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
        elif cause == "consent.no_agreement":
            await db.execute(update(Agreement).values(ends_on=date(2026, 11, 22)))
        elif cause == "party.disabled":
            contact = {"contact_name": "Klantenservice Rekenrijk", "contact_email": "help@rekenrijk.example"}
            await db.execute(update(Party).values(enabled=False, **contact))
        elif cause == "person.inactive":
            await db.execute(update(Enrolment).values(active=False))
            await db.execute(update(Employment).values(active=False))
        else:
            who = [house.people["juf"], house.people["Noor"]]
            rows = [{"school_id": house.school.id, "party_id": house.party_id, "person_id": person} for person in who]
            await db.execute(insert(Exclusion), rows)


async def ask_for_two_factors(house: House, browser: Browser) -> Page:
    """A SAML request that only two factors can answer."""
    issued = house.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    wanted = "<saml:AuthnContextClassRef>https://refeds.org/profile/mfa</saml:AuthnContextClassRef>"
    inside = f"<samlp:RequestedAuthnContext>{wanted}</samlp:RequestedAuthnContext>"
    message = sp.authn_request({"IssueInstant": issued, "Destination": f"{BASE}/saml/sso"}, inside=inside)
    return await browser.get(f"/saml/sso?{sp.redirect(message).decode()}")


async def signed_in_then(house: House, cause: str, kind: str) -> Page:
    """What somebody sees who was signed in before the cause came up, and opens the publisher after it."""
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    if kind == "staff":
        await staff_signs_in(browser, page, "juf")
    else:
        await pupil_signs_in(browser, page, house, "Noor", "Groep 6", "4711")
    await break_it(house, cause)
    return await browser.get(authorize_url().url)


@pytest.mark.parametrize("cause", [cause for cause in CAUSES if cause != "party.disabled"])
async def test_staff_read_the_cause_and_the_right_helper(house: House, cause: str) -> None:
    page = await signed_in_then(house, cause, "staff")
    assert step_of(page) == "refused"
    happened, helper = CAUSES[cause]
    assert happened in page.heading or happened in page.text
    assert helper in page.text
    assert 'class="reference"' in page.text


@pytest.mark.parametrize("cause", [cause for cause in CAUSES if cause != "party.disabled"])
async def test_a_child_is_sent_to_its_teacher_and_never_elsewhere(house: House, cause: str) -> None:
    page = await signed_in_then(house, cause, "pupil")
    assert step_of(page) == "refused"
    assert "juf of meester" in page.text
    for word in ("mailto:", "ICT-coördinator", "uitgeverij", "leverancier", "@"):
        assert word not in page.text, word


@pytest.mark.parametrize("cause", ["consent.not_given", "person.excluded"])
async def test_where_the_coordinator_decides_a_colleague_sees_how_to_reach_him(house: House, cause: str) -> None:
    page = await signed_in_then(house, cause, "staff")
    assert 'href="mailto:ict@regenboog.example"' in page.text


async def test_a_school_without_a_coordinator_shows_no_made_up_contact(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(update(Employment).where(Employment.person_id == house.people["ict"]).values(active=False))
    assert "mailto:" not in (await signed_in_then(house, "consent.not_given", "staff")).text


async def test_a_publisher_that_is_switched_off_is_named_at_the_door(house: House) -> None:
    await break_it(house, "party.disabled")
    page = await house.browser().get(authorize_url().url)
    assert page.status == 403
    assert page.location is None
    assert "op dit moment uitgezet" in page.heading


async def test_a_publisher_switched_off_during_the_sign_in_can_be_reached_by_staff(house: House) -> None:
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    await break_it(house, "party.disabled")
    page = await staff_signs_in(browser, page, "juf")
    assert step_of(page) == "refused"
    assert "Klantenservice Rekenrijk" in page.text
    assert 'href="mailto:help@rekenrijk.example"' in page.text


async def test_back_to_the_publisher_brings_it_a_no_and_nothing_about_why(house: House) -> None:
    await break_it(house, "consent.not_given")
    browser = house.browser()
    page = await staff_signs_in(browser, await browser.get(authorize_url().url), "juf")
    form = next(form for form in forms_of(page.text) if form.hidden.get("step") == "refused")
    page = await browser.post(form.action, form.hidden)
    assert (page.location or "").startswith(CALLBACK)
    assert page.query["error"] == "access_denied"
    assert page.query["state"] == "toestand-1"
    for private in ("consent", "toestemming", "Regenboog", "99ZZ"):
        assert private not in (page.location or "")


async def test_a_refusal_does_not_sign_anybody_out(house: House) -> None:
    page = await signed_in_then(house, "consent.not_given", "staff")
    assert step_of(page) == "refused"
    assert await stored(house, "session") == 1


async def test_the_tick_given_while_the_page_is_open_lets_the_same_page_through(house: House) -> None:
    await break_it(house, "consent.not_given")
    browser = house.browser()
    page = await staff_signs_in(browser, await browser.get(authorize_url().url), "juf")
    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, house.party_id, ["name"], now=house.clock.now, by="test")
    assert "code" in (await browser.get(page.url)).query


async def test_a_passive_question_gets_the_refusal_without_a_page(house: House) -> None:
    browser = house.browser()
    await staff_signs_in(browser, await browser.get(authorize_url().url), "juf")
    await break_it(house, "consent.not_given")
    page = await browser.get(authorize_url(prompt="none").url)
    assert page.query["error"] == "access_denied"


async def test_more_than_a_pin_can_prove_is_refused_in_words(house: House) -> None:
    """A party that wants two factors gets no children; the page says so and does not break."""
    await publish(house)
    browser = house.browser()
    page = await ask_for_two_factors(house, browser)
    page = await pupil_signs_in(browser, page, house, "Noor", "Groep 6", "4711")
    assert page.status == 200
    assert step_of(page) == "refused"
    assert "juf of meester" in page.text


async def test_staff_without_an_app_get_one_where_a_party_wants_two_factors(house: House) -> None:
    await add_staff(house, "meester", "teacher")
    await publish(house)
    browser = house.browser()
    page = await ask_for_two_factors(house, browser)
    assert step_of(await staff_signs_in(browser, page, "meester")) == "enrol"


async def test_the_refusal_in_english_for_who_reads_english(house: House) -> None:
    await break_it(house, "consent.not_given")
    browser = house.browser(language="en")
    page = await staff_signs_in(browser, await browser.get(authorize_url().url), "juf")
    assert 'lang="en"' in page.text
    assert "toestemming" not in page.text
    assert "has not" in page.text
