"""A child at home: its login code, the secret of school, its own page and its publisher (R123-R127, D23, D29)."""

import re
from datetime import UTC, datetime

from sqlalchemy import update

from directory.models import Group
from idp.core.clock import AMSTERDAM
from idp.credentials import home_codes
from idp.signin import sessions
from tests.classroom.teaching import comes_in, press, room
from tests.desk.sitting import recorded
from tests.house import CALLBACK, ELSEWHERE, House, authorize_url, redeem
from tests.inside import lapse
from tests.journeys import test_a_publisher_asks_over_saml as saml
from tests.journeys.home import code_of, gives_code, types_code
from tests.journeys.stories import change_enrolment, shortcut, step_of


async def test_from_the_letter_to_the_own_page(house: House) -> None:
    code = await code_of(house, "Noor")
    browser = house.browser(ELSEWHERE)
    page = await browser.get("/thuis")
    assert (page.heading, step_of(page)) == ("Thuis inloggen", "home")
    page = await browser.choose(page, "code", home_codes.written(code).lower(), kind="pin")
    assert step_of(page) == "home_secret"
    assert "Noor" not in page.text
    assert "#cat" not in page.text
    page = await browser.choose(page, "pin", "4711")
    assert "Hoi Noor" in page.text
    assert [detail["way"] for _, _, detail in await recorded(house, "signin.passed")] == ["home_code"]


async def test_by_pictures_one_tap_at_a_time_and_by_the_front_door(house: House) -> None:
    code = await code_of(house, "Sam")
    browser = house.browser(ELSEWHERE)
    page = await browser.choose(await browser.get("/"), "way", "home")
    page = await browser.choose(page, "code", code, kind="pin")
    page = await browser.choose(page, "kind", "pictures")
    for key in ("tree", "boat", "apple"):
        assert page.offers("pick")
        page = await browser.choose(page, "pick", key)
    assert "Hoi Sam" in page.text


async def test_on_the_way_to_a_publisher_and_for_half_an_hour_of_rest(house: House) -> None:
    code = await code_of(house, "Noor")
    browser, asked = house.browser(ELSEWHERE), authorize_url()
    page = await browser.choose(await browser.get(asked.url), "way", "home")
    page = await gives_code(browser, page, code)
    assert (page.location or "").startswith(CALLBACK)
    assert (await redeem(house, browser, page, asked)).status_code == 200
    # Another publisher, from any network: it is asked nothing.
    assert ((await browser.get(authorize_url().url)).location or "").startswith(CALLBACK)
    assert step_of(await browser.get(authorize_url(prompt="login").url)) == "home", (
        "who must prove anew does so at home"
    )
    await lapse(house, seconds=sessions.IDLE_AT_HOME - 5)
    assert "Hoi Noor" in (await browser.get("/account")).text
    await lapse(house, seconds=sessions.IDLE_AT_HOME - 5)
    assert "Hoi Noor" in (await browser.get("/account")).text, "each use begins it anew"
    await lapse(house, seconds=sessions.IDLE_AT_HOME + 1)
    assert "Hoi Noor" not in (await browser.get("/account")).text


async def test_leaving_the_programme_signs_out_here_too(house: House) -> None:
    browser, asked = house.browser(ELSEWHERE), authorize_url()
    page = await browser.choose(await browser.get(asked.url), "way", "home")
    page = await gives_code(browser, page, await code_of(house, "Noor"))
    hint = (await redeem(house, browser, page, asked)).json()["id_token"]
    page = await browser.get(f"/oidc/logout?id_token_hint={hint}")
    assert page.heading == "Tot ziens!"
    assert 'href="/help/browser#echt-sluiten"' in page.text
    assert "Hoi" not in (await browser.get("/account")).text


async def test_over_saml_from_home_and_not_any_more_once_the_code_is_renewed(house: House) -> None:
    await saml.publish(house)
    browser, code = house.browser(ELSEWHERE), await code_of(house, "Noor")
    page = await browser.choose(await saml.ask(house, browser), "way", "home")
    page = await gives_code(browser, page, code)
    assert saml.status_of(saml.answered(page)[0]) == ["Success"]
    assert saml.status_of(saml.answered(await saml.ask(house, browser))[0]) == ["Success"], "and again, asked nothing"
    teacher, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    await press(teacher, at, f"{at}/renew")
    assert "SAMLResponse" not in (await saml.ask(house, browser)).text


