"""C-317: a coordinator without a second factor reaches the enrolment page and nothing else, by any route (D7; keycloak CVE-2026-94218)."""

import asyncio
import re

import pyotp
import pytest
from sqlalchemy import select

from consent import ticks
from directory import roles
from idp.core.store import MemoryStore
from idp.http import cookies
from mfa.models import Totp
from tests.browser import Browser, Page
from tests.house import PASSWORD, House, authorize_url, pupil_signs_in, redeem, staff_signs_in
from tests.inside import lapse, stored
from tests.journeys.stories import (
    add_school,
    add_staff,
    at_our_door,
    attempt_of,
    change_school,
    give_role,
    ledger_actions,
    mails,
    shortcut,
    step_of,
    teacher_signs_in,
    to_the_password,
)
from tests.journeys.test_a_publisher_asks_over_saml import answered, ask, publish, status_of

NEW = "nieuw@regenboog.example"


@pytest.fixture
async def new(house: House) -> House:
    """The house with a coordinator who has no second factor yet."""
    await add_staff(house, "nieuw", roles.ICT_COORDINATOR)
    return house


def secret_on(page: Page) -> str:
    """The secret as the enrolment page writes it out."""
    found = re.search(r'class="secret-text"><code>(.*?)</code>', page.text, re.S)
    return re.sub(r"<[^>]+>|\s", "", found.group(1)) if found else ""


def codes_on(page: Page) -> list[str]:
    return re.findall(r"<li><code>([^<]+)</code>", page.text)


async def enrol(house: House, browser: Browser, page: Page) -> Page:
    """From the enrolment page to the recovery codes."""
    return await browser.choose(page, "code", pyotp.TOTP(secret_on(page)).at(house.clock.now))


async def at_enrolment(house: House) -> tuple[Browser, Page]:
    browser = house.browser()
    return browser, await teacher_signs_in(browser, "nieuw")


async def test_the_password_leads_to_enrolment_and_to_no_session(new: House) -> None:
    browser, page = await at_enrolment(new)
    assert step_of(page) == "enrol"
    assert len(secret_on(page)) == 32, "160 bits in Base32"
    assert cookies.SESSION not in browser.cookies
    assert await stored(new, "session") == 0


@pytest.mark.parametrize("route", ["/account", "/signout", "/oidc/authorize", "/oidc/authorize prompt=none", "/"])
async def test_no_other_address_opens_meanwhile(new: House, route: str) -> None:
    browser, page = await at_enrolment(new)
    address, _, prompt = route.partition(" prompt=")
    if address == "/oidc/authorize":
        address = authorize_url(prompt=prompt or None).url
    page = await browser.get(address)
    assert "Nieuw" not in page.text
    assert "code" not in page.query
    assert "Mijn software" not in page.text
    if prompt:
        assert page.query["error"] == "login_required"


async def test_a_publisher_gets_its_answer_only_after_app_and_codes(new: House) -> None:
    browser, asked = new.browser(), authorize_url()
    page = await staff_signs_in(browser, await browser.get(asked.url), "nieuw")
    resume = f"/oidc/authorize/{attempt_of(page)}"
    assert step_of(page) == "enrol"
    assert step_of(await browser.get(resume)) == "enrol", "the address to resume at leads back"
    page = await enrol(new, browser, await browser.get(page.url))
    assert step_of(page) == "keep_codes"
    assert step_of(await browser.get(resume)) == "keep_codes"
    page = await browser.choose(page, "kept", "1")
    assert (await redeem(new, browser, page, asked)).status_code == 200


async def test_over_saml_the_same(new: House) -> None:
    await publish(new)
    browser = new.browser()
    page = await staff_signs_in(browser, await ask(new, browser), "nieuw")
    resume = f"/saml/sso/{attempt_of(page)}"
    assert step_of(page) == "enrol"
    assert step_of(await browser.get(resume)) == "enrol"
    assert status_of(answered(await ask(new, browser, IsPassive="true"))[0])[-1] == "NoPassive"
    page = await enrol(new, browser, await browser.get(page.url))
    page = await browser.choose(page, "kept", "1")
    assert status_of(answered(page)[0]) == ["Success"]


async def test_reload_back_and_a_second_tab_show_the_same_page_and_the_same_secret(new: House) -> None:
    browser, page = await at_enrolment(new)
    again = await browser.get(page.url)
    assert secret_on(again) == secret_on(page)
    other_tab = await at_our_door(browser)
    assert step_of(other_tab) == "password"
    other_tab = await browser.choose(other_tab, "email", NEW, password=PASSWORD)
    assert step_of(other_tab) == "enrol"
    assert secret_on(other_tab) != secret_on(page)


@pytest.mark.parametrize(
    "step", ["second_factor", "keep_codes", "workplace", "refused", "done", "secret", "same_child", "nonsense", ""]
)
async def test_another_name_of_a_step_in_the_form_is_refused(new: House, step: str) -> None:
    browser, page = await at_enrolment(new)
    form = page.form("code")
    forged = {**form.hidden, "step": step, "code": "000000", "kept": "1", "workplace": str(new.school.id)}
    answer = await browser.post(form.action, forged)
    assert (answer.status, answer.heading) == (403, "Deze pagina was niet meer geldig")
    assert step_of(await browser.get(page.url)) == "enrol"


async def test_tickets_of_later_steps_from_another_attempt_do_not_fit(new: House) -> None:
    own = new.browser()
    own_page = await teacher_signs_in(own, "ict")
    later = own_page.form("code").hidden
    browser, page = await at_enrolment(new)
    answer = await browser.post(page.form("code").action, {**later, "code": new.code()})
    assert answer.status == 403


async def test_a_later_step_reached_as_somebody_else_is_no_way_around(new: House) -> None:
    """A teacher's own refusal page gives a ticket for "back to the publisher"; the coordinator's password given in between must not ride on it."""
    async with new.floor.database.begin() as db:
        await ticks.withdraw(db, new.school.id, new.party_id, now=new.clock.now, by="test")
    browser = new.browser()
    page = await to_the_password(browser, await browser.get(authorize_url().url))
    password_form = page.form("email")
    refused = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert step_of(refused) == "refused"
    hidden = dict(re.findall(r'name="(ticket|step)" value="([^"]*)"', refused.text))
    before = await stored(new, "session")
    page = await browser.post(password_form.action, {**password_form.hidden, "email": NEW, "password": PASSWORD})
    await browser.post(password_form.action, {**hidden, "step": "refused"})
    assert await stored(new, "session") == before
    assert (await browser.get("/account")).heading == "Dag Juf"