async def test_home_begins_anew_and_says_how_to_stop(house: House) -> None:
    noor, sam = await code_of(house, "Noor"), await code_of(house, "Sam")
    browser = house.browser(ELSEWHERE)
    await types_code(browser, noor, "4711")
    copied = dict(browser.cookies)
    assert "Noor" not in (await browser.get("/thuis")).text
    replayed = house.browser(ELSEWHERE)
    replayed.cookies = copied
    assert "Hoi" not in (await replayed.get("/account")).text, "not only the cookie is gone"
    assert "Hoi" not in (await browser.get("/account")).text, "another child, and going on, mean signing in again"
    page = await types_code(browser, sam, "tree,boat,apple")
    page = await browser.choose(page, "not_me", "1")
    assert step_of(page) == "home"
    page = await types_code(browser, sam, "tree,boat,apple")
    page = await browser.post("/signout", page.form("not_me").hidden)
    assert "Sluit nu ook de browser helemaal" in page.text
    assert 'href="/thuis"' in page.text


async def test_what_fails_is_said_to_who_knows_the_secret_only(house: House) -> None:
    code = await code_of(house, "Noor")
    browser = house.browser(ELSEWHERE)
    await change_enrolment(house, "Noor", active=False)
    wrong = await types_code(browser, code, "9999")
    assert "De Regenboog" not in wrong.text
    page = await types_code(browser, code, "4711")
    assert "Bij De Regenboog ben je nu niet actief" in page.text
    await change_enrolment(house, "Noor", active=True)
    async with house.floor.database.begin() as db:
        await db.execute(update(Group).where(Group.id == house.groups["Groep 6"]).values(home_way="network"))
    page = await types_code(browser, code, "4711")
    assert page.heading == "Jij logt thuis ergens anders in"
    assert "Hoi" not in (await browser.get("/account")).text


async def test_a_code_is_over_on_the_first_of_august(house: House) -> None:
    code = await code_of(house, "Noor")
    browser = house.browser(ELSEWHERE)
    end = datetime(2027, 8, 1, tzinfo=AMSTERDAM).astimezone(UTC)
    house.clock.now = end.replace(hour=21, minute=59)
    assert house.clock.now < end
    assert "Hoi Noor" in (await types_code(browser, code, "4711")).text
    house.clock.now = end
    page = await types_code(house.browser(ELSEWHERE), code, "4711")
    assert page.heading == "Deze code is afgelopen"


async def test_a_lost_code_and_a_new_pin_with_one_click(house: House) -> None:
    code = await code_of(house, "Noor")
    child = house.browser(ELSEWHERE)
    await types_code(child, code, "4711")
    teacher, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    page = await press(teacher, at, f"{at}/renew", kind="pin")
    new = home_codes.read(str(re.search(r"secret-code\">([^<]+)<", page.text)[1]))  # type: ignore[index]
    pin = re.search(r'secret-pin"><span class="for-ear">[^<]*</span><span aria-hidden="true">(\d{4})<', page.text)
    assert new != code
    assert new is not None
    assert pin is not None
    assert "Hoi" not in (await child.get("/account")).text, "nobody stays signed in with it"
    assert step_of(await types_code(house.browser(ELSEWHERE), code, pin[1])) == "home_secret", "dead at once"
    assert step_of(await types_code(house.browser(ELSEWHERE), new, "4711")) == "home_secret"
    assert "Hoi Noor" in (await types_code(house.browser(ELSEWHERE), new, pin[1])).text


async def test_a_withdrawn_code_opens_nothing(house: House) -> None:
    code = await code_of(house, "Noor")
    child = house.browser(ELSEWHERE)
    await types_code(child, code, "4711")
    teacher, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    await press(teacher, at, f"{at}/withdraw")
    assert "Hoi" not in (await child.get("/account")).text
    assert step_of(await types_code(child, code, "4711")) == "home_secret"


async def test_what_cannot_be_a_code_is_said_at_once(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    page = await browser.choose(await browser.get("/thuis"), "code", "te kort", kind="pin")
    assert step_of(page) == "home"
    assert "geen hele logincode" in page.text


async def test_a_session_of_home_is_no_session_of_school(house: House) -> None:
    code = await code_of(house, "Noor")
    browser = house.browser()
    await types_code(browser, code, "4711")
    page = await browser.get(shortcut(house.school))
    assert "Ben jij Noor" in page.text, "at school it is asked as ever"
    assert "Hoi" not in (await browser.get("/account")).text