async def test_an_old_session_from_before_the_role_asks_for_the_password_again(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    await give_role(house, "juf", roles.ICT_COORDINATOR)
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"
    assert (await browser.get(authorize_url(prompt="none").url)).query["error"] == "login_required"
    page = await browser.get(authorize_url().url)
    assert step_of(page) == "password"
    assert secret_on(page) == ""
    page = await browser.choose(page, "email", "juf@regenboog.example", password="Verkeerd-1")
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert step_of(page) == "enrol"
    page = await enrol(house, browser, page)
    assert "code" in (await browser.choose(page, "kept", "1")).query


async def test_a_wrong_password_at_that_page_makes_no_device_known(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    browser.drop(cookies.DEVICE)
    await give_role(house, "juf", roles.ICT_COORDINATOR)
    page = await browser.get(authorize_url().url)
    await browser.choose(page, "email", "ict@regenboog.example", password="Verkeerd-1", remember="1")
    assert cookies.DEVICE not in browser.cookies
    assert cookies.EMAIL not in browser.cookies


async def test_a_colleague_without_the_role_goes_through(new: House) -> None:
    browser = new.browser()
    assert (await teacher_signs_in(browser)).heading == "Dag Juf"
    assert "code" in (await browser.get(authorize_url().url)).query


async def test_a_coordinator_elsewhere_carries_his_second_factor_everywhere(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await give_role(house, "juf", roles.ICT_COORDINATOR, at=other)
    assert step_of(await teacher_signs_in(house.browser())) == "enrol"


async def test_the_switch_for_the_whole_school_holds_at_once(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await add_staff(house, "elders", roles.TEACHER, at=[other])
    signed_in, child = house.browser(), house.browser()
    await teacher_signs_in(signed_in)
    await pupil_signs_in(child, await child.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    await change_school(house, house.school, mfa_for_staff=True)
    assert (await signed_in.get("/account")).heading == "Wie staat er voor de poort?"
    assert step_of(await teacher_signs_in(house.browser())) == "enrol"
    assert (await child.get("/account")).heading == "Hoi Noor!", "never for pupils (R103)"
    assert (await teacher_signs_in(house.browser(), "elders")).heading == "Dag Elders"
    await change_school(house, house.school, mfa_for_staff=False)
    assert (await signed_in.get("/account")).heading == "Dag Juf"


async def test_recovery_codes_are_shown_until_they_are_kept_and_never_after(new: House) -> None:
    browser, page = await at_enrolment(new)
    page = await enrol(new, browser, page)
    codes = codes_on(page)
    assert len(set(codes)) == 10
    assert codes_on(await browser.get(page.url)) == codes
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"
    form = page.form("kept")
    not_kept = await browser.post(form.action, form.hidden)
    assert codes_on(not_kept) == codes
    page = await browser.choose(page, "kept", "1")
    assert page.heading == "Dag Nieuw"
    assert codes[0] not in (await browser.get(form.action)).text
    assert await mails(new) == [(NEW, "Inloggen in twee stappen staat aan")]
    assert "second_factor.enrolled" in await ledger_actions(new)


async def test_the_code_that_proved_the_app_does_not_sign_in(new: House) -> None:
    browser, page = await at_enrolment(new)
    secret = secret_on(page)
    await enrol(new, browser, page)
    other, page = await at_enrolment(new)
    assert step_of(page) == "second_factor"
    page = await other.choose(page, "code", pyotp.TOTP(secret).at(new.clock.now))
    assert step_of(page) == "second_factor"
    await lapse(new, seconds=60)
    page = await other.choose(page, "code", pyotp.TOTP(secret).at(new.clock.now))
    assert page.heading == "Dag Nieuw"


async def test_a_wrong_code_enrols_nothing(new: House) -> None:
    browser, page = await at_enrolment(new)
    secret = secret_on(page)
    page = await browser.choose(page, "code", "000000")
    assert step_of(page) == "enrol"
    assert "Deze code klopt niet" in page.text
    assert secret_on(page) == secret
    async with new.floor.database.read() as db:
        assert (await db.execute(select(Totp).where(Totp.person_id == new.people["nieuw"]))).first() is None


async def test_of_two_tabs_that_enrol_at_once_one_app_counts(new: House) -> None:
    tabs = [await at_enrolment(new) for _ in range(4)]
    secrets = [secret_on(page) for _, page in tabs]
    assert len(set(secrets)) == 4
    # As in a busy hour: every tab finds a connection to the database at hand.
    await asyncio.gather(*(browser.get(page.url) for browser, page in tabs))
    pages = await asyncio.gather(*(enrol(new, browser, page) for browser, page in tabs))
    assert sorted(str(step_of(page)) for page in pages) == ["keep_codes", *["second_factor"] * 3]
    [winner] = [secret for secret, page in zip(secrets, pages, strict=True) if step_of(page) == "keep_codes"]
    await lapse(new, seconds=60)
    loser, page = next((tab[0], page) for tab, page in zip(tabs, pages, strict=True) if step_of(page) != "keep_codes")
    page = await loser.choose(page, "code", pyotp.TOTP(winner).at(new.clock.now))
    assert page.heading == "Dag Nieuw"


async def test_an_earlier_form_puts_nobody_else_in_the_middle_of_an_enrolment(new: House) -> None:
    """Somebody who left the enrolment page open has seen its secret: it must not become the next person's."""
    await add_staff(new, "ander", roles.ICT_COORDINATOR)
    browser = new.browser()
    page = await at_our_door(browser)
    password_form = page.form("email")
    first = await browser.choose(page, "email", NEW, password=PASSWORD)
    given = {**password_form.hidden, "email": "ander@regenboog.example", "password": PASSWORD}
    page = await browser.post(password_form.action, given)
    assert (step_of(page), secret_on(page)) == ("enrol", secret_on(first)), "still the page of the first"
    await enrol(new, browser, page)
    async with new.floor.database.read() as db:
        enrolled = (await db.execute(select(Totp.person_id))).scalars().all()
    assert new.people["ander"] not in enrolled


async def test_secret_and_codes_are_sealed_where_they_are_kept(new: House) -> None:
    browser, page = await at_enrolment(new)
    secret = secret_on(page)
    codes = codes_on(await enrol(new, browser, page))
    async with new.floor.database.read() as db:
        kept = (await db.execute(select(Totp.sealed).where(Totp.person_id == new.people["nieuw"]))).scalar_one()
    assert secret.encode() not in kept
    store = new.floor.store
    if isinstance(store, MemoryStore):
        everything = b"".join(value for value, _ in store._data.values())
        assert secret.encode() not in everything
        assert codes[0].encode() not in everything


async def test_enrolment_left_open_for_half_an_hour_wants_the_password_again(new: House) -> None:
    browser, page = await at_enrolment(new)
    form = page.form("code")
    for _ in range(2):
        await lapse(new, minutes=16)
        page = await browser.post(form.action, {**form.hidden, "code": "000000"})
    assert page.status == 410


async def test_even_the_one_who_can_only_enrol_can_leave(new: House) -> None:
    browser, _ = await at_enrolment(new)
    child = await pupil_signs_in(browser, await browser.get(shortcut(new.school)), new, "Noor", "Groep 6", "4711")
    assert child.heading == "Hoi Noor!"
